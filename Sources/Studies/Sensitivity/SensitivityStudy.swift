import Metrics
import Scheduling
import Simulation
import Tables

/// Which constants decide: how far each moves a figure of every policy within its range, one at a
/// time and by Morris's elementary effects, and which change the order of policies.
package struct SensitivityStudy: Sendable {
  /// What is asked.
  package struct Question: Sendable {
    /// The figure.
    package var figure = SummaryFigure.latencyP99
    /// The tenant whose figure it is; nil for all of them together.
    package var tenant: String?
    /// Trajectories of Morris's method; 0 leaves it out.
    package var trajectories = 4
    /// The constants; empty for all.
    package var constants: [String] = []

    /// Creates the usual question.
    package init() {}
  }

  /// A policy's figure under one constant.
  package struct Effect: Sendable, Equatable {
    /// The figure with the constant at its range's low end; nil where the policy cannot run so.
    package var low: Double?
    /// The same at the high end.
    package var high: Double?
    /// The mean size of the elementary effects, over the whole range: μ*. Nil without trajectories.
    package var meanSize: Double?
    /// Their standard deviation: how much the effect hangs on the other constants.
    package var spread: Double?
  }

  /// The experiment.
  package let experiment: Experiment
  /// What was asked.
  package let question: Question
  /// The constants and their ranges.
  package let ranges: [ConstantRange]
  /// The constants without a range, by name.
  package let fixed: [String]
  /// By policy: the figure with what the experiment has.
  package private(set) var base: [Double?] = []
  /// By constant and policy.
  package private(set) var effects: [[Effect]] = []
  /// Where policies change places, in the order of constants; both ends of a range are looked at.
  package private(set) var flips: [RankFlip] = []
  /// Whether everything was answered.
  package private(set) var isComplete = false

  /// - Throws: `InputError` for a tenant or constant that is not there, a figure the policies do not
  ///   have, or a range that leaves out what the experiment has.
  package init(
    _ experiment: Experiment, _ question: Question, stated: [StatedRange]
  ) throws(InputError) {
    self.experiment = experiment
    self.question = question
    let (all, fixed) = try ConstantRange.all(experiment, stated)
    var faults: [Diagnostic] = []
    if let name = question.tenant, !experiment.tenants.contains(where: { $0.name == name }) {
      faults.append(
        Diagnostic(
          message: "there is no tenant '\(Excerpt.word(name))'",
          hint: NearestName.hint(for: name, in: experiment.tenants.map(\.name))))
    }
    for name in question.constants where !all.contains(where: { $0.name == name }) {
      faults.append(
        Diagnostic(
          message: fixed.contains(name)
            ? "the constant '\(name)' has no range here"
            : "neither the testbed nor the GPU has a constant '\(Excerpt.word(name))'",
          hint: fixed.contains(name)
            ? "'--ranges FILE' gives it one"
            : NearestName.hint(for: name, in: all.map(\.name))))
    }
    let needsObjective = [.sloAttainment, .goodput].contains(question.figure)
    let asked = experiment.tenants.filter { $0.name == question.tenant ?? $0.name }
    if needsObjective, asked.allSatisfy({ $0.sloNS == nil }), !asked.isEmpty {
      faults.append(
        Diagnostic(
          message: "'\(question.figure.rawValue)' needs a tenant with an SLO",
          hint: "'--set tenants.\(asked[0].name).slo_ms=50' gives it one"))
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    ranges = all.filter { question.constants.isEmpty || question.constants.contains($0.name) }
    self.fixed = question.constants.isEmpty ? fixed : []
  }

  // MARK: Answers

  /// Answers, `control.jobs` runs side by side; the number of them reaches no answer.
  package mutating func answer(_ control: WorkControl) {
    let design = MorrisDesign(
      factors: ranges.count, trajectories: question.trajectories, seed: 1)
    var points: [[Double]] = [ranges.map(\.value)]
    for (i, range) in ranges.enumerated() {
      for end in [range.low, range.high] {
        var point = points[0]
        point[i] = end
        points.append(point)
      }
    }
    for place in design.trajectories.flatMap(\.self) {
      points.append(zip(ranges, place).map { $0.value(at: $1) })
    }
    let found = figures(points, control)
    if control.shouldStop() { return }
    base = found[0]
    effects = ranges.indices.map { i in
      experiment.policies.indices.map { p in
        Effect(low: found[1 + 2 * i][p], high: found[2 + 2 * i][p])
      }
    }
    addMorris(design, Array(found.dropFirst(1 + 2 * ranges.count)))
    flips = findFlips(control)
    isComplete = !control.shouldStop()
  }

  private mutating func addMorris(_ design: MorrisDesign, _ found: [[Double?]]) {
    guard question.trajectories > 0 else { return }
    let length = ranges.count + 1
    for p in experiment.policies.indices {
      let outcomes = design.trajectories.indices.map { t in
        (0..<length).map { found[t * length + $0][p] }
      }
      for (i, own) in design.effects(outcomes).enumerated() {
        effects[i][p].meanSize = SampleStatistics(own.map(\.magnitude))?.mean
        effects[i][p].spread = SampleStatistics(own)?.standardDeviation
      }
    }
  }

  /// The policies in the order of the figure, best first, with what the experiment has: those that
  /// share one GPU.
  package var ranking: [Int] {
    sharing.filter { base.indices.contains($0) && base[$0] != nil }.sorted { a, b in
      isBetter(base[a] ?? 0, base[b] ?? 0)
    }
  }

  private var sharing: [Int] {
    experiment.policies.indices.filter {
      ![.dedicated, .bound].contains(experiment.policies[$0].make().mechanism)
    }
  }

  private func isBetter(_ a: Double, _ b: Double) -> Bool {
    question.figure.isBetterHigh ? a > b : a < b
  }

  private func findFlips(_ control: WorkControl) -> [RankFlip] {
    let order = ranking
    var places: [(constant: Int, end: Double, better: Int, worse: Int)] = []
    for (i, range) in ranges.enumerated() {
      for (end, side) in [(range.low, \Effect.low), (range.high, \Effect.high)] {
        for (k, a) in order.enumerated() {
          for b in order[(k + 1)...] {
            guard let x = base[a], let y = base[b], isBetter(x, y), end != range.value,
              let u = effects[i][a][keyPath: side], let v = effects[i][b][keyPath: side],
              isBetter(v, u)
            else { continue }
            places.append((i, end, a, b))
          }
        }
      }
    }
    control.runsAhead(places.count)
    let study = self
    let asked = places
    let found = ParallelRuns.map(
      count: asked.count, jobs: control.jobs, shouldStop: { _ in control.shouldStop() }
    ) { n -> RankFlip? in
      let (i, end, a, b) = asked[n]
      let range = study.ranges[i]
      let (holds, flips) = FlipSearch.search(
        from: range.value, to: end, between: range.between
      ) { value in
        if control.shouldStop() { return nil }
        let changed = range.set(value, in: study.experiment)
        guard let x = study.figure(changed, policy: a), let y = study.figure(changed, policy: b)
        else { return nil }
        return !study.isBetter(y, x)
      }
      control.runEnded()
      return RankFlip(
        constant: i, better: a, worse: b, holdsAt: holds, flipsAt: flips,
        isOfTheBest: a == order.first)
    }
    return found.compactMap(\.self)
  }

  // MARK: Running

  /// By point and policy; nil where a policy cannot run, or was stopped.
  private func figures(_ points: [[Double]], _ control: WorkControl) -> [[Double?]] {
    let count = experiment.policies.count
    control.runsAhead(points.count * count)
    let all = ParallelRuns.map(
      count: points.count * count, jobs: control.jobs,
      shouldStop: { _ in control.shouldStop() }
    ) { [self] n -> Double? in
      if control.shouldStop() { return nil }
      defer { control.runEnded() }
      var changed = experiment
      for (range, value) in zip(ranges, points[n / count]) {
        changed = range.set(value, in: changed)
      }
      return figure(changed, policy: n % count)
    }
    return points.indices.map { Array(all[($0 * count)..<(($0 + 1) * count)]) }
  }

  /// A policy's figure, its mean over the seeds; nil where it cannot run or has none.
  private func figure(_ changed: Experiment, policy p: Int) -> Double? {
    var one = changed
    one.policies = [experiment.policies[p]]
    guard let programs = try? Simulation.prepare(one) else { return nil }
    var values: [Double] = []
    for seed in one.seeds {
      guard
        let run = try? Simulation.run(
          one, programs, one.policies[0], seed: seed, observer: MetricCollector(one)),
        var collector = run.observer as? MetricCollector
      else { return nil }
      let summary = collector.summary(
        one, policy: one.policies[0].label, seed: seed, totals: run.totals,
        soloNS: programs.soloLatencyNS)
      let row = summary.tenants.first { $0.tenant == question.tenant } ?? summary.device
      guard let value = row[question.figure] else { return nil }
      values.append(value)
    }
    return SampleStatistics(values)?.mean
  }
}

extension SummaryFigure {
  /// Whether more of it is better.
  package var isBetterHigh: Bool {
    switch self {
    case .completed, .throughput, .goodput, .sloAttainment, .jainFairness, .busyFraction,
      .smActivity, .achievedOccupancy, .flopUtilization, .dramUtilization, .gflops, .inputTokens,
      .outputTokens:
      true
    default: false
    }
  }
}
