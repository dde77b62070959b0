import Scheduling

/// Rule: each container (a replica) has a cap on its batches, 1 at first. When idle it takes as many
/// requests as wait, up to the cap. A full batch that took no longer than the objective raises the cap
/// by `step`; one that took longer lowers it by `backoff`, rounded down.
/// Tie-break: tenant order; the container idle longest. Ignores: how long requests have waited, other
/// models, and that containers are processes (they share a context here, and run side by side).
/// Follows the paper (Crankshaw et al., NSDI'17, 4.3), from memory; the released code takes
/// throughput times the time left in place of this rule.
public struct ClipperPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "clipper",
    summary: "Clipper's adaptive batching: the cap on batches grows by steps and backs off",
    source: "paper, from memory: Crankshaw et al., NSDI'17, 4.3 (released code differs)",
    options: [
      PolicyOption(
        "max_batch", .integer(1...4096), fallback: "64",
        help: "the cap grows no further; at most the table's largest (this project's)"),
      PolicyOption(
        "step", .integer(1...4096), fallback: "1",
        help: "what the cap grows by after a full batch in time (paper: a fixed amount)"),
      PolicyOption(
        "backoff", .number(0.001...0.999), fallback: "0.1",
        help: "the part of the cap that a late batch costs (paper: 10 %)"),
      PolicyOption(
        "max_delay_ms", .number(0...1e6), fallback: "0",
        help: "how long a request waits for its batch to fill up (paper: off by default)"),
    ],
    rule: "an idle container takes what waits up to its cap; a full batch within the SLO raises "
      + "the cap by step, a batch beyond it lowers the cap by backoff; ties: tenant order",
    ignores: "how long requests have waited, other models, the containers' own contexts")

  /// The largest batch that is started.
  public let largestBatch: Int
  private let step: Int
  private let backoff: Double
  private let delayNS: Int64
  private var queue = WaitingRequests()
  /// By replica: its cap, and the batch it has.
  private(set) var caps: [Int] = []
  private var running: [(count: Int, startNS: Int64)] = []
  private var taken: [Int] = []

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    largestBatch = options.integer("max_batch", 64)
    step = options.integer("step", 1)
    backoff = options.number("backoff") ?? 0.1
    delayNS = Int64(((options.number("max_delay_ms") ?? 0) * 1e6).rounded())
  }

  /// Without objectives the cap has nothing to go by.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    ObjectiveRule.objection(to: tenants)
  }

  /// Streams in place of containers.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// Batches are this policy's decision.
  public var control: PolicyControl { .requests }

  /// Keeps the queues, and learns from batches that end.
  public mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView) {
    switch event {
    case .requestArrived(let tenant): queue.arrived(tenant, at: view.now)
    case .requestEnded(let r):
      let tenant = view.tenants[view.replicas[r].tenant]
      if view.now - running[r].startNS > tenant.sloNS {
        caps[r] = max(1, Int(Double(caps[r]) * (1 - backoff)))
      } else if running[r].count >= caps[r] {
        let limit = max(1, min(largestBatch, tenant.programs.last?.batch ?? 1))
        caps[r] = min(limit, caps[r] + step)
      }
    case .launchEnded: break
    }
  }

  /// Starts a batch on every idle container that has requests.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    while caps.count < view.replicas.count {
      caps.append(1)
      running.append((0, 0))
    }
    var wake = Int64.max
    taken.removeAll(keepingCapacity: true)
    for t in view.tenants.indices {
      while queue.count(of: t) > 0,
        let r = view.idleReplica(of: t, among: .max, besides: taken)
      {
        let waiting = queue.count(of: t)
        let oldest = queue.arrival(0, of: t)
        guard waiting >= caps[r] || view.now - oldest >= delayNS else {
          wake = min(wake, oldest + delayNS)
          break
        }
        let count = min(waiting, caps[r])
        decisions.append(.start(tenant: t, replica: r, count: count))
        queue.removeFirst(count, of: t)
        running[r] = (count, view.now)
        taken.append(r)
      }
    }
    if wake < .max { decisions.append(.wake(atNS: wake)) }
  }
}
