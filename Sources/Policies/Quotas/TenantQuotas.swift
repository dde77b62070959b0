import Scheduling

/// Parts of the SMs that tenants have a right to, in whole TPCs.
struct TenantQuotas: Sendable {
  /// By tenant's name: its SMs; empty where it has none.
  private var byName: [String: Range<Int>] = [:]
  /// By tenant, once they are known.
  private(set) var own: [Range<Int>] = []
  /// SMs that are handed out together.
  private(set) var smsPerTPC = 1

  init() {}

  /// Hands the TPCs out in the order of the tenants: what is given, in percent rounded down to whole
  /// TPCs, and equal parts of the rest, the first tenants' larger by one where they are not whole.
  ///
  /// - Parameter topOnly: whether the rest is for the tenants of the highest priority alone.
  /// - Returns: the refusal where they do not suffice.
  mutating func plan(
    _ view: PlanningView, percentages: [String: Double], topOnly: Bool
  ) -> PlanOutcome {
    let top = view.tenants.map(\.priority).max() ?? 0
    let given = view.tenants.map { tenant in
      percentages[tenant.name] ?? percentages[""]
        ?? (topOnly && tenant.priority < top ? 0 : nil)
    }
    let sum = given.reduce(0) { $0 + ($1 ?? 0) }
    if sum > 100 + 1e-9 {
      return .refused(
        "the quotas add up to \(sum == sum.rounded() ? "\(Int(sum))" : "\(sum)") %, more than 100",
        hint: "a number for all counts once per tenant")
    }
    smsPerTPC = max(1, view.smsPerTPC)
    var sms = given.map { percent in
      percent.map { $0 > 0 ? view.sms(ofPercent: $0) : 0 } ?? 0
    }
    let open = given.indices.filter { given[$0] == nil }
    let free = (view.smCount - sms.reduce(0, +)) / smsPerTPC
    if open.count == 1, sms.allSatisfy({ $0 == 0 }) {
      sms[open[0]] = view.smCount
    } else if !open.isEmpty {
      guard free >= open.count, let parts = Apportionment.parts(of: free, by: open.map { _ in 1 })
      else {
        return .refused(
          "\(view.gpu) has too few TPCs for \(view.tenants.count) tenants with these quotas",
          hint: "use fewer tenants, or space-only")
      }
      for (t, part) in zip(open, parts) { sms[t] = part * smsPerTPC }
    }
    byName = [:]
    var next = 0
    for (t, tenant) in view.tenants.enumerated() {
      byName[tenant.name] = next..<next + sms[t]
      next += sms[t]
    }
    return .done
  }

  /// Notes whose are which, at the first decision; without a plan everybody has everything.
  mutating func look(at view: borrowing SchedulingView) {
    guard own.count < view.tenants.count else { return }
    own = view.tenants.map { byName[$0.name] ?? 0..<view.smCount }
  }
}
