import Hardware
import Tables

extension KernelTable {
  /// The table with another's batches, as where each batch was recorded by itself.
  ///
  /// - Parameter file: the table's own file, for errors.
  /// - Throws: where they are not of one model, GPU, precision, stack and weights, or share a batch.
  ///   The workspace grows with the batch, so that of the table is its batches' largest.
  package func adding(_ other: KernelTable, file: String) throws(InputError) -> KernelTable {
    var faults: [Diagnostic] = []
    func expect(_ what: String, _ own: String, _ new: String) {
      if own == new { return }
      faults.append(
        Diagnostic(
          file: file, message: "the table's \(what) is '\(own)', the profile's '\(new)'",
          hint: "state the same with --\(what), or write another table"))
    }
    expect("model", model, other.model)
    expect("gpu", gpu, other.gpu)
    expect("precision", precision.rawValue, other.precision.rawValue)
    expect("stack", stack, other.stack)
    expect("weights-mib", "\(weightsMiB)", "\(other.weightsMiB)")
    let shared = other.batches.map(\.batch).filter { batch in
      batches.contains { $0.batch == batch }
    }
    if !shared.isEmpty {
      faults.append(
        Diagnostic(
          file: file,
          message: "the table has batch \(shared.map { "\($0)" }.joined(separator: ", ")) already",
          hint: "state the profile's batch with --batch"))
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    var sum = self
    sum.batches = (batches + other.batches).sorted { $0.batch < $1.batch }
    sum.workspaceMiB = max(workspaceMiB, other.workspaceMiB)
    sum.source = source + " | " + other.source
    for part in other.conditions.assumed where !sum.conditions.assumed.contains(part) {
      sum.conditions.assumed.append(part)
    }
    if provenance != other.provenance { sum.provenance = "derived" }
    return sum
  }
}
