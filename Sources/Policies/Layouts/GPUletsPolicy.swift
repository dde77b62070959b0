import Scheduling

/// Rule, plan: tenants ascending by rate x SLO. A tenant's rate, raised to the 99th percentile of a
/// Poisson process, is served by the part of most throughput per size while the rest saturates it,
/// then by the smallest that holds the rest; parts are 20, 40, 50, 60, 80 or 100 % of the SMs, two
/// on a GPU at most; batches b with 2 L(b) <= SLO. A part is free, or split from a free one, or
/// shared in rounds: sum of L <= round, round + L <= SLO for each. If beside the other part less
/// than 0.85 of a rate is predicted to be served, the plan is made once more with what is predicted.
/// Rule, run: a part runs one batch at a time: of its tenants the one with the least slack, what
/// waits up to its batch of a round, at once.
/// Tie-breaks: the larger index first in planning (as the code), tenant order in running. Ignores:
/// how rates move. What is not covered is said, and runs in the part of the most SMs.
/// Follows the code (casys-kaist/glet 3c1c2aa, scheduler_incremental.cpp; ATC 2022) for the plan;
/// its own here: interference (the code's linear model needs L2 counters that tables lack: here
/// DRAM asked for beyond what there is, and the testbed's co-runner slowdown), and running by slack.
public struct GPUletsPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "gpulets",
    summary: "the least parts of the SMs that serve each tenant's rate within its SLO, in batches",
    source: "Choi et al., ATC 2022; casys-kaist/glet 3c1c2aa",
    options: [
      PolicyOption(
        "max_batch", .integer(1...4096), fallback: "32",
        help: "the largest batch of a plan; 32 in the paper's code")
    ],
    rule: "Tenants ascending by rate x SLO get the part of most throughput per size, then the "
      + "smallest that holds the rest, at most two on a GPU, or share one in rounds; 2 L <= SLO. A "
      + "part runs the batch of least slack.",
    ignores: "how rates move; L2")

  /// The parts, once planned.
  public private(set) var mechanism: SharingMechanism = .mps(activeThreadPercentages: [:])
  /// What was planned.
  public private(set) var gpulets = GPUletPlan()
  /// The largest batch of a plan.
  public let largestBatch: Int
  private var runner = PartRunner()

  /// Creates the policy.
  public init(_ options: PolicyOptions) { largestBatch = options.integer("max_batch", 32) }

  /// Which requests start where is this policy's.
  public var control: PolicyControl { .requests }

  /// Needs an objective of every tenant.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    ObjectiveRule.objection(to: tenants)
  }

  /// Lays out the GPU.
  public mutating func plan(_ view: PlanningView) -> PlanOutcome {
    if let refusal = Objectives.refusal(view) { return refusal }
    gpulets = GPUletPlanner.plan(view, largestBatch: largestBatch)
    if gpulets.parts.isEmpty {
      gpulets.parts = [GPUletPlan.Part(percent: 100, shares: [], dutyNS: 0)]
    }
    var parts: [GPULayout.Part] = []
    var own: [String: [Int]] = [:]
    var batches: [String: [Int]] = [:]
    var next = 0
    for (p, part) in gpulets.parts.enumerated() {
      let sms = view.sms(ofPercent: Double(part.percent))
      parts.append(.sms(next..<next + sms))
      next += sms
      for share in part.shares {
        own[view.tenants[share.tenant].name, default: []].append(p)
        batches[view.tenants[share.tenant].name, default: []].append(share.batch)
      }
    }
    let widest = gpulets.parts.indices.max {
      (gpulets.parts[$0].percent, -$0) < (gpulets.parts[$1].percent, -$1)
    }
    for tenant in view.tenants where own[tenant.name] == nil {
      own[tenant.name] = [widest ?? 0]
      batches[tenant.name] = [1]
    }
    let layout = GPULayout(parts: parts, partsByTenant: own)
    mechanism = .partitions(layout)
    runner = PartRunner(layout, batches: batches) { t, batch, part in
      view.tenants.firstIndex { $0.name == t }.map { view.latencyNS($0, batch, part) } ?? 0
    }
    return outcome(view)
  }

  private func outcome(_ view: PlanningView) -> PlanOutcome {
    let short = view.tenants.indices.filter { gpulets.uncovered[$0] > 1e-6 }
    if short.isEmpty { return .done }
    let words = short.map { t in
      "\(Int(gpulets.uncovered[t].rounded(.up))) req/s of '\(view.tenants[t].name)'"
    }
    return .doubtful(
      "no parts of \(view.gpu) hold " + words.joined(separator: ", ")
        + " within the SLO, rates raised to their 99th percentile")
  }

  /// Starts a batch in each part that is free.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    runner.decide(view, &decisions)
  }
}

/// What a policy driven by objectives needs of every tenant.
enum Objectives {
  /// The refusal where a tenant has none.
  static func refusal(_ view: PlanningView) -> PlanOutcome? {
    guard let tenant = view.tenants.first(where: { $0.sloNS == nil }) else { return nil }
    return .refused(
      "the tenant '\(tenant.name)' has no SLO to plan for", hint: "give every tenant 'slo_ms'")
  }
}
