import Scheduling

/// Rule: every tenant has a MIG instance to itself, a smaller GPU with SMs, DRAM bandwidth, L2 and
/// memory of its own; its replicas run in it under MPS. Profiles are given by tenant; those without
/// one get the same, the one of most SMs (then most memory) that the GPU can have so many of beside
/// the given ones and, where there is such a one, that holds each tenant's replicas. Nothing
/// borrows, nothing is laid out anew.
/// Tie-breaks: tenant order; the GPU's order of profiles. Ignores: loads, objectives, priorities.
/// Follows NVIDIA's MIG user guide (profiles, placements); which profile tenants without one get
/// is this project's own. Copies of instances do not slow each other, as if each had a bus.
public struct MIGPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "mig",
    summary: "every tenant has a MIG instance to itself, a smaller GPU",
    source: "NVIDIA MIG user guide 580; profiles as in the GPU's file",
    options: [
      PolicyOption(
        "profile", .wordByTenant, fallback: "largest",
        help: "a MIG profile, as `gpuloom gpus --mig` lists them, for all or per tenant; tenants "
          + "without one get the largest that fits")
    ],
    rule: "One instance a tenant, of the profile given or of the largest that all without one can "
      + "have; ties by tenant order.",
    ignores: "loads, objectives, priorities; the bus that instances' copies share", needsMIG: true)

  /// The instances, once planned.
  public private(set) var mechanism: SharingMechanism = .mps(activeThreadPercentages: [:])
  private let profiles: [String: String]

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    profiles = options.wordsByTenant("profile").filter { $0.value != "largest" }
  }

  /// Lays out the GPU.
  public mutating func plan(_ view: PlanningView) -> PlanOutcome {
    if view.profiles.isEmpty {
      return .refused(
        "\(view.gpu) has no MIG profiles", hint: "`gpuloom gpus --mig` lists the GPUs that have")
    }
    var given: [SliceProfile?] = []
    for tenant in view.tenants {
      guard let word = profiles[tenant.name] ?? profiles[""] else {
        given.append(nil)
        continue
      }
      guard let profile = view.profiles.first(where: { $0.name == word }) else {
        return .refused(
          "\(view.gpu) has no MIG profile '\(word)'",
          hint: "it has " + view.profiles.map(\.name).joined(separator: ", "))
      }
      given.append(profile)
    }
    guard let chosen = Self.instances(view, given) else {
      let words = given.map { $0?.name ?? "any" }.joined(separator: " + ")
      return .refused(
        "\(view.gpu) cannot have an instance for each of \(given.count) tenants: \(words)",
        hint: "use smaller profiles or fewer tenants")
    }
    var own: [String: [Int]] = [:]
    for (t, tenant) in view.tenants.enumerated() { own[tenant.name] = [t] }
    mechanism = .partitions(
      GPULayout(parts: chosen.map { .slice($0.name) }, partsByTenant: own))
    return .done
  }

  /// An instance per tenant; nil where there is no such layout.
  static func instances(_ view: PlanningView, _ given: [SliceProfile?]) -> [SliceProfile]? {
    let fixed = given.compactMap { $0 }
    let open = given.indices.filter { given[$0] == nil }
    if open.isEmpty { return SliceProfile.fit(fixed, of: view.profiles) ? fixed : nil }
    let largestFirst = view.profiles.enumerated().sorted {
      ($1.element.smCount, $1.element.memoryMiB, $0.offset)
        < ($0.element.smCount, $0.element.memoryMiB, $1.offset)
    }.map(\.element)
    let legal = largestFirst.filter {
      SliceProfile.fit(fixed + Array(repeating: $0, count: open.count), of: view.profiles)
    }
    let roomy = legal.first { profile in
      open.allSatisfy {
        view.tenants[$0].memoryMiB * Double(view.tenants[$0].replicas)
          <= Double(profile.memoryMiB)
      }
    }
    guard let profile = roomy ?? legal.first else { return nil }
    return given.map { $0 ?? profile }
  }
}
