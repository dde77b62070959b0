import Metrics
import Reports
import Scheduling
import Simulation
import Tables

/// What the simulator says in the places of published points, and how the file is written.
extension PointsFile {
  // MARK: Simulating

  /// The places that the short form of a check runs: those of `# short:`, or all.
  private var shortPlaces: Set<Int>? {
    comment("short").map { line in Set(Self.words(line).compactMap(place)) }
  }

  /// Whether a check holds the point; the short form may leave it out.
  package func isHeld(_ point: Point, isShort: Bool) -> Bool {
    !isShort || (shortPlaces?.contains(point.x) ?? true)
  }

  /// What the simulator says in every point's place; nil where the policy refuses to run there, and
  /// where the short form leaves the place out.
  ///
  /// Points of one run, as the ranks of its replicas and the columns of its summary are, share it;
  /// runs of one series differ in nothing but replicas or the clock, and share their programs.
  ///
  /// Where `shouldStop` says so, the runs that are not done are left out.
  ///
  /// - Throws: `InputError` where a load is asked of an experiment that has none, or measured in a
  ///   policy that refuses it.
  package func simulated(
    _ experiment: Experiment, isShort: Bool = false, jobs: Int,
    shouldStop: () -> Bool = { false }
  ) throws(InputError) -> [Double?] {
    var keys: [RunKey] = []
    var runOf: [RunKey: Int] = [:]
    var sets: [SetKey] = []
    for point in points where isHeld(point, isShort: isShort) && runOf[RunKey(point)] == nil {
      runOf[RunKey(point)] = keys.count
      keys.append(RunKey(point))
      if !sets.contains(RunKey(point).set) { sets.append(RunKey(point).set) }
    }
    let sweep: Sweep
    do {
      sweep = try Sweep(experiment, axis, loadOf: comment("load_of"))
    } catch {
      // It is this file that asks for loads.
      var fault = error
      for i in fault.diagnostics.indices where fault.diagnostics[i].file.isEmpty {
        fault.diagnostics[i].file = path
      }
      throw fault
    }
    let (runs, setsOfRuns) = (keys, sets)
    let prepared = ParallelRuns.map(
      count: sets.count, jobs: jobs, shouldStop: { _ in shouldStop() },
      { i in try? sweep.prepare(setsOfRuns[i]) })
    let heard = ParallelRuns.map(
      count: keys.count, jobs: jobs, shouldStop: { _ in shouldStop() },
      { i in
        setsOfRuns.firstIndex(of: runs[i].set).flatMap { prepared[$0] }.flatMap { series in
          try? Heard(
            sweep.experiments(series, at: runs[i]), series.programs,
            keepsRequests: axis == .request)
        }
      })
    return points.map { point in
      runOf[RunKey(point)].flatMap { heard[$0] }.flatMap { $0.value(of: point) }
    }
  }

  /// What runs share programs.
  private struct SetKey: Hashable {
    var tenant: Int
    var series: String
  }

  /// What points share a run.
  private struct RunKey: Hashable {
    var set: SetKey
    var x: Int

    init(_ point: Point) {
      set = SetKey(tenant: point.tenant, series: point.series)
      // The requests of one run are heard together.
      x = point.ofRequest == nil ? point.replicas ?? point.x : 1
    }
  }

  /// What the runs of one series, and of one tenant where that is alone, have in common.
  private struct Series: Sendable {
    var policy: PolicyChoice
    var programs: ProgramSet
    /// Requests per second that load is measured in, by tenant; none on other axes.
    var capacitiesRPS: [Double] = []
  }

  /// The experiment along an axis.
  private struct Sweep: Sendable {
    let base: Experiment
    let axis: SweepAxis
    /// The requests of each seed, played on another clock at each load; none on other axes.
    private var loads: [LoadSweep] = []
    /// The capacities that all series' loads are measured in; nil where each has its own.
    private var capacitiesRPS: [Double]?

    init(_ base: Experiment, _ axis: SweepAxis, loadOf reference: String?) throws(InputError) {
      self.base = base
      self.axis = axis
      guard axis == .load else { return }
      for seed in base.seeds { loads.append(try LoadSweep(base, seed: seed)) }
      if let policy = base.policies.first(where: { $0.label == reference }) {
        capacitiesRPS = try LoadSweep.capacitiesRPS(base, policy)
      }
    }

    func prepare(_ set: SetKey) throws(InputError) -> Series? {
      guard let policy = base.policies.first(where: { $0.label == set.series }) else { return nil }
      if axis != .load {
        let one = axis.experiment(base, tenant: set.tenant, x: 1, policy: policy)
        return Series(policy: policy, programs: try Simulation.prepare(one))
      }
      var one = base
      one.policies = [policy]
      var series = Series(policy: policy, programs: try Simulation.prepare(one))
      if let shared = capacitiesRPS {
        series.capacitiesRPS = shared
      } else {
        series.capacitiesRPS = try LoadSweep.capacitiesRPS(base, policy)
      }
      return series
    }

    /// The runs of one place, for each seed.
    func experiments(_ series: Series, at run: RunKey) -> [Experiment] {
      if axis == .load {
        return loads.map {
          $0.experiment(
            load: Double(run.x) / 100, capacitiesRPS: series.capacitiesRPS, series.policy)
        }
      }
      var one = axis.experiment(base, tenant: run.set.tenant, x: run.x, policy: series.policy)
      return base.seeds.map { seed in
        one.seeds = [seed]
        return one
      }
    }
  }

  /// What was heard of one run, for each seed.
  private struct Heard: Sendable {
    var summaries: [RunSummary] = []
    var replicaMeansMS: [[Double]] = []
    var requests: [RequestTimes] = []

    init(
      _ experiments: [Experiment], _ programs: ProgramSet, keepsRequests: Bool
    ) throws(InputError) {
      for experiment in experiments {
        let (totals, observer) = try Simulation.run(
          experiment, programs, experiment.policies[0], seed: experiment.seeds[0],
          observer: RequestTimes(MetricCollector(experiment), isKept: keepsRequests))
        guard let times = observer as? RequestTimes else { continue }
        var collector = times.collector
        if keepsRequests { requests.append(times) }
        replicaMeansMS.append(collector.replicaMeansMS.sorted())
        summaries.append(
          collector.summary(
            experiment, policy: "", seed: experiment.seeds[0], totals: totals,
            soloNS: programs.soloLatencyNS))
      }
    }

    /// The mean over the seeds; nil where one has no value.
    func value(of point: Point) -> Double? {
      if let figure = point.ofRequest {
        let values = requests.compactMap { $0.milliseconds(figure, of: point.x - 1) }
        return values.isEmpty || values.count < requests.count
          ? nil : values.reduce(0, +) / Double(values.count)
      }
      let values: [Double] =
        point.replicas == nil
        ? summaries.compactMap { summary in
          (point.ofTenant.map { summary.tenants[$0] } ?? summary.device)[point.column]
        }
        : replicaMeansMS.compactMap { point.x <= $0.count ? $0[point.x - 1] : nil }
      if values.isEmpty || values.count < summaries.count { return nil }
      return values.reduce(0, +) / Double(values.count)
    }
  }

  // MARK: Writing

  /// The file's text with the simulated column as it is now.
  package var text: String {
    var text = ""
    for (key, value) in comments { text += "# \(key): \(value)\n" }
    text += Self.columns.joined(separator: ",") + "\n"
    for point in points {
      let numbers = [point.simulated, point.published].map { $0.map(NumberText.exact) ?? "" }
      text +=
        CSVText.field(point.figure) + "," + CSVText.field(point.series)
        + ",\(point.x),\(numbers[0]),\(numbers[1])\n"
    }
    return text
  }
}
