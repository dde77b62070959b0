import Scheduling

/// Rule: critical launches go at once and whole. Best-effort ones fill what the critical leave idle,
/// one piece of one launch at a time: while a critical launch is on the GPU or ready, none; between two
/// launches of a critical request, where the next is due, only a piece predicted to end before it is;
/// else, while no critical request has launches to come, a piece of at most `split_us`. A piece is the
/// most blocks, in whole rounds over the SMs of the most an SM that the time lets, that are predicted to
/// end in time; a launch that no round of is short enough goes, where nothing is due, a block an SM at
/// a time.
/// Tie-breaks: a launch that is begun goes on, then priority, then order of readiness.
/// Ignores: deadlines; memory, which the paper's system moves between GPUs. Ours: when a critical
/// launch is due is what its host's pace says, and pieces are predicted from a block's time.
/// Follows the abstract of Hummingbird (arXiv 2601.04071) and third parties' accounts: split kernels
/// preempted in microseconds, idle slices ("bubbles") filled; lengths and order are this project's own.
public struct HummingbirdPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "hummingbird",
    summary: "best-effort launches run in short pieces in what critical requests leave idle",
    source: "Hummingbird, arXiv 2601.04071 (abstract and third parties' accounts)",
    options: [
      PolicyOption(
        "split_us", .number(0.1...1e6), fallback: "50",
        help: "longest piece, where one that short exists (the paper: microseconds; assumed)")
    ],
    rule:
      "critical launches go at once; in what they leave idle one piece of the others at a time, that "
      + "is predicted to end before the next is due, or in split_us; ties: the launch begun, "
      + "priority, readiness",
    ignores: "deadlines; memory on other GPUs")

  private let splitNS: Double
  private var turn = PieceTurn()

  /// Creates the policy.
  public init(_ options: PolicyOptions) { splitNS = (options.number("split_us") ?? 50) * 1e3 }

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

  /// Sends what is critical, else a piece that fits.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    /// When the next critical launch is due; nil while one is there.
    var due: Int64? = .max
    var isPieceOut = false
    for replica in view.replicas.indices {
      switch view.replicas[replica].phase {
      case .ready where view.isCritical(replica):
        decisions.append(.launch(replica: replica, priority: 1))
        due = nil
      case .running where view.isCritical(replica): due = nil
      case .waiting where view.isCritical(replica):
        due = due.map { min($0, view.replicas[replica].expectedNS) }
      case .running: isPieceOut = true
      case .idle, .waiting, .ready, .finishing: break
      }
    }
    guard let due, !isPieceOut, let replica = turn.next(view) else { return }
    let launch = view.launch(of: replica)
    let time = due == .max ? splitNS : min(splitNS, Double(due - view.now))
    guard
      let blocks = launch.mostBlocks(within: time, smCount: view.smCount)
        ?? (due == .max ? min(launch.blocks, view.smCount) : nil)
    else { return }
    turn.begin(replica)
    decisions.append(
      .launch(replica: replica, priority: 0, blocks: blocks < launch.blocks ? blocks : nil))
  }
}

/// Whose piece is next, where best-effort launches go piece by piece, one at a time.
struct PieceTurn: Sendable {
  /// Of whose launch a piece has gone and more are to go.
  private var begun: Int?

  mutating func begin(_ replica: Int) { begun = replica }

  mutating func observe(_ event: PolicyEvent) {
    if case .launchEnded(let replica, _, _, _, _) = event, replica == begun { begun = nil }
  }

  /// The launch that is begun, else the first ready one of the highest priority; nil where it is not
  /// ready. Between two pieces a launch keeps its place.
  func next(_ view: borrowing SchedulingView) -> Int? {
    if let begun { return view.replicas[begun].phase == .ready ? begun : nil }
    var best: Int?
    for replica in view.ready where !view.isCritical(replica) {
      let priority = view.tenants[view.replicas[replica].tenant].priority
      if let old = best, view.tenants[view.replicas[old].tenant].priority >= priority { continue }
      best = replica
    }
    return best
  }
}

extension LaunchView {
  /// The most of its blocks, in whole rounds over all SMs, that are predicted to end within a time;
  /// nil where no round is.
  func mostBlocks(within time: Double, smCount: Int) -> Int? {
    if Double(soloNS) <= time { return blocks }
    for perSM in (1...max(1, blocksPerSM)).reversed() {
      let round = perSM * smCount
      if round >= blocks { continue }
      let each = pieceNS(blocks: round, onSMs: smCount, of: smCount)
      if each <= time { return min(blocks, max(1, Int(time / each)) * round) }
    }
    return nil
  }
}
