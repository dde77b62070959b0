import Scheduling

/// Rule: one request has the GPU, and at each of its launches' ends another may take it. A request
/// has as many tokens as its tenant's priority (lowest 1, next 3, higher ones 9), and gains priority
/// × time not run / time alone. The threshold is the largest of 9, 3 and 1 that some request's tokens
/// reach; of the requests that reach it the one with the least predicted time left runs.
/// Tie-break: the earlier arrival, then the lower replica.
/// Ignores: deadlines, and room on the GPU beside the one launch.
/// Follows a re-implementation, SamsungLabs/Sparse-Multi-DNN-Scheduling scheduler.py; that adds the
/// whole idle time again at every decision, here only what has passed since the last. The time in the
/// tenant's queue counts as not run. PREMA's own machine is an NPU; here launches are its layers.
public struct PREMAPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "prema",
    summary: "one request at a time, chosen by tokens at each launch's end",
    source: "PREMA (HPCA 2020), as re-implemented in Sparse-Multi-DNN-Scheduling, scheduler.py")

  /// By replica: the tokens of its request, and until when its idle time is counted.
  private var tokens: [(count: Double, untilNS: Int64, arrivalNS: Int64)] = []

  /// Creates the policy; it has no options.
  public init(_ options: PolicyOptions) {}

  /// One process, a stream each.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// One thread sends.
  public var control: PolicyControl { .launches }

  /// Counts tokens and lets one launch go on the free GPU.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    while tokens.count < view.replicas.count { tokens.append((0, 0, -1)) }
    let running = view.replicas.indices.first { view.replicas[$0].phase == .running }
    var most = 0.0
    for replica in view.replicas.indices where view.hasCome(replica) {
      count(replica, isRunning: replica == running, view)
      most = max(most, tokens[replica].count)
    }
    if running != nil { return }
    let threshold = most >= 9 ? 9.0 : most >= 3 ? 3 : 1
    var best: Int?
    for replica in view.replicas.indices
    where view.hasCome(replica) && tokens[replica].count >= threshold {
      guard let old = best else {
        best = replica
        continue
      }
      let key = (view.remaining(of: replica), view.arrival(of: replica))
      if key < (view.remaining(of: old), view.arrival(of: old)) { best = replica }
    }
    // Between its launches the chosen one keeps the GPU.
    if let best, view.replicas[best].phase == .ready { decisions.append(.launch(replica: best)) }
  }

  private mutating func count(
    _ replica: Int, isRunning: Bool, _ view: borrowing SchedulingView
  ) {
    let priority = Self.weight(view.tenants[view.replicas[replica].tenant].priority, view)
    let arrival = view.arrival(of: replica)
    if tokens[replica].arrivalNS != arrival {
      tokens[replica] = (priority, arrival, arrival)
    }
    let alone = Double(max(1, view.programs[view.replicas[replica].program].soloNS))
    if !isRunning {
      tokens[replica].count += priority * Double(view.now - tokens[replica].untilNS) / alone
    }
    tokens[replica].untilNS = view.now
  }

  /// A request is over: its tokens are too.
  public mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView) {
    switch event {
    case .requestEnded(let replica) where replica < tokens.count:
      tokens[replica] = (0, 0, -1)
    case .launchEnded(let replica, _, _, _, _) where replica < tokens.count:
      // It ran until now.
      tokens[replica].untilNS = view.now
    default: break
    }
  }

  /// What a priority stands for: its place among those there are, from below.
  private static func weight(_ priority: Int, _ view: borrowing SchedulingView) -> Double {
    let below = Set(view.tenants.map(\.priority).filter { $0 < priority }).count
    return [1, 3, 9][min(below, 2)]
  }
}
