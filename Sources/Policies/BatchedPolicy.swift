import Scheduling

/// Rule: one batch on the GPU at a time. A tenant's batch may leave when `max_batch` requests wait
/// or the oldest has waited `max_delay_ms`; of the tenants ready at once the one whose oldest
/// request has the least slack goes.
/// Tie-break: longest waiting, then tenant order. Ignores: what the next batch could become.
/// Reference: dynamic batching of Triton (max queue delay), with slack order among tenants.
public struct BatchedPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "batched",
    summary: "one batch on the GPU at a time; requests of a tenant wait to form it",
    source: "Triton dynamic batching (documentation); Jain et al. 2018, exclusive batching",
    options: [
      PolicyOption(
        "max_batch", .integer(1...4096), fallback: "16",
        help: "a batch of this size leaves at once; at most the table's largest"),
      PolicyOption(
        "max_delay_ms", .number(0...1e6), fallback: "2",
        help: "a request waits no longer than this for others while the GPU is free"),
    ],
    rule: "a tenant's batch may leave when max_batch requests wait or the oldest has "
      + "waited max_delay_ms; of the tenants ready at once the one whose oldest "
      + "request has the least slack goes; ties: longest waiting, then tenant order",
    ignores: "what the next batch could become",
    isInDefaultSet: true)

  /// The largest batch that is started.
  public let largestBatch: Int
  private let delayNS: Int64
  /// By tenant: what a batch of each size from 1 to the largest takes alone. What tenants run does
  /// not change during a run.
  private var soloNS: [[Int64]] = []

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    largestBatch = options.integer("max_batch", 16)
    delayNS = Int64(((options.number("max_delay_ms") ?? 2) * 1e6).rounded())
  }

  /// Batches take the place of replicas.
  public var hasOneInstance: Bool { true }

  /// One batch on the GPU.
  public var startsOneAtATime: Bool { true }

  /// An iteration is a batch whose requests its replica has chosen: it takes its turn as one.
  public var servesIterations: Bool { true }

  /// One process, one stream at work.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// Batches are this policy's decision.
  public var control: PolicyControl { .requests }

  /// Starts a batch on the free GPU, or asks to be woken when the next one may leave.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    guard view.activeReplicas == 0 else { return }
    if soloNS.count < view.tenants.count { look(at: view) }
    var best: (tenant: Int, count: Int, slack: Int64, oldest: Int64)?
    var wake = Int64.max
    for t in view.tenants.indices where view.tenants[t].waiting > 0 {
      // A language model's iteration has left the GPU before the host has its tokens.
      let replica = view.tenants[t].replicas.lowerBound
      guard view.replicas[replica].phase == .idle else { continue }
      let oldest = view.tenants[t].oldestArrivalNS
      let limit = soloNS[t].count
      let size = min(view.tenants[t].waiting, limit)
      guard size == limit || view.now - oldest >= delayNS else {
        wake = min(wake, oldest + delayNS)
        continue
      }
      let slack = oldest + view.tenants[t].sloNS - view.now - soloNS[t][size - 1]
      if let old = best, (old.slack, old.oldest) <= (slack, oldest) { continue }
      best = (t, size, slack, oldest)
    }
    if let best {
      decisions.append(
        .start(
          tenant: best.tenant, replica: view.tenants[best.tenant].replicas.lowerBound,
          count: best.count))
    } else if wake < .max {
      decisions.append(.wake(atNS: wake))
    }
  }

  /// Notes what batches of each size take, up to the largest that the tenant's table holds.
  private mutating func look(at view: borrowing SchedulingView) {
    soloNS.removeAll()
    for t in view.tenants.indices {
      let tenant = view.tenants[t]
      let limit = min(largestBatch, tenant.programs.last?.batch ?? 1)
      soloNS.append((1...limit).map { view.programs[tenant.program(batch: $0) ?? 0].soloNS })
    }
  }
}
