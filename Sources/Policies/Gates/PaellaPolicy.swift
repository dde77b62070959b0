import Scheduling

/// Rule: one dispatcher sends a launch only if its whole grid fits into what is free of the GPU, but
/// for `max_outstanding` that do not. The first in order goes; if it does not fit and those are used
/// up, nothing passes it. First is the tenant with the largest deficit, if that is at least
/// `fairness_threshold`; else the request with the least predicted time left. A launch costs its
/// tenant 1, and every tenant with work gains 1/n; a deficit is 0 again when the tenant has no work.
/// Tie-break: the earlier arrival, then the lower replica.
/// Ignores: priorities, deadlines. Of registers, shared memory, threads and block slots the scarcest
/// stands for all: a block takes one part in as many as an SM holds.
/// Follows code: eniac/paella e4afcee, scheduler_full3 and sm_resources.h:29.
public struct PaellaPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "paella",
    summary: "shortest remaining request first, and only launches that fit the free GPU whole",
    source: "Paella (SOSP 2023), code eniac/paella e4afcee, scheduler_full3",
    options: [
      PolicyOption(
        "max_outstanding", .integer(1...1_000), fallback: "2",
        help: "launches on the GPU that did not fit when they were sent (code)"),
      PolicyOption(
        "fairness_threshold", .number(0...1e9), fallback: "1000000",
        help: "deficit from which a tenant goes first (code's runs: 1e6, which is never)"),
    ])

  private let maxOutstanding: Int
  private let fairness: Double
  /// By tenant.
  private(set) var deficits: [Double] = []
  /// By replica: whether its launch did not fit when it was sent.
  private var isUnfit: [Bool] = []

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    maxOutstanding = options.integer("max_outstanding", 2)
    fairness = options.number("fairness_threshold") ?? 1e6
  }

  /// One process, a stream each.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// One dispatcher sends.
  public var control: PolicyControl { .launches }

  /// Sends launches in order while they fit.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    if view.ready.isEmpty { return }
    while isUnfit.count < view.replicas.count { isUnfit.append(false) }
    while deficits.count < view.tenants.count { deficits.append(0) }
    var used = 0.0
    var unfit = 0
    for replica in view.replicas.indices where view.replicas[replica].phase == .running {
      used += Self.need(view.launch(of: replica))
      unfit += isUnfit[replica] ? 1 : 0
    }
    let working = view.tenants.indices.filter { t in
      view.tenants[t].waiting > 0 || view.tenants[t].replicas.contains { view.hasLaunches($0) }
    }
    for t in deficits.indices where !working.contains(t) { deficits[t] = 0 }
    var left = view.ready
    while let at = top(of: left, view) {
      let replica = left[at]
      let need = Self.need(view.launch(of: replica))
      let fits = used + need <= Double(view.smCount) + 1e-9
      if !fits, unfit >= maxOutstanding { return }
      decisions.append(.launch(replica: replica))
      left.remove(at: at)
      used += need
      isUnfit[replica] = !fits
      unfit += fits ? 0 : 1
      for t in working { deficits[t] += 1 / Double(working.count) }
      deficits[view.replicas[replica].tenant] -= 1
    }
  }

  /// Which of some ready replicas is first.
  private func top(of ready: [Int], _ view: borrowing SchedulingView) -> Int? {
    var best: Int?
    for i in ready.indices {
      guard let old = best else {
        best = i
        continue
      }
      if precedes(ready[i], ready[old], view) { best = i }
    }
    return best
  }

  private func precedes(_ a: Int, _ b: Int, _ view: borrowing SchedulingView) -> Bool {
    let owed = [a, b].map { replica -> Double in
      let deficit = deficits[view.replicas[replica].tenant]
      return deficit >= fairness ? deficit : -.infinity
    }
    if owed[0] != owed[1] { return owed[0] > owed[1] }
    return (view.remaining(of: a), view.arrival(of: a), a)
      < (view.remaining(of: b), view.arrival(of: b), b)
  }

  /// What a launch takes of the GPU, in SMs.
  private static func need(_ launch: LaunchView) -> Double {
    Double(launch.blocks) / Double(max(1, launch.blocksPerSM))
  }
}
