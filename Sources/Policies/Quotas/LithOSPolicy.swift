import Scheduling

/// Rule: every tenant owns TPCs, its quota. A launch goes on its owner's TPCs, first those that a
/// right-sized launch needs (`slip`), and on as many idle ones beside them as it can use: those that
/// nobody's launch is on and whose owner has no request, or that nobody owns. It goes in equal pieces
/// of blocks, atoms, predicted to take no more than `atom_us`; between two atoms the SMs are chosen
/// anew, so that what was lent is back at an atom's end. Atoms on one's own TPCs have priority over
/// those that reach beyond. Right size: l(t) = m / t + b over t TPCs through the predictions for one
/// and for all; the least t with l(t) <= slip x l(all). Predictions are a profile's times what the last
/// atoms of the launch at this place of the request took over it (average of weight 1/4).
/// Tie-breaks: priority, then order of readiness; the lower SMs, the right side before the left.
/// Ignores: deadlines; SMs' clocks (the paper's power management). Ours: TPCs are lent in one piece
/// beside one's own, and not during a request of the owner; a launch that its blocks' own time makes
/// longer than an atom has a block an SM at least.
/// Follows the abstract and a third party's account of LithOS (SOSP 2025, arXiv 2504.15465): lending,
/// atoms of 250 to 500 us, right size and the predictor's key. No code was in reach.
public struct LithOSPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "lithos",
    summary: "tenants own TPCs and lend them while idle; launches go in atoms",
    source: "LithOS (SOSP 2025), arXiv 2504.15465: abstract and a third party's account",
    options: [
      PolicyOption(
        "quota", .numberByTenant(0...100), fallback: "by priority",
        help: "percent of the TPCs, rounded down; with 0 a tenant only borrows (default, assumed: "
          + "those of the highest priority share what is not given, others have 0)"),
      PolicyOption(
        "atom_us", .number(1...1e6), fallback: "500",
        help: "longest predicted atom; equal atoms are then 250 to 500 us (a third party's account)"
      ),
      PolicyOption(
        "slip", .number(1...100), fallback: "1",
        help:
          "how much slower than on all TPCs a right-sized launch may be; 1 is off (paper's runs: "
          + "1.1)"),
    ],
    rule:
      "launches go in atoms of at most atom_us on their owner's TPCs and on idle neighbours, "
      + "right-sized by slip; own TPCs come before borrowed ones; ties: priority, readiness",
    ignores: "deadlines, power management, idle TPCs that are not beside one's own")

  private let percentages: [String: Double]
  let slip: Double
  let atomNS: Double
  private(set) var quotas = TenantQuotas()
  /// By replica: its atom's SMs while it runs.
  private(set) var running: [Range<Int>?] = []
  /// By replica: blocks of its launch that were sent, and what the last of them were predicted to
  /// take by the profile.
  private var sent: [Int] = []
  private var predictedNS: [Double] = []
  private(set) var predictor = AtomPredictor()

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    percentages = options.numbersByTenant("quota")
    slip = options.number("slip") ?? 1
    atomNS = (options.number("atom_us") ?? 500) * 1e3
  }

  /// One server, a stream for each client.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// The server sends.
  public var control: PolicyControl { .launches }

  /// Hands out TPCs.
  public mutating func plan(_ view: PlanningView) -> PlanOutcome {
    quotas.plan(view, percentages: percentages, topOnly: true)
  }

  /// Learns from a launch's last atom.
  public mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView) {
    guard case .launchEnded(let replica, _, let startNS, _, _) = event, replica < sent.count
    else { return }
    let (program, launch) = (view.replicas[replica].program, view.replicas[replica].launch)
    if predictedNS[replica] > 0 {
      let ratio = Double(view.now - startNS) / predictedNS[replica]
      predictor.learn(ratio, program: program, launch: launch)
    }
    sent[replica] = 0
  }

  /// Sends the next atom of what is ready, where there are SMs for it.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    if view.ready.isEmpty { return }
    quotas.look(at: view)
    while sent.count < view.replicas.count {
      running.append(nil)
      sent.append(0)
      predictedNS.append(0)
    }
    for r in running.indices where view.replicas[r].phase != .running { running[r] = nil }
    for replica in inOrder(view) {
      let launch = view.launch(of: replica)
      let place = (view.replicas[replica].program, view.replicas[replica].launch)
      let stretch = predictor.stretch(program: place.0, launch: place.1)
      guard let (sms, isBorrowing) = room(for: replica, launch, view) else { continue }
      let left = launch.blocks - sent[replica]
      let blocks = min(left, atom(of: launch, onSMs: sms.count, stretch, view.smCount))
      running[replica] = sms
      sent[replica] += blocks
      predictedNS[replica] = launch.pieceNS(blocks: blocks, onSMs: sms.count, of: view.smCount)
      decisions.append(
        .launch(
          replica: replica, priority: isBorrowing ? 0 : 1, blocks: blocks == left ? nil : blocks,
          sms: sms.count == view.smCount ? nil : sms))
    }
  }

  /// Ready replicas, the more urgent tenants' first.
  private func inOrder(_ view: borrowing SchedulingView) -> [Int] {
    var priorities: [Int] = []
    for replica in view.ready {
      priorities.append(view.tenants[view.replicas[replica].tenant].priority)
    }
    let ready = view.ready
    return ready.indices.sorted { (-priorities[$0], $0) < (-priorities[$1], $1) }.map { ready[$0] }
  }
}
