import Scheduling

/// Rule: every replica is a process; contexts take turns, with slices of `critical_slice_ms` for the
/// critical tenants and of `other_slice_us` for the others, so that who is critical gets the GPU as
/// soon as it is switched and keeps it.
/// Tie-break: ring order. Ignores: deadlines. Several best-effort contexts have short slices against
/// each other too, at a switch each. Left out: the hint 100 us ahead that empties the GPU early.
/// Follows code: thustorage/GPreempt 249ee3e; USENIX ATC 2025.
public struct GPreemptPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "gpreempt",
    summary: "contexts take turns: long slices for critical tenants, tiny ones for the others",
    source: "GPreempt (ATC 2025), code thustorage/GPreempt 249ee3e",
    options: [
      PolicyOption(
        "critical_slice_ms", .number(0.001...1e9), fallback: "1000",
        help: "slice of a critical tenant's context (code)"),
      PolicyOption(
        "other_slice_us", .number(0.001...1e9), fallback: "1",
        help: "slice of a best-effort context (code)"),
      PolicyOption(
        "switch_us", .number(0...1e9), fallback: "testbed",
        help: "cost of a switch, with or without running blocks"),
    ])

  private let criticalNS: Int64
  private let otherNS: Int64
  private let switchNS: Int64?

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    criticalNS = max(1, options.nanoseconds("critical_slice_ms", unit: 1e6, 1_000))
    otherNS = max(1, options.nanoseconds("other_slice_us", unit: 1e3, 1))
    switchNS = options.has("switch_us") ? options.nanoseconds("switch_us", unit: 1e3, 0) : nil
  }

  /// Contexts in turn.
  public var mechanism: SharingMechanism {
    .timeSlices(sliceNS: criticalNS, switchNS: switchNS)
  }

  /// Slices by the tenants' priorities.
  public func mechanism(for tenants: [TenantView]) -> SharingMechanism {
    let top = tenants.map(\.priority).max()
    var slices: [String: Int64] = [:]
    for tenant in tenants where tenant.priority != top { slices[tenant.name] = otherNS }
    return .timeSlices(sliceNS: criticalNS, switchNS: switchNS, slicesNS: slices)
  }

  /// Needs somebody who is more urgent.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    PriorityRule.objection(to: tenants)
  }
}
