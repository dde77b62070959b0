import Metrics
import Reports
import Scheduling
import Simulation
import Tables

/// The runs of an experiment, by policy and then by seed.
package struct Comparison {
  /// What became of one run.
  package enum Outcome {
    case finished(RunSummary, requests: [LoggedRequest], events: UInt64)
    case refused(InputError)
  }

  package let judged: JudgedExperiment
  /// nil for runs that an interrupt kept from starting.
  package let runs: [Outcome?]
  /// Whether it was followed where requests' time goes.
  package let hasWaits: Bool

  package var loaded: LoadedExperiment { judged.loaded }
  package var experiment: Experiment { loaded.experiment }

  /// Runs everything, `control.jobs` runs at a time.
  ///
  /// - Parameter followsUse: whether it is kept what the GPU is used for over time.
  /// - Parameter keep: asked again and again while some runs are finished and others are not, on the
  ///   calling thread, with what there is; where it answers false nothing more is run.
  package static func run(
    _ judged: JudgedExperiment, logsRequests: Bool, followsWaits: Bool = false,
    followsUse: Bool = false, _ control: WorkControl,
    keep: (Comparison) -> Bool = { _ in true }
  ) -> Comparison {
    let experiment = judged.loaded.experiment
    let programs = judged.programs
    let seeds = experiment.seeds
    let count = experiment.policies.count * seeds.count
    control.runsAhead(count)
    let runs = ParallelRuns.map(
      count: count, jobs: control.jobs,
      shouldStop: { results in
        if control.shouldStop() { return true }
        let some = results()
        return some.contains { $0 != nil }
          && !keep(Comparison(judged: judged, runs: some, hasWaits: followsWaits))
      }
    ) { index -> Outcome? in
      if control.shouldStop() { return nil }
      let (policy, seed) = index.quotientAndRemainder(dividingBy: seeds.count)
      let outcome = one(
        experiment, programs, experiment.policies[policy], seeds[seed], logsRequests: logsRequests,
        followsWaits: followsWaits, followsUse: followsUse)
      control.runEnded()
      return outcome
    }
    return Comparison(judged: judged, runs: runs, hasWaits: followsWaits)
  }

  static func one(
    _ experiment: Experiment, _ programs: ProgramSet, _ choice: PolicyChoice, _ seed: UInt64,
    logsRequests: Bool, followsWaits: Bool, followsUse: Bool = false
  ) -> Outcome {
    do throws(InputError) {
      let span = experiment.durationNS.map { $0 - experiment.warmupNS }
      let series = followsUse ? RunSeries(spanNS: span) : nil
      var result = try Simulation.run(
        experiment, programs, choice, seed: seed,
        observer: RequestListener(
          collector: MetricCollector(experiment), logsRequests: logsRequests),
        following: RunFollowing(splits: followsWaits, series: series))
      guard var heard = result.observer as? RequestListener else {
        preconditionFailure("a run hands back the observer it was given")
      }
      // A second holder of the samples would have them copied when they are sorted.
      result.observer = RequestListener(
        collector: MetricCollector(experiment), logsRequests: false)
      let totals = result.totals
      var summary = heard.collector.summary(
        experiment, policy: choice.label, seed: seed, totals: totals,
        soloNS: programs.soloLatencyNS)
      summary.series = (series?.all ?? []).map { window in
        WindowUse(
          window: window, values: MetricCollector.use(in: window, of: totals, experiment))
      }
      return .finished(summary, requests: heard.inOrder(), events: totals.events)
    } catch {
      return .refused(error)
    }
  }

  // MARK: Results

  /// The finished runs, in order.
  package var summaries: [RunSummary] {
    runs.compactMap { run in
      if case .finished(let summary, _, _)? = run { return summary }
      return nil
    }
  }

  /// How many runs are finished.
  package var finishedCount: Int { runs.count { $0 != nil } }

  /// Whether an interrupt kept runs from starting.
  package var isInterrupted: Bool { finishedCount < runs.count }

  /// The policies that could not run, each once.
  package var refusals: [(policy: String, error: InputError)] {
    let seeds = experiment.seeds.count
    return experiment.policies.enumerated().compactMap { p, choice in
      for run in runs[(p * seeds)..<((p + 1) * seeds)] {
        if case .refused(let error)? = run { return (choice.label, error) }
      }
      return nil
    }
  }

  /// Choices of one policy that gave the very same run under every seed: what they differ in had
  /// no effect.
  package var twins: [(policy: String, twin: String)] {
    let choices = experiment.policies
    func digests(_ choice: PolicyChoice) -> [UInt64] {
      summaries.filter { $0.policy == choice.label }.map(\.digest)
    }
    var found: [(policy: String, twin: String)] = []
    for (i, choice) in choices.enumerated() {
      let own = digests(choice)
      guard own.count == experiment.seeds.count,
        let twin = choices[..<i].first(where: { $0.name == choice.name && digests($0) == own })
      else { continue }
      found.append((choice.label, twin.label))
    }
    return found
  }

  /// `summary.csv`.
  package var summaryTable: ReportTable {
    SummaryTable.table(
      experiment: experiment.name, gpu: experiment.gpu.name, testbed: experiment.testbed.name,
      summaries, hasServing: experiment.hasLanguageModels, hasWaits: hasWaits)
  }

  /// A figure of one policy over its seeds; `tenant` is nil for the device.
  package func samples(_ figure: SummaryFigure, policy: String, tenant: Int?) -> [Double] {
    summaries.filter { $0.policy == policy }.compactMap { run in
      (tenant.map { run.tenants[$0] } ?? run.device)[figure]
    }
  }
}

/// Collects figures and, where wanted, every request.
private struct RequestListener: RunObserver {
  var collector: MetricCollector
  let logsRequests: Bool
  var requests: [LoggedRequest] = []

  mutating func requestCompleted(_ record: RequestRecord) {
    collector.requestCompleted(record)
    guard logsRequests else { return }
    var logged = LoggedRequest(
      tenant: record.tenant, arrivalNS: record.arrivalNS, replica: record.replica,
      firstLaunchNS: record.firstLaunchNS, completionNS: record.completionNS, number: record.number)
    logged.lengths = record.tokens?.lengths
    logged.firstTokenNS = record.tokens?.firstNS
    requests.append(logged)
  }

  mutating func tokenFollowed(tenant: Int, gapNS: Int64) {
    collector.tokenFollowed(tenant: tenant, gapNS: gapNS)
  }

  mutating func requestExplained(_ explanation: RequestExplanation) {
    collector.requestExplained(explanation)
  }

  mutating func requestDropped(tenant: Int, arrivalNS: Int64) {
    collector.requestDropped(tenant: tenant, arrivalNS: arrivalNS)
    if logsRequests { requests.append(LoggedRequest(tenant: tenant, arrivalNS: arrivalNS)) }
  }

  mutating func requestUnfinished(_ request: UnfinishedRequest) {
    guard logsRequests else { return }
    var logged = LoggedRequest(
      tenant: request.tenant, arrivalNS: request.arrivalNS, replica: request.replica,
      firstLaunchNS: request.firstLaunchNS, number: request.number)
    logged.lengths = request.lengths
    requests.append(logged)
  }

  /// The requests as a trace has them.
  mutating func inOrder() -> [LoggedRequest] {
    requests.sort { $0.precedes($1) }
    return requests
  }
}
