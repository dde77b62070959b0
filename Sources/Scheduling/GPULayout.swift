/// Parts of one GPU, and whose replicas run in which.
public struct GPULayout: Hashable, Sendable {
  /// A part of the GPU.
  public enum Part: Hashable, Sendable {
    /// SMs under MPS: DRAM and L2 are everybody's.
    case sms(Range<Int>)
    /// An instance of a MIG profile: a smaller GPU with SMs, DRAM, L2 and memory of its own.
    case slice(String)
  }

  /// The parts: all SMs under MPS, or all MIG instances.
  public var parts: [Part]
  /// By tenant's name: the parts its replicas are in, in turn.
  public var partsByTenant: [String: [Int]]

  /// Creates a layout.
  public init(parts: [Part], partsByTenant: [String: [Int]]) {
    self.parts = parts
    self.partsByTenant = partsByTenant
  }

  /// The part of a tenant's replica, counted among its own; nil where the tenant has none.
  public func part(of tenant: String, replica: Int) -> Int? {
    guard let own = partsByTenant[tenant], !own.isEmpty else { return nil }
    return own[replica % own.count]
  }

  /// The profiles of its MIG instances.
  public var slices: [String] {
    parts.compactMap { if case .slice(let name) = $0 { name } else { nil } }
  }

  /// Why a GPU cannot be laid out so for some tenants; nil where it can.
  ///
  /// - Parameter smCount: SMs of the GPU.
  public func objection(
    smCount: Int, profiles: [SliceProfile], tenants: [String]
  ) -> String? {
    if !slices.isEmpty, slices.count < parts.count { return "MIG and MPS parts do not mix" }
    for tenant in tenants {
      guard let own = partsByTenant[tenant], !own.isEmpty else {
        return "'\(tenant)' has no part of the GPU"
      }
      if let part = own.first(where: { !parts.indices.contains($0) }) {
        return "'\(tenant)' is in part \(part) of \(parts.count)"
      }
    }
    for case .sms(let sms) in parts
    where sms.isEmpty || sms.lowerBound < 0 || sms.upperBound > smCount {
      return "the GPU has no SMs \(sms.lowerBound)..<\(sms.upperBound)"
    }
    let instances = slices.compactMap { name in profiles.first { $0.name == name } }
    if instances.count < slices.count { return "the GPU does not have all of its MIG profiles" }
    return slices.isEmpty || SliceProfile.fit(instances, of: profiles)
      ? nil : "\(slices.joined(separator: " + ")) is no MIG layout of the GPU"
  }
}

/// A MIG profile that a GPU offers.
public struct SliceProfile: Hashable, Sendable {
  /// The name, such as `3g.20gb`.
  public var name: String
  /// SMs of an instance.
  public var smCount: Int
  /// An instance's part of the GPU's DRAM bandwidth and L2.
  public var memoryFraction: Double
  /// An instance's memory in MiB.
  public var memoryMiB: Int
  /// Most instances at once.
  public var maxInstances: Int

  /// Creates a profile.
  public init(
    name: String, smCount: Int, memoryFraction: Double, memoryMiB: Int, maxInstances: Int
  ) {
    self.name = name
    self.smCount = smCount
    self.memoryFraction = memoryFraction
    self.memoryMiB = memoryMiB
    self.maxInstances = maxInstances
  }

  /// Its compute slices: the number before the `g`.
  public var computeSlices: Int { Int(name.prefix { $0.isNumber }) ?? 1 }

  /// Its memory slices, of eight.
  public var memorySlices: Int { max(1, Int((memoryFraction * 8).rounded())) }

  /// Whether instances can be on a GPU at once, each where its profile may begin.
  ///
  /// An instance of m of the eight memory slices begins at a multiple of m, at one of the first
  /// `maxInstances` of them (NVIDIA MIG user guide, placements); compute slices add up to those of
  /// the largest profile.
  public static func fit(_ instances: [SliceProfile], of profiles: [SliceProfile]) -> Bool {
    let compute = profiles.map(\.computeSlices).max() ?? 0
    if instances.reduce(0, { $0 + $1.computeSlices }) > compute { return false }
    let largestFirst = instances.sorted {
      ($0.memorySlices, $0.computeSlices, $0.name) > ($1.memorySlices, $1.computeSlices, $1.name)
    }
    return place(largestFirst[...], taken: 0)
  }

  /// - Parameter taken: the memory slices in use, as bits.
  private static func place(_ instances: ArraySlice<SliceProfile>, taken: Int) -> Bool {
    guard let first = instances.first else { return true }
    let width = first.memorySlices
    for number in 0..<first.maxInstances {
      let own = ((1 << width) - 1) << (number * width)
      if number * width + width > 8 { break }
      if taken & own == 0, place(instances.dropFirst(), taken: taken | own) { return true }
    }
    return false
  }
}
