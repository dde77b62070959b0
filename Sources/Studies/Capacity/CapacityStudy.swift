import Metrics
import Scheduling
import Simulation
import Tables

/// How much each policy of an experiment serves: see `KneeSearch`, `AttainmentRun`, `CapacityLimits`.
package struct CapacityStudy: Sendable {
  /// What is asked.
  package struct Question: Sendable {
    /// What is raised.
    package var axis = CapacityAxis.load
    /// The share of every tenant's requests that must be inside their SLO: above 0, at most 1.
    package var share = 0.99
    /// How far above the capacity the first load that fails may be, as a part of it.
    package var tolerance = 0.02
    /// The tenants that are raised; empty for all.
    package var tenants: [String] = []
    /// Whether it is asked what limits each policy.
    package var asksLimits = true
    /// Whether curves are wanted: runs near the first seed's knees are not cut short.
    package var isDrawn = false

    /// Creates the usual question.
    package init() {}
  }

  /// One policy's answer.
  package struct Row: Sendable {
    /// The policy.
    package let policy: PolicyChoice
    /// By seed; nil where the search was stopped.
    package var knees: [CapacityKnee?]
    /// What limits it under the first seed; nil where that was not asked.
    package var limits: CapacityLimits?

    /// The capacities found, in the order of the seeds.
    package var capacities: [Double] { knees.compactMap { $0?.capacity } }
  }

  /// The experiment, with the policies that are asked.
  package let experiment: Experiment
  /// Policies that are not: with a GPU for every replica there is no most of them.
  package let leftOut: [String]
  /// What was asked.
  package let question: Question
  /// The seeds: those of the experiment, as far as anything is drawn.
  package let seeds: [UInt64]
  /// By policy, in the experiment's order.
  package private(set) var rows: [Row] = []
  private let scenes: [CapacityScene]
  private let varied: [Bool]

  /// - Throws: `InputError` naming tenants without an objective, whose arrivals cannot be raised, or
  ///   that are not there.
  package init(_ experiment: Experiment, _ question: Question) throws(InputError) {
    let isOpen = experiment.policies.map { choice in
      question.axis == .load || choice.make().mechanism != .dedicated
    }
    var asked = experiment
    asked.policies = zip(experiment.policies, isOpen).filter(\.1).map(\.0)
    self.experiment = asked
    self.question = question
    leftOut = zip(experiment.policies, isOpen).filter { !$0.1 }.map(\.0.label)
    try Self.check(asked, question)
    varied = experiment.tenants.map { tenant in
      question.tenants.isEmpty || question.tenants.contains(tenant.name)
    }
    let isDrawn = experiment.tenants.contains { tenant in
      if case .process = tenant.arrivals { true } else { false }
    }
    seeds = isDrawn ? experiment.seeds : Array(experiment.seeds.prefix(1))
    var scenes: [CapacityScene] = []
    for seed in seeds {
      scenes.append(try CapacityScene(experiment, question.axis, varied: varied, seed: seed))
    }
    self.scenes = scenes
  }

  private static func check(
    _ experiment: Experiment, _ question: Question
  ) throws(InputError) {
    let names = experiment.tenants.map(\.name)
    var faults: [Diagnostic] = []
    for tenant in experiment.tenants {
      let name = Excerpt.word(tenant.name)
      if tenant.hasObjective { continue }
      let key = tenant.language == nil ? "slo_ms=50" : "slo_ttft_ms=1000"
      faults.append(
        Diagnostic(
          message: "the tenant '\(name)' has no SLO, by which a capacity is judged",
          hint: "'--set tenants.\(tenant.name).\(key)' gives it one"))
    }
    for name in question.tenants where !names.contains(name) {
      faults.append(
        Diagnostic(
          message: "there is no tenant '\(Excerpt.word(name))'",
          hint: NearestName.hint(for: name, in: names)))
    }
    if experiment.policies.isEmpty {
      faults.append(
        Diagnostic(
          message: "with a GPU for every replica there is no most of \(question.axis.rawValue)",
          hint: "'--policy' names policies that share one"))
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
  }

  /// Whether everything that was asked is answered.
  package var isComplete: Bool {
    rows.allSatisfy { row in
      row.knees.allSatisfy { $0 != nil } && (row.limits != nil || !question.asksLimits)
    }
  }

  /// What kept policies from running at all or further: a fault of theirs, not of the input.
  package var faults: [InputError] {
    rows.flatMap(\.knees).compactMap { $0?.refusal }.filter { $0.kind == .fault }
  }

  // MARK: Running

  /// Answers for several experiments, `control.jobs` searches side by side; the number of them
  /// reaches no answer.
  ///
  /// - Throws: `InputError` where arrivals cannot be drawn.
  package static func answer(
    _ studies: inout [CapacityStudy], _ control: WorkControl
  ) throws(InputError) {
    let asked = studies
    let places = asked.indices.flatMap { s in
      asked[s].experiment.policies.indices.flatMap { p in
        asked[s].seeds.indices.map { (study: s, policy: p, seed: $0) }
      }
    }
    let knees = try run(places.count, control) { (i: Int) throws(InputError) -> CapacityKnee? in
      let (s, p, k) = places[i]
      return try asked[s].knee(asked[s].experiment.policies[p], seed: k, control)
    }
    for (place, knee) in zip(places, knees) {
      if place.seed == 0 {
        studies[place.study].rows.append(
          Row(policy: asked[place.study].experiment.policies[place.policy], knees: []))
      }
      studies[place.study].rows[place.policy].knees.append(knee)
    }
    try askLimits(&studies, control)
  }

  private func knee(
    _ policy: PolicyChoice, seed: Int, _ control: WorkControl
  ) throws(InputError) -> CapacityKnee? {
    var knee = try CapacityKnee(
      scenes[seed], question.axis, policy, share: question.share, tolerance: question.tolerance,
      control.shouldStop)
    if seed == 0, question.isDrawn {
      try knee?.complete(scenes[0], policy, share: question.share, control.shouldStop)
    }
    return knee
  }

  private static func askLimits(
    _ studies: inout [CapacityStudy], _ control: WorkControl
  ) throws(InputError) {
    let asked = studies
    let all = CapacityResource.allCases
    let places = asked.indices.flatMap { s in
      asked[s].rows.indices.flatMap { row in all.map { (study: s, row: row, resource: $0) } }
    }.filter { asked[$0.study].question.asksLimits }
    let gains = try run(places.count, control) { (i: Int) throws(InputError) -> Double? in
      let (s, r, resource) = places[i]
      let (study, row) = (asked[s], asked[s].rows[r])
      guard let knee = row.knees.first ?? nil else { return nil }
      return try CapacityLimits.gain(
        of: resource, study.experiment, study.question.axis, varied: study.varied,
        seed: study.seeds[0], row.policy, knee, share: study.question.share, control.shouldStop)
    }
    if control.shouldStop() { return }
    for i in stride(from: 0, to: places.count, by: all.count) {
      let (s, r) = (places[i].study, places[i].row)
      guard let knee = studies[s].rows[r].knees.first ?? nil else { continue }
      studies[s].rows[r].limits = CapacityLimits(
        knee, studies[s].rows[r].policy,
        gains: all.indices.map { (all[$0], gains[i + $0]) })
    }
  }

  /// Pieces side by side, in their order; nil what was not done.
  private static func run<Answer: Sendable>(
    _ count: Int, _ control: WorkControl,
    _ piece: @escaping @Sendable (Int) throws(InputError) -> Answer?
  ) throws(InputError) -> [Answer?] {
    control.runsAhead(count)
    let answers = ParallelRuns.map(
      count: count, jobs: control.jobs, shouldStop: { _ in control.shouldStop() }
    ) { i -> Result<Answer, InputError>? in
      if control.shouldStop() { return nil }
      defer { control.runEnded() }
      do throws(InputError) { return try piece(i).map { .success($0) } } catch {
        return .failure(error)
      }
    }
    var found: [Answer?] = []
    for answer in answers { found.append(try answer?.get()) }
    return found
  }
}
