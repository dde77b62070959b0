import Scheduling

/// Rule: every tenant has a part of the SMs to itself, on which its replicas run under MPS; parts
/// add up to at most the GPU and never change. Shares are given, or planned: what a tenant is not
/// given is divided among those without a share by their demand, rate times the time of a request
/// alone on the GPU, in whole TPCs, one at least, the largest remainders first.
/// Tie-breaks: tenant order. Ignores: objectives and priorities; DRAM, which is everybody's; what
/// a request loses by fewer SMs. A tenant that has the whole GPU is one under `space-only`.
/// Follows NVIDIA's MPS documentation for shares; how they are planned is this project's own.
public struct MPSPartitionPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "mps-partition",
    summary: "every tenant has a fixed part of the SMs to itself, under MPS",
    source: "NVIDIA MPS documentation; planned shares: this project's own",
    options: [
      PolicyOption(
        "share", .numberByTenant(1...100), fallback: "planned",
        help: "percent of the SMs, rounded down to whole TPCs; in all at most 100; tenants "
          + "without one divide the rest by their demand")
    ],
    rule: "Tenants have whole TPCs to themselves, given or in proportion to rate times time alone, "
      + "the largest remainders first; ties by tenant order.",
    ignores: "objectives, priorities, DRAM, and what a request loses by fewer SMs")

  /// The parts, once planned.
  public private(set) var mechanism: SharingMechanism = .mps(activeThreadPercentages: [:])
  private let shares: [String: Double]

  /// Shares that are given ask nothing of what requests take; planned ones do.
  public var servesIterations: Bool { !shares.isEmpty }

  /// Creates the policy.
  public init(_ options: PolicyOptions) { shares = options.numbersByTenant("share") }

  /// Lays out the GPU.
  public mutating func plan(_ view: PlanningView) -> PlanOutcome {
    let given = view.tenants.map { shares[$0.name] ?? shares[""] }
    let sum = given.reduce(0) { $0 + ($1 ?? 0) }
    if sum > 100 {
      return .refused(
        "the shares add up to \(Self.text(sum)) %, more than 100",
        hint: "a number for all counts once per tenant")
    }
    guard let sms = Self.sms(view, given) else {
      return .refused(
        "\(view.gpu) has too few TPCs for \(view.tenants.count) tenants with these shares",
        hint: "use fewer tenants, or space-only")
    }
    mechanism = .partitions(Self.layout(view, sms))
    return .done
  }

  /// SMs by tenant; nil where they do not suffice.
  static func sms(_ view: PlanningView, _ given: [Double?]) -> [Int]? {
    var sms = given.map { $0.map { view.sms(ofPercent: $0) } ?? 0 }
    let open = given.indices.filter { given[$0] == nil }
    let used = sms.reduce(0, +)
    if used > view.smCount { return nil }
    if open.isEmpty { return sms }
    if given.count == 1 { return [view.smCount] }
    let demands = open.map { t in
      let whole = GPULayout.Part.sms(0..<view.smCount)
      return view.tenants[t].requestsPerSecond * Double(view.latencyNS(t, 1, whole))
    }
    let free = (view.smCount - used) / view.smsPerTPC
    guard let parts = Apportionment.parts(of: free, by: demands) else { return nil }
    for (t, part) in zip(open, parts) { sms[t] = part * view.smsPerTPC }
    return sms
  }

  private static func layout(_ view: PlanningView, _ sms: [Int]) -> GPULayout {
    var parts: [GPULayout.Part] = []
    var own: [String: [Int]] = [:]
    var next = 0
    for (t, tenant) in view.tenants.enumerated() {
      parts.append(.sms(next..<next + sms[t]))
      own[tenant.name] = [t]
      next += sms[t]
    }
    return GPULayout(parts: parts, partsByTenant: own)
  }

  private static func text(_ x: Double) -> String {
    x == x.rounded() ? "\(Int(x))" : "\(x)"
  }
}

/// Whole parts of a whole by demand.
enum Apportionment {
  /// One for each, and the rest by the largest remainders (Hamilton); equal where nobody demands.
  ///
  /// - Returns: nil where there are fewer than demands.
  static func parts(of whole: Int, by demands: [Double]) -> [Int]? {
    if whole < demands.count { return nil }
    let sum = demands.reduce(0, +)
    let wanted = demands.map {
      sum > 0 ? $0 / sum * Double(whole) : Double(whole) / Double(demands.count)
    }
    var parts = wanted.map { max(1, Int($0)) }
    // What the ones took too much comes from the largest, who miss it least.
    while parts.reduce(0, +) > whole {
      guard let largest = parts.indices.max(by: { parts[$0] < parts[$1] }) else { return nil }
      parts[largest] -= 1
    }
    while parts.reduce(0, +) < whole {
      var best = 0
      for i in parts.indices
      where wanted[i] - Double(parts[i]) > wanted[best] - Double(parts[best]) { best = i }
      parts[best] += 1
    }
    return parts
  }
}
