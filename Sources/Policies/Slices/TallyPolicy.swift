import Scheduling

/// Rule: critical launches go at once and whole. Best-effort ones go one piece at a time, and only
/// while the critical tenants have nothing queued or running and have been idle for `idle_ms`. Of a
/// launch of more blocks than SMs a piece is a slice of it: for a speed t of 1.0, 0.9 … 0.1 of the whole
/// launch's (0.5 alone where the launch is within the bound) the slice of most blocks an SM that keeps t
/// and ends within `bound_ms`; where none does, the launch if it is within the bound, else
/// ceil(1.3 d / bound) slices. After 100 ms without critical work launches go whole. With `workers`
/// a launch of whose rounds half a one is within `bound_ms` is taken by persistent workers instead, as
/// many as the GPU holds: a critical request stops them between two blocks, and they go on later.
/// Tie-break: a launch that is begun goes on, then priority, then order of readiness.
/// Ignores: deadlines; what a worker's loop costs. Half a round is the code's estimate of the workers'
/// delay, which is up to a round. A slice is predicted from a block's time and a launch gap where the
/// code measures. A launch of no more blocks than SMs goes whole, however long, as there. Left out:
/// fewer workers than the GPU holds.
/// Follows code: tally 86feb12, scheduler/priority.cpp, env.cpp, cuda_launch.cpp:145.
public struct TallyPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "tally",
    summary: "best-effort launches run in slices, and only while the critical tenants are idle",
    source: "Tally (ASPLOS 2025), code tally 86feb12, scheduler/priority.cpp",
    options: [
      PolicyOption(
        "bound_ms", .number(0.0001...1e6), fallback: "0.1",
        help: "longest slice, where one that short exists (code; its benchmark: 0.0316)"),
      PolicyOption(
        "idle_ms", .number(0...1e6), fallback: "0.1",
        help: "idle time of the critical tenants before anything else goes (code)"),
      PolicyOption(
        "workers", .flag, fallback: "false",
        help: "whether persistent workers with a stop flag take what suits them (code: true)"),
    ],
    rule:
      "critical launches go at once; while their tenants have been idle for idle_ms, one piece of "
      + "the others goes at a time: the largest slice within bound_ms; ties: the launch begun, "
      + "priority, readiness",
    ignores: "deadlines; what a persistent worker's loop costs")

  private let boundNS: Int64
  private let idleNS: Int64
  private let wholeAfterNS: Int64 = 100_000_000
  private let hasWorkers: Bool
  private var turn = PieceTurn()
  /// Whose launch persistent workers run that were not told to stop.
  private var worked: Int?

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    boundNS = max(1, options.nanoseconds("bound_ms", unit: 1e6, 0.1))
    idleNS = options.nanoseconds("idle_ms", unit: 1e6, 0.1)
    hasWorkers = options.flag("workers", false)
  }

  /// One server process, a stream each.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// The server sends.
  public var control: PolicyControl { .launches }

  /// Needs somebody who is more urgent.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    PriorityRule.objection(to: tenants)
  }

  /// A launch is over: the next piece is another's, if it is first.
  public mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView) {
    turn.observe(event)
  }

  /// Sends what is critical, else the next piece.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    var isPieceOut = false
    var since: Int64? = 0
    for replica in view.ready where view.isCritical(replica) {
      decisions.append(.launch(replica: replica, priority: 1))
    }
    let top = view.topPriority
    for t in view.tenants.indices {
      if view.tenants[t].priority == top {
        guard let old = since, let idle = view.idleSince(of: t) else {
          since = nil
          continue
        }
        since = max(old, idle)
      } else if view.launchesInFlight(of: t) > 0 {
        isPieceOut = true
      }
    }
    if since == nil, let worked {
      if view.replicas[worked].phase == .running { decisions.append(.stop(replica: worked)) }
      self.worked = nil
    }
    guard let since, !isPieceOut, let replica = turn.next(view) else { return }
    if view.now < since + idleNS {
      decisions.append(.wake(atNS: since + idleNS))
      return
    }
    let launch = view.launch(of: replica)
    var blocks: Int?
    if view.now - since < wholeAfterNS {
      if hasWorkers, suitsWorkers(launch, view) {
        worked = replica
      } else {
        blocks = slice(of: launch, view)
      }
    }
    turn.begin(replica)
    decisions.append(.launch(replica: replica, priority: 0, blocks: blocks))
  }

  /// Whether persistent workers, as many as the GPU holds, are the configuration: what the code
  /// estimates as the delay, half a round, is within the bound.
  func suitsWorkers(_ launch: LaunchView, _ view: borrowing SchedulingView) -> Bool {
    if launch.blocks <= view.smCount { return false }
    let round = max(1, launch.blocksPerSM) * view.smCount
    let rounds = (launch.blocks + round - 1) / round
    return launch.soloNS / Int64(2 * rounds) <= boundNS
  }

  /// Blocks of a slice; nil where the launch is to go whole.
  func slice(of launch: LaunchView, _ view: borrowing SchedulingView) -> Int? {
    let smCount = view.smCount
    if launch.blocks <= smCount { return nil }
    let whole = Double(launch.soloNS)
    let isShort = launch.soloNS <= boundNS
    for tenth in isShort ? [5] : Array((1...10).reversed()) {
      for perSM in (1...max(1, launch.blocksPerSM)).reversed() {
        let count = (launch.blocks + perSM * smCount - 1) / (perSM * smCount)
        if count <= 1 { continue }
        let each = launch.sliceNS(perSM: perSM, smCount: smCount)
        let all = Double(count) * each + Double(count - 1) * Double(view.launchGapNS)
        if whole / all >= Double(tenth) / 10 - 1e-9, each <= Double(boundNS) {
          return perSM * smCount
        }
      }
    }
    if isShort { return nil }
    let count = Int((1.3 * whole / Double(boundNS)).rounded(.up))
    return max(1, (launch.blocks + count - 1) / count)
  }
}
