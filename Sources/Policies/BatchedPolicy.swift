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
    ])

  /// The largest batch that is started.
  public let largestBatch: Int
  private let delayNS: Int64

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    largestBatch = options.integer("max_batch", 16)
    delayNS = Int64(((options.number("max_delay_ms") ?? 2) * 1e6).rounded())
  }

  /// Batches take the place of replicas.
  public var hasOneInstance: Bool { true }

  /// One process, one stream at work.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// Batches are this policy's decision.
  public var control: PolicyControl { .requests }

  /// Starts a batch on the free GPU, or asks to be woken when the next one may leave.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    guard view.activeReplicas == 0 else { return }
    var best: (tenant: Int, slack: Int64, oldest: Int64)?
    var wake = Int64.max
    for t in view.tenants.indices where view.tenants[t].waiting > 0 {
      let oldest = view.tenants[t].oldestArrivalNS
      let size = min(view.tenants[t].waiting, limit(view.tenants[t]))
      let isFull = size == limit(view.tenants[t])
      guard isFull || view.now - oldest >= delayNS else {
        wake = min(wake, oldest + delayNS)
        continue
      }
      let program = view.tenants[t].program(batch: size) ?? 0
      let solo = view.programs[program].soloNS
      let slack = oldest + view.tenants[t].sloNS - view.now - solo
      if let old = best, (old.slack, old.oldest) <= (slack, oldest) { continue }
      best = (t, slack, oldest)
    }
    if let best {
      let tenant = view.tenants[best.tenant]
      decisions.append(
        .start(
          tenant: best.tenant, replica: tenant.replicas.lowerBound,
          count: min(tenant.waiting, limit(tenant))))
    } else if wake < .max {
      decisions.append(.wake(atNS: wake))
    }
  }

  /// The most requests one batch of the tenant takes: what its table holds.
  private func limit(_ tenant: TenantView) -> Int {
    min(largestBatch, tenant.programs.last?.batch ?? 1)
  }
}
