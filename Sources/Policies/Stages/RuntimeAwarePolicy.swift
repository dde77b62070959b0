import Scheduling

/// Rule, plan: a joint round of one request of every tenant is cut into stages, the same number for
/// each; a stage begins when all tenants have ended the one before. Tried first: no cut (multiple
/// streams), a cut after every launch (lock step), model after model, equal stages; then each cut
/// in turn over its positions, a strictly smaller makespan wins, until a pass gains nothing; then
/// again from random cuts, until `budget` makespans have been simulated.
/// Rule, run: a round takes the first waiting request of every tenant that has one; the next begins
/// when it is done. Within a stage a stream per tenant, issued launch by launch.
/// Tie-breaks: launches by their place in the request, then tenant order. Ignores: deadlines and
/// priorities; what arrives during a round waits for the next.
/// Follows the abstract of Yu et al., ICCAD 2021 (arXiv 2111.14255), and third parties' accounts:
/// stages, breadth-first issue, an automatic search on profiled cost. No code or full text was in
/// reach: the search and the rounds are this project's own. A launch is issued when its predecessor
/// has ended, so that an order which issues one model's launches all ahead is not among them.
public struct RuntimeAwarePolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "runtime-aware",
    summary: "rounds of one request per tenant, in stages found by simulating them",
    source: "Yu et al., ICCAD 2021, arXiv 2111.14255 (abstract); the search is this project's own",
    options: [
      PolicyOption(
        "budget", .integer(1...1_000_000), fallback: "100",
        help: "makespans that the search may simulate; assumed"),
      PolicyOption(
        "max_cuts", .integer(0...64), fallback: "4",
        help: "the most cuts through each tenant's launches beside the first candidates; assumed"),
      PolicyOption(
        "search_seed", .integer(0...1_000_000_000), fallback: "1",
        help: "of the random cuts that the search starts from again"),
    ],
    rule: "A round of one request per tenant runs in stages; cuts are searched on simulated "
      + "makespans, candidates first, then one by one; launches by place, then tenant order.",
    ignores: "deadlines, priorities, what arrives during a round")

  private let budget: Int
  private let mostCuts: Int
  private let seed: UInt64
  /// The stages, once planned.
  private(set) var schedule = StageSchedule(cuts: [])
  private var order: [(launch: Int, tenant: Int, replica: Int)] = []

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    budget = options.integer("budget", 100)
    mostCuts = options.integer("max_cuts", 4)
    seed = UInt64(options.integer("search_seed", 1))
  }

  /// A stream per tenant.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }
  /// Rounds and stages are this policy's.
  public var control: PolicyControl { [.requests, .launches] }
  /// A round has one request of each tenant.
  public var hasOneInstance: Bool { true }

  /// Finds the stages.
  public mutating func plan(_ view: PlanningView) -> PlanOutcome {
    let base = self
    var search = StageSearch(
      launches: view.tenants.map(\.launches), mostCuts: mostCuts, budget: budget, seed: seed
    ) { schedule in
      var trial = base
      trial.schedule = schedule
      return view.makespanNS(trial)
    }
    search.run()
    schedule = search.best?.schedule ?? StageSchedule(cuts: view.tenants.map { _ in [] })
    return .done
  }

  /// Begins a round, or sends what is ready of the present stage.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    if view.activeReplicas == 0 {
      for t in view.tenants.indices where view.tenants[t].waiting > 0 {
        decisions.append(
          .start(tenant: t, replica: view.tenants[t].replicas.lowerBound, count: 1))
      }
      return
    }
    if view.ready.isEmpty { return }
    var present = Int.max
    for t in view.tenants.indices {
      let r = view.tenants[t].replicas.lowerBound
      switch view.replicas[r].phase {
      case .idle, .finishing: continue
      case .waiting, .ready, .running:
        present = min(present, stage(of: view.replicas[r].launch, tenant: t))
      }
    }
    while !order.isEmpty { order.removeLast() }
    for r in view.ready {
      let (t, launch) = (view.replicas[r].tenant, view.replicas[r].launch)
      if stage(of: launch, tenant: t) == present { order.append((launch, t, r)) }
    }
    order.sort { ($0.launch, $0.tenant) < ($1.launch, $1.tenant) }
    for entry in order { decisions.append(.launch(replica: entry.replica)) }
  }

  private func stage(of launch: Int, tenant: Int) -> Int {
    tenant < schedule.cuts.count ? schedule.stage(of: launch, tenant: tenant) : 0
  }
}
