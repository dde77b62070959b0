import Metrics
import Scheduling
import Simulation
import Tables

/// Runs loops under MPS, as a policy of the catalogue plays it, and hears their figures.
///
/// How long a run lasts follows from what its loops take alone, so that a figure depends on nothing
/// but the run: four turns of the slowest loop are warm-up and twenty are counted, for replicas as
/// many as if they took turns.
package struct LoopBench: Sendable {
  private let catalogue: LoopCatalogue
  private let policy: any SharingPolicy.Type
  /// What was heard of each run, or why there was nothing to hear.
  private var heard: [LoopRun: Result<LoopFigures, InputError>] = [:]

  /// Runs everything, and each loop of it alone; nil where an interrupt kept some from being run.
  ///
  /// - Throws: `InputError` where the catalogue of policies has no MPS.
  package init?(
    _ runs: [LoopRun], _ catalogue: LoopCatalogue, policies: PolicyCatalog, _ control: WorkControl
  ) throws(InputError) {
    guard let policy = policies.policy(named: "space-only") else {
      throw InputError(message: "loops run under the policy 'space-only', which is not there")
    }
    self.catalogue = catalogue
    self.policy = policy
    var alone: [LoopRun] = []
    var together: [LoopRun] = []
    var seen: Set<LoopRun> = []
    for run in runs {
      for loop in run.loops where seen.insert(run.alone(loop)).inserted {
        alone.append(run.alone(loop))
      }
      if seen.insert(run).inserted { together.append(run) }
    }
    control.runsAhead(alone.count + together.count)
    for batch in [alone, together] where !hear(batch, control) { return nil }
  }

  /// What was heard of a run.
  ///
  /// - Throws: `InputError` where it does not fit the GPU's memory.
  package func figures(_ run: LoopRun) throws(InputError) -> LoopFigures {
    guard let result = heard[run] else { preconditionFailure("a run that nobody asked for") }
    return try result.get()
  }

  /// Runs what is alone, or what needs that; false where it was interrupted.
  private mutating func hear(_ runs: [LoopRun], _ control: WorkControl) -> Bool {
    // Runs that differ in shares alone have their programs in common.
    var order: [LoopRun] = []
    var groups: [LoopRun: [LoopRun]] = [:]
    for run in runs {
      var key = run
      key = LoopRun(
        gpu: key.gpu, stack: key.stack, testbed: key.testbed,
        loops: key.loops.map { BatchLoop(model: $0.model, batch: $0.batch, share: 100) },
        replicas: key.replicas)
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(run)
    }
    let work = order.map { groups[$0] ?? [] }
    let bench = self
    let results = ParallelRuns.map(
      count: work.count, jobs: control.jobs, shouldStop: { _ in control.shouldStop() }
    ) { i in bench.results(work[i], control) }
    if control.shouldStop() { return false }
    for (group, found) in zip(work, results) {
      guard let found else { return false }
      for (run, result) in zip(group, found) { heard[run] = result }
    }
    return true
  }

  /// The results of runs that differ in shares alone.
  private func results(
    _ runs: [LoopRun], _ control: WorkControl
  ) -> [Result<LoopFigures, InputError>]? {
    var experiment = catalogue.experiment(runs[0])
    experiment.policies = runs.enumerated().map { i, run in
      var options = PolicyOptions()
      options.set("mechanism", .word("mps"))
      let shares = zip(experiment.tenants, run.loops).map { ($0.name, Double($1.share)) }
      options.set(
        "active_thread_percentage", .numbers(Dictionary(uniqueKeysWithValues: shares)))
      // What is planned and prepared is found by the label.
      return PolicyChoice(policy, label: "\(policy.descriptor.name) \(i)", options: options)
    }
    do throws(InputError) {
      let programs = try Simulation.prepare(experiment)
      var results: [Result<LoopFigures, InputError>] = []
      for (run, choice) in zip(runs, experiment.policies) {
        if control.shouldStop() { return nil }
        (experiment.warmupNS, experiment.durationNS) = times(run, programs)
        do throws(InputError) {
          results.append(.success(try Self.figures(experiment, programs, choice)))
        } catch {
          results.append(.failure(error))
        }
        control.runEnded()
      }
      return results
    } catch {
      runs.forEach { _ in control.runEnded() }
      return runs.map { _ in .failure(error) }
    }
  }

  /// The warm-up, and the whole run, in nanoseconds.
  private func times(_ run: LoopRun, _ programs: ProgramSet) -> (warmup: Int64, end: Int64) {
    if run.isAlone {
      // All turns are alike; none takes longer than work that shrinks with its share.
      let turn = programs.soloLatencyNS[0] * 150 / Int64(run.loops[0].share)
      return (turn, 5 * turn)
    }
    let alone = run.loops.map { loop -> Int64 in
      guard case .success(let figures)? = heard[run.alone(loop)] else { return 0 }
      return Int64(figures.latencyMS[0] * 1e6)
    }
    // A little more than alone: neighbours slow it.
    let turn = max(1, (alone.max() ?? 0) * 6 / 5)
    return (4 * Int64(run.replicas) * turn, 24 * Int64(run.replicas) * turn)
  }

  private static func figures(
    _ experiment: Experiment, _ programs: ProgramSet, _ choice: PolicyChoice
  ) throws(InputError) -> LoopFigures {
    let (totals, observer) = try Simulation.run(
      experiment, programs, choice, seed: 1, observer: MetricCollector(experiment))
    guard var collector = observer as? MetricCollector else {
      preconditionFailure("a run hands back the observer it was given")
    }
    let summary = collector.summary(
      experiment, policy: choice.label, seed: 1, totals: totals, soloNS: programs.soloLatencyNS)
    var figures = LoopFigures()
    for tenant in summary.tenants {
      guard let latency = tenant[.latencyMean] else {
        throw InputError(message: "a loop answered no request in the time of its run")
      }
      figures.latencyMS.append(latency)
      // Little's law: there is always one request a replica. Counting those of a few turns would
      // be off by one of them.
      figures.throughputRPS.append(Double(tenant.replicas) * 1e3 / latency)
    }
    return figures
  }
}
