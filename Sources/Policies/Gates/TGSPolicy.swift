import Scheduling

/// Rule: critical launches go at once; best-effort ones while they have launched fewer thread blocks
/// in this window than a limit. The limit is 0 for five windows, in which the critical tenants' rate R
/// of blocks a window is learnt (the largest mean of neighbouring windows); then 20000, for windows of
/// 5 s and in proportion for others, and at each window's end:
/// slow start: rate within 3 % of R: × 1.5 + 1; else / 1.5, on to avoidance;
/// avoidance: within 3 %: + max(R / 4000, 1000); off by less than 9 %: − max(8 %, 1000); off by more:
/// slow start, / 10; by 12 % or more for 20 windows: R × 0.8, / 2; R exceeded by 20 %: learnt anew.
/// Tie-break: order of readiness.
/// Ignores: deadlines. A critical tenant that is *faster* than R throttles the others too, and one
/// whose load varies is never steady. At least one launch goes in a window.
/// Follows code: pkusys/TGS e1c6a31, hijack/src; which way R is off by 20 % is this project's reading.
public struct TGSPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "tgs",
    summary: "limits best-effort blocks a window so that the critical tenants' rate stays",
    source: "TGS (NSDI 2023), code pkusys/TGS e1c6a31, hijack/src",
    options: [
      PolicyOption(
        "window_ms", .number(0.001...1e6), fallback: "100",
        help: "how often the limit is set (code: 5000, for jobs of hours)")
    ])

  private enum State { case learning(left: Int), slowStart, avoidance }

  private let windowNS: Int64
  private let scale: Double
  private var windowEnd: Int64
  private var state = State.learning(left: 5)
  private(set) var limit = 0.0
  private var rate = 0.0
  private var lastRate: Double?
  private var farOff = 0
  private var criticalBlocks = 0
  private var otherBlocks = 0

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    windowNS = max(1, options.nanoseconds("window_ms", unit: 1e6, 100))
    scale = Double(windowNS) / 5e9
    windowEnd = windowNS
  }

  /// Containers that are resident together.
  public var mechanism: SharingMechanism { .mps(activeThreadPercentages: [:]) }

  /// Calls are held in the process that makes them.
  public var control: PolicyControl { [.launches, .ownThreads] }

  /// Needs somebody who is more urgent.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    PriorityRule.objection(to: tenants)
  }

  /// Lets launches go and counts their blocks.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    while windowEnd <= view.now { endWindow() }
    var isHeld = false
    for replica in view.ready {
      let blocks = view.launch(of: replica).blocks
      if view.isCritical(replica) {
        criticalBlocks += blocks
      } else if mayGo {
        otherBlocks += blocks
      } else {
        isHeld = true
        continue
      }
      decisions.append(.launch(replica: replica))
    }
    if isHeld { decisions.append(.wake(atNS: windowEnd)) }
  }

  private var mayGo: Bool {
    if case .learning = state { return false }
    return otherBlocks == 0 || Double(otherBlocks) < limit
  }

  private mutating func endWindow() {
    let now = Double(criticalBlocks)
    (criticalBlocks, otherBlocks) = (0, 0)
    windowEnd += windowNS
    defer { lastRate = now }
    if case .learning(let left) = state {
      if let lastRate { rate = max(rate, (lastRate + now) / 2) }
      state = left > 1 ? .learning(left: left - 1) : .slowStart
      if left <= 1 { limit = 20_000 * scale }
      return
    }
    if now >= 1.2 * rate, now > 0 {
      (state, limit, rate, farOff) = (.learning(left: 5), 0, 0, 0)
      return
    }
    let off = rate > 0 ? abs(now - rate) / rate : 0
    farOff = off >= 0.12 ? farOff + 1 : 0
    switch state {
    case .slowStart where off <= 0.03: limit = limit * 1.5 + 1
    case .slowStart: (limit, state) = (limit / 1.5, .avoidance)
    case .avoidance where off <= 0.03: limit += max(rate / 4_000, 1_000 * scale)
    case .avoidance where farOff >= 20:
      (rate, limit, farOff) = (rate * 0.8, limit / 2, 0)
    case .avoidance where off >= 0.09: (limit, state) = (limit / 10, .slowStart)
    case .avoidance: limit -= max(0.08 * limit, 1_000 * scale)
    case .learning: break
    }
    limit = max(0, limit)
  }
}
