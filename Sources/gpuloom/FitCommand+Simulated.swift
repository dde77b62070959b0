import Metrics
import Policies
import Reports
import Simulation
import Tables

/// What the simulator says in the places of published points, and how the file is written.
extension PointsFile {
  // MARK: Simulating

  /// The places that the short form of a check runs: those of `# short:`, or all.
  private var shortPlaces: Set<Int>? {
    comment("short").map { line in
      Set(line.split(whereSeparator: { $0 == " " || $0 == "," }).compactMap { Int($0) })
    }
  }

  /// Whether a check holds the point; the short form may leave it out.
  func isHeld(_ point: Point, isShort: Bool) -> Bool {
    !isShort || (shortPlaces?.contains(point.x) ?? true)
  }

  /// What the simulator says in every point's place; nil where the policy refuses to run there, and
  /// where the short form leaves the place out.
  ///
  /// Points of one run, as the ranks of its replicas and the columns of its summary are, share it;
  /// runs that differ in nothing but replicas share their programs.
  ///
  /// - Throws: `InputError` where a load is asked of an experiment that has none.
  func simulated(
    _ experiment: Experiment, isShort: Bool = false, jobs: Int
  ) throws(InputError) -> [Double?] {
    let axis = axis
    let held = points.map { isHeld($0, isShort: isShort) }
    if axis == .load { return try simulatedOverLoad(experiment, held: held, jobs: jobs) }
    let points = zip(points, held).filter(\.1).map(\.0)
    var keys: [RunKey] = []
    var runOf: [RunKey: Int] = [:]
    var sets: [SetKey] = []
    for point in points where runOf[RunKey(point)] == nil {
      runOf[RunKey(point)] = keys.count
      keys.append(RunKey(point))
      if !sets.contains(RunKey(point).set) { sets.append(RunKey(point).set) }
    }
    @Sendable func alone(_ set: SetKey, x: Int) -> Experiment? {
      experiment.policies.first { $0.label == set.series }.map {
        axis.experiment(experiment, tenant: set.tenant, x: x, policy: $0)
      }
    }
    let (runs, setsOfRuns) = (keys, sets)
    let makePrograms: @Sendable (Int) -> ProgramSet? = { i in
      alone(setsOfRuns[i], x: 1).flatMap { try? Simulation.prepare($0) }
    }
    let programs = ParallelRuns.map(
      count: sets.count, jobs: jobs, shouldStop: { false }, makePrograms)
    let run: @Sendable (Int) -> Heard? = { i in
      guard let at = setsOfRuns.firstIndex(of: runs[i].set), let programs = programs[at],
        let one = alone(runs[i].set, x: runs[i].x)
      else { return nil }
      return try? Heard(one, programs)
    }
    let heard = ParallelRuns.map(count: keys.count, jobs: jobs, shouldStop: { false }, run)
    return self.points.map { point in
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
      x = point.replicas ?? point.x
    }
  }

  /// What was heard of one run, for each seed.
  private struct Heard: Sendable {
    var rows: [SummaryRow] = []
    var replicaMeansMS: [[Double]] = []

    init(_ experiment: Experiment, _ programs: ProgramSet) throws(InputError) {
      for seed in experiment.seeds {
        let (totals, observer) = try Simulation.run(
          experiment, programs, experiment.policies[0], seed: seed,
          observer: MetricCollector(experiment))
        guard var collector = observer as? MetricCollector else { continue }
        replicaMeansMS.append(collector.replicaMeansMS.sorted())
        let summary = collector.summary(
          experiment, policy: "", seed: seed, totals: totals, soloNS: programs.soloLatencyNS)
        rows.append(summary.device)
      }
    }

    /// The mean over the seeds; nil where one has no value.
    func value(of point: Point) -> Double? {
      let values: [Double] =
        point.replicas == nil
        ? rows.compactMap { $0[point.column] }
        : replicaMeansMS.compactMap { point.x <= $0.count ? $0[point.x - 1] : nil }
      if values.isEmpty || values.count < rows.count { return nil }
      return values.reduce(0, +) / Double(values.count)
    }
  }

  // MARK: Writing

  /// The file's text with the simulated column as it is now.
  var text: String {
    var text = ""
    for (key, value) in comments { text += "# \(key): \(value)\n" }
    text += Self.columns.joined(separator: ",") + "\n"
    for point in points {
      let numbers = [point.simulated, point.published].map { $0.map(NumberText.exact) ?? "" }
      text +=
        CSVReport.field(point.figure) + "," + CSVReport.field(point.series)
        + ",\(point.x),\(numbers[0]),\(numbers[1])\n"
    }
    return text
  }
}
