import Scheduling

/// Rule: a tenant has one request at a time, first come first served, and a right to `quota` percent of
/// the SMs. Launches go in squads: again and again the next launch of the request that is furthest
/// behind what it would have done alone on its quota joins, until there are `squad` of them or a
/// request's last is in. A squad runs in the way of the least predicted makespan: everywhere
/// (`unrestricted`); each request on a part of the SMs, in proportion to the quotas of those in it; or so
/// for the first half of each request's launches and then everywhere, after `gap_us`. The next squad is
/// formed when all of this one have ended, and begins `switch_us` later where the parts change.
/// Tie-breaks: the lower tenant; of ways in the order above. Ignores: deadlines, priorities, DRAM. A
/// request that comes during a squad waits for the next.
/// Predicted: alone, a block's time in rounds; everywhere, the longest request's launches alone or the
/// sum of all launches' shares of the GPU, whichever is more (the paper's own model is not public).
/// Follows a third party's account of BLESS (EuroSys 2025); `squad` is assumed.
public struct BLESSPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "bless",
    summary: "squads of launches that keep every request up with what it would do on its quota",
    source: "Zhang et al., EuroSys 2025, 10.1145/3689031.3696070 (a third party's account)",
    options: [
      PolicyOption(
        "quota", .numberByTenant(0.1...100), fallback: "equal",
        help:
          "percent of the SMs, rounded down to whole TPCs; tenants without one get equal parts of "
          + "the rest"),
      PolicyOption(
        "squad", .integer(1...100_000), fallback: "20", help: "most launches of a squad; assumed"),
      PolicyOption(
        "switch_us", .number(0...1e6), fallback: "20",
        help: "what a change of the parts costs between two squads (a third party's account)"),
      PolicyOption(
        "gap_us", .number(0...1e6), fallback: "50",
        help: "what leaving its part costs a request amid a squad (a third party's account)"),
    ],
    rule:
      "squads of the launches of those furthest behind their quota's pace run everywhere, in parts, or "
      + "in parts for their first halves, as is predicted to end first; ties: the lower tenant, that "
      + "order",
    ignores: "deadlines, priorities, DRAM")

  private let percentages: [String: Double]
  private let most: Int
  private let switchNS: Int64
  private let gapNS: Int64
  private var quotas = TenantQuotas()
  private(set) var squad = Squad()
  /// By tenant: its part in the last squad; nil where it ran everywhere, or nothing.
  private var parts: [Range<Int>?] = []
  private var beginNS: Int64 = 0
  /// By tenant: when its request began.
  private var sinceNS: [Int64] = []

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    percentages = options.numbersByTenant("quota")
    most = options.integer("squad", 20)
    switchNS = options.nanoseconds("switch_us", unit: 1e3, 20)
    gapNS = options.nanoseconds("gap_us", unit: 1e3, 50)
  }

  /// A stream for each part; one process.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }
  /// Requests and squads are this policy's.
  public var control: PolicyControl { [.requests, .launches] }
  /// A tenant has one request at a time.
  public var hasOneInstance: Bool { true }

  /// Hands out quotas.
  public mutating func plan(_ view: PlanningView) -> PlanOutcome {
    quotas.plan(view, percentages: percentages, topOnly: false)
  }

  /// Starts requests, and sends what is ready of the squad.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    quotas.look(at: view)
    while sinceNS.count < view.tenants.count {
      sinceNS.append(0)
      parts.append(nil)
    }
    for t in view.tenants.indices where view.tenants[t].waiting > 0 {
      let r = view.tenants[t].replicas.lowerBound
      guard view.replicas[r].phase == .idle else { continue }
      sinceNS[t] = view.now
      decisions.append(.start(tenant: t, replica: r, count: 1))
    }
    if view.ready.isEmpty { return }
    if squad.isDone(view) { form(view) }
    if view.now < beginNS {
      decisions.append(.wake(atNS: beginNS))
      return
    }
    squad.send(view, gapNS: gapNS, &decisions)
  }

  private mutating func form(_ view: borrowing SchedulingView) {
    var former = SquadFormer(view, quotas)
    for t in view.tenants.indices where view.hasCome(view.tenants[t].replicas.lowerBound) {
      former.add(t, sinceNS: sinceNS[t], view)
    }
    former.fill(upTo: most, view)
    squad = former.squad(view, switchNS: switchNS, gapNS: gapNS, last: parts)
    let new = squad.parts(of: view.tenants.count)
    beginNS = new == parts ? view.now : view.now + switchNS
    parts = new
  }
}
