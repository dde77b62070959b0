extension GPUSpec {
  /// The GPU that goes by a name as a table or a driver writes it: the catalogue's own, another
  /// name of it, or a product's ("NVIDIA A100-SXM4-40GB", "Tesla T4 (0)"); nil where there is none.
  package static func find(_ name: String, among all: [GPUSpec]) -> GPUSpec? {
    var product = Substring(name)
    // Nsight Systems writes a device's number behind its name.
    if product.hasSuffix(")"), let open = product.lastIndex(of: "("),
      product[open...].dropFirst().dropLast().allSatisfy(\.isNumber)
    {
      product = product[..<open]
      while product.last == " " { product.removeLast() }
    }
    let wanted = [name, GPUFacts(origin: "", name: String(product)).catalogueName]
    return all.first { spec in
      wanted.contains { $0 == spec.name || spec.alsoKnownAs.contains($0) }
    }
  }
}
