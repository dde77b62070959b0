import Scheduling

/// Rule, plan: a profile has for each MIG size, batch and number of processes under MPS (3 at most) what
/// batches that begin together take, T, and their throughput, processes x batch / T. Of those with T <
/// 0.45 SLO a tenant gets the one of most throughput for its size, as often as its rate holds it whole,
/// then the smallest size that serves the rest. Instances go on the GPU from the largest down.
/// Rule, run: a process that is idle takes what waits, up to its instance's batch, at once.
/// Tie-breaks: the smaller size, batch, number of processes; tenant order; the lower instance.
/// Ignores: priorities; how rates move; the time that gathering a batch takes, as the code.
/// Ours: batches are powers of two. A tenant's replicas are its processes: there are no more of them.
/// The code takes as many GPUs as it needs, and moves instances between them; here there is one: where
/// they do not fit, the largest gives way, size by size, and what is then not served is said. A tenant
/// without a choice within its SLO gets the smallest instance.
/// Follows code: MunQ-Lee/ParvaGPU_SC24 32d4890, src/configurator.c, src/allocator.c (SC 2024).
public struct ParvaGPUPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "parvagpu",
    summary:
      "MIG instances with processes of one model in each, the fewest slices that serve the rates",
    source: "ParvaGPU (SC 2024), code MunQ-Lee/ParvaGPU_SC24 32d4890, configurator.c",
    options: [
      PolicyOption(
        "max_batch", .integer(1...1024), fallback: "128",
        help: "the largest batch of a plan (code's profiles: 128)")
    ],
    rule:
      "Each tenant gets the instance, batch and processes of most throughput per slice with T < "
      + "0.45 SLO, as often as its rate holds it, then the smallest that serves the rest; idle "
      + "processes take what waits.",
    ignores: "priorities, how rates move, the time that gathering a batch takes", needsMIG: true)

  /// The instances, once planned.
  public private(set) var mechanism: SharingMechanism = .mps(activeThreadPercentages: [:])
  /// The largest batch of a plan.
  public let largestBatch: Int
  /// By tenant's name: its processes' batches.
  private var batches: [String: [Int]] = [:]

  /// Creates the policy.
  public init(_ options: PolicyOptions) { largestBatch = options.integer("max_batch", 128) }

  /// Which requests start where is this policy's.
  public var control: PolicyControl { .requests }

  /// Needs an objective of every tenant.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    ObjectiveRule.objection(to: tenants)
  }

  /// Lays out the GPU.
  public mutating func plan(_ view: PlanningView) -> PlanOutcome {
    if let refusal = Objectives.refusal(view) { return refusal }
    if view.profiles.isEmpty {
      return .refused(
        "\(view.gpu) has no MIG profiles", hint: "`gpuloom gpus --mig` lists the GPUs that have")
    }
    guard let plan = ParvaGPUPlanner(view, largestBatch: largestBatch).plan() else {
      return .refused(
        "\(view.gpu) cannot have an instance that holds its model for each of "
          + "\(view.tenants.count) tenants", hint: "use fewer tenants")
    }
    var own: [String: [Int]] = [:]
    batches = [:]
    for (part, segment) in plan.segments.enumerated() {
      let name = view.tenants[segment.tenant].name
      own[name, default: []] += Array(repeating: part, count: segment.processes)
      batches[name, default: []] += Array(repeating: segment.batch, count: segment.processes)
    }
    mechanism = .partitions(
      GPULayout(
        parts: plan.segments.map { .slice(view.profiles[$0.profile].name) }, partsByTenant: own))
    let short = view.tenants.indices.filter { plan.uncovered[$0] > 1e-6 }
    if short.isEmpty { return .done }
    let words = short.map { t in
      "\(Int(plan.uncovered[t].rounded(.up))) req/s of '\(view.tenants[t].name)'"
    }
    return .doubtful(
      "no instances of one \(view.gpu) serve " + words.joined(separator: ", ")
        + " within 0.45 of the SLO")
  }

  /// Gives idle processes what waits.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    for t in view.tenants.indices where view.tenants[t].waiting > 0 {
      var waiting = view.tenants[t].waiting
      for (r, batch) in zip(view.tenants[t].replicas, batches[view.tenants[t].name] ?? [])
      where waiting > 0 && view.replicas[r].phase == .idle {
        decisions.append(.start(tenant: t, replica: r, count: min(waiting, batch)))
        waiting -= min(waiting, batch)
      }
    }
  }
}
