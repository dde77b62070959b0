import Scheduling

/// Rule: one batch on the GPU at a time, of one model. Every request has a deadline, arrival + SLO -
/// `margin_ms`; one that cannot be done by it, were it next on the GPU, is rejected. On the free GPU
/// each model offers the largest batch of its table that its queue fills and whose oldest request is
/// in time; the one whose deadline less its duration is first goes. A batch's duration is the longest
/// of its last ten, before the first what the table predicts.
/// Tie-break: the smaller batch, then tenant order. Ignores: priorities; the controller's 10 ms of
/// looking ahead over a network (batches are decided when the GPU is free); loads over PCIe: all
/// weights are resident. A request is told no sooner than at the next event after its arrival.
/// Follows the code: Clockwork f2f610e controller/infer5, by policies.md.
public struct ClockworkPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "clockwork",
    summary: "predicted ends: what cannot be done in time is rejected, nothing ends late",
    source: "code: Clockwork f2f610e, controller/infer5 (Gujarati et al., OSDI'20)",
    options: [
      PolicyOption(
        "max_batch", .integer(1...4096), fallback: "16",
        help: "the largest batch (Clockwork: 16); at most the table's"),
      PolicyOption(
        "margin_ms", .number(0...1e6), fallback: "0",
        help: "how much sooner than its SLO a request must be done (Clockwork: 5, for its network)"),
    ],
    rule: "one batch at a time; what cannot be done by its deadline is rejected; of the models' "
      + "largest batches in time the one with the least deadline - duration goes; ties: the smaller "
      + "batch, then tenant order",
    ignores: "priorities; looking ahead over a network; loads over PCIe (all weights are resident)")

  /// The largest batch that is started.
  public let largestBatch: Int
  private let marginNS: Int64
  private var queue = WaitingRequests()
  /// By program: what its last batches took, the latest at `next`.
  private var measured: [[Int64]] = []
  private var counts: [Int] = []
  /// The batch on the GPU.
  private var running: (program: Int, startNS: Int64, endNS: Int64)?

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    largestBatch = options.integer("max_batch", 16)
    marginNS = Int64(((options.number("margin_ms") ?? 0) * 1e6).rounded())
  }

  /// Without objectives there is nothing to reject by.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    ObjectiveRule.objection(to: tenants)
  }

  /// Batches take the place of replicas.
  public var hasOneInstance: Bool { true }
  /// One batch of one model.
  public var startsOneAtATime: Bool { true }
  /// One process, one stream at work.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }
  /// Batches and rejections are this policy's decision.
  public var control: PolicyControl { .requests }

  /// Keeps the queues, and measures.
  public mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView) {
    switch event {
    case .requestArrived(let tenant): queue.arrived(tenant, at: view.now)
    case .requestEnded:
      guard let (program, start, _) = running else { return }
      running = nil
      if measured[program].count < 10 {
        measured[program].append(view.now - start)
      } else {
        measured[program][counts[program] % 10] = view.now - start
      }
      counts[program] += 1
    case .launchEnded: break
    }
  }

  /// Rejects what is lost, and starts what is most urgent on the free GPU.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    while measured.count < view.programs.count {
      measured.append([])
      counts.append(0)
    }
    let free = max(view.now, running?.endNS ?? view.now)
    var wake = Int64.max
    var best: (priority: Int64, batch: Int, tenant: Int, program: Int)?
    for t in view.tenants.indices {
      guard let smallest = view.tenants[t].programs.first else { continue }
      let least = predictedNS(smallest.program, view)
      while queue.count(of: t) > 0, deadline(t, view) < free + least {
        // Clients of a closed loop ask again at once: at one instant each is told once.
        guard queue.arrival(0, of: t) < view.now else {
          wake = min(wake, view.now + max(1, view.tenants[t].sloNS))
          break
        }
        decisions.append(.reject(tenant: t))
        queue.removeFirst(1, of: t)
      }
      guard running == nil, queue.count(of: t) > 0 else { continue }
      for (batch, program) in view.tenants[t].programs.reversed()
      where batch <= max(largestBatch, smallest.batch)
        && (batch <= queue.count(of: t) || batch == smallest.batch)
      {
        let priority = deadline(t, view) - predictedNS(program, view)
        guard priority >= view.now else { continue }
        if best.map({ (priority, batch) < ($0.priority, $0.batch) }) ?? true {
          best = (priority, batch, t, program)
        }
        break
      }
    }
    if let best {
      let count = min(best.batch, queue.count(of: best.tenant))
      let replica = view.tenants[best.tenant].replicas.lowerBound
      decisions.append(.start(tenant: best.tenant, replica: replica, count: count))
      queue.removeFirst(count, of: best.tenant)
      running = (best.program, view.now, view.now + predictedNS(best.program, view))
    }
    if wake < .max { decisions.append(.wake(atNS: wake)) }
  }

  /// When the first request of a queue must be done.
  private func deadline(_ tenant: Int, _ view: borrowing SchedulingView) -> Int64 {
    queue.arrival(0, of: tenant) + view.tenants[tenant].sloNS - marginNS
  }

  /// The longest of its last ten; at first the table's, and the lock's time for each launch.
  private func predictedNS(_ program: Int, _ view: borrowing SchedulingView) -> Int64 {
    if let longest = measured[program].max() { return longest }
    let own = view.programs[program]
    return own.soloNS + Int64(own.launches.count) * view.costs.lockNS
  }
}
