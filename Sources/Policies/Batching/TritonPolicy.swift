import Scheduling

/// Rule: each model has a queue and instances, which run side by side on the GPU. When an instance is
/// idle the queue is walked from its head: the largest preferred size that is reached goes at once;
/// past `max_delay_ms` of the oldest, or where more wait than a batch holds, everything up to
/// `max_batch` goes, preferred or not; else a timer waits for the oldest.
/// Tie-break: tenant order; the instance idle longest. Ignores: deadlines, what other models do, the
/// up to two batches an instance that Triton forms ahead (here a batch grows until it is taken).
/// Follows the code: Triton core 73aad7c, dynamic_batch_scheduler.cc:488-670.
public struct TritonPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "triton",
    summary: "Triton's dynamic batcher: preferred sizes, a delay, instances side by side",
    source: "code: Triton core 73aad7c, src/dynamic_batch_scheduler.cc:488-670",
    options: [
      PolicyOption(
        "max_batch", .integer(1...4096), fallback: "16",
        help: "the largest batch; at most the table's (Triton: the model's own, no default)"),
      PolicyOption(
        "preferred", .integers(1...4096), fallback: "max_batch",
        help: "sizes that go at once (Triton: preferred_batch_size, by default the largest)"),
      PolicyOption(
        "max_delay_ms", .number(0...1e6), fallback: "0",
        help: "how long a request waits for a preferred size (Triton: 0)"),
      PolicyOption(
        "instances", .integer(1...65_536), fallback: "replicas",
        help: "most instances of a model, each with a batch; at most the tenant's replicas"),
    ],
    rule: "on an idle instance the largest preferred size that waits goes at once; past the delay, "
      + "or beyond max_batch, all that waits goes; else a timer; ties: tenant order, the instance "
      + "idle longest",
    ignores: "deadlines, other models, batches formed ahead of a busy instance")

  /// The largest batch that is started.
  public let largestBatch: Int
  private let preferred: [Int]
  private let delayNS: Int64
  private let instances: Int
  private var queue = WaitingRequests()
  private var taken: [Int] = []

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    largestBatch = options.integer("max_batch", 16)
    preferred = options.integers("preferred").sorted()
    delayNS = Int64(((options.number("max_delay_ms") ?? 0) * 1e6).rounded())
    instances = options.integer("instances", .max)
  }

  /// A preferred size that is never reached would do nothing.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    let most = options.integer("max_batch", 16)
    guard let size = options.integers("preferred").first(where: { $0 > most }) else { return nil }
    return "has the preferred size \(size), above its 'max_batch' of \(most)"
  }

  /// One process; instances have streams.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// Batches are this policy's decision.
  public var control: PolicyControl { .requests }

  /// Keeps the queues.
  public mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView) {
    if case .requestArrived(let tenant) = event { queue.arrived(tenant, at: view.now) }
  }

  /// Starts what may go on idle instances, or asks to be woken for the oldest.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    var wake = Int64.max
    taken.removeAll(keepingCapacity: true)
    for t in view.tenants.indices {
      let limit = max(1, min(largestBatch, view.tenants[t].programs.last?.batch ?? 1))
      while queue.count(of: t) > 0,
        let replica = view.idleReplica(of: t, among: instances, besides: taken)
      {
        let oldest = queue.arrival(0, of: t)
        guard let size = size(of: queue.count(of: t), limit, age: view.now - oldest) else {
          wake = min(wake, oldest + delayNS)
          break
        }
        decisions.append(.start(tenant: t, replica: replica, count: size))
        queue.removeFirst(size, of: t)
        taken.append(replica)
      }
    }
    if wake < .max { decisions.append(.wake(atNS: wake)) }
  }

  /// How many of those that wait go now; nil where they wait on.
  private func size(of waiting: Int, _ limit: Int, age: Int64) -> Int? {
    let pending = min(waiting, limit)
    let isDue = age >= delayNS
    // A table too small for any of the sizes has its own largest.
    let sizes = preferred.filter { $0 <= limit }
    if let size = (sizes.isEmpty ? [limit] : sizes).last(where: { $0 <= pending }),
      delayNS == 0 || !isDue
    {
      return size
    }
    return isDue || waiting > limit || pending >= sizes.last ?? limit ? pending : nil
  }
}
