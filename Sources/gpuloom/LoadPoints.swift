import Metrics
import Policies
import Simulation
import Tables

// Points over load (`# x: load`, in percent of capacity): one run says every figure of its place,
// and every place of a series plays the same requests on another clock (`LoadSweep`).
extension PointsFile {
  /// One run: a series at a load.
  private struct Place: Hashable {
    var series: String
    var x: Int
  }

  /// What the simulator says in every point's place; nil where the policy refuses to run there, and
  /// for the points left out.
  ///
  /// - Throws: `InputError` where the experiment has no load to vary.
  func simulatedOverLoad(
    _ experiment: Experiment, held: [Bool], jobs: Int
  ) throws(InputError) -> [Double?] {
    var places: [Place] = []
    for (point, isHeld) in zip(points, held) where isHeld {
      let place = Place(series: point.series, x: point.x)
      if !places.contains(place) { places.append(place) }
    }
    var sweeps: [LoadSweep] = []
    for seed in experiment.seeds { sweeps.append(try LoadSweep(experiment, seed: seed)) }
    let capacities = self.capacities(experiment, series: series, jobs: jobs)
    let runs = ParallelRuns.map(
      count: places.count, jobs: jobs, shouldStop: { false }
    ) { [places, sweeps] i -> [RunSummary]? in
      let place = places[i]
      guard let policy = experiment.policies.first(where: { $0.label == place.series }),
        let capacity = capacities[place.series] ?? nil
      else { return nil }
      return try? Self.summaries(sweeps, load: Double(place.x) / 100, capacity, policy)
    }
    return points.map { point in
      guard let at = places.firstIndex(of: Place(series: point.series, x: point.x)),
        let summaries = runs[at] ?? nil
      else { return nil }
      var sum = 0.0
      for summary in summaries {
        let row = point.ofTenant.map { summary.tenants[$0] } ?? summary.device
        guard let value = row[point.column] else { return nil }
        sum += value
      }
      return sum / Double(summaries.count)
    }
  }

  /// Each series' capacities by tenant: its own, or those of the policy that `# load_of:` names.
  private func capacities(
    _ experiment: Experiment, series: [String], jobs: Int
  ) -> [String: [Double]?] {
    let reference = comment("load_of")
    let labels = reference.map { [$0] } ?? series
    let found = ParallelRuns.map(
      count: labels.count, jobs: jobs, shouldStop: { false }
    ) { i -> [Double]? in
      guard let policy = experiment.policies.first(where: { $0.label == labels[i] }) else {
        return nil
      }
      return try? LoadSweep.capacitiesRPS(experiment, policy)
    }
    // Looked up by key only.
    var result: [String: [Double]?] = [:]
    for label in series {
      let at = reference == nil ? labels.firstIndex(of: label) ?? 0 : 0
      result[label] = found[at] ?? nil
    }
    return result
  }

  private static func summaries(
    _ sweeps: [LoadSweep], load: Double, _ capacities: [Double], _ policy: PolicyChoice
  ) throws(InputError) -> [RunSummary] {
    var summaries: [RunSummary] = []
    for sweep in sweeps {
      let experiment = sweep.experiment(load: load, capacitiesRPS: capacities, policy)
      let programs = try Simulation.prepare(experiment)
      let (totals, observer) = try Simulation.run(
        experiment, programs, policy, seed: sweep.seed, observer: MetricCollector(experiment))
      guard var heard = observer as? MetricCollector else { continue }
      summaries.append(
        heard.summary(
          experiment, policy: policy.label, seed: sweep.seed, totals: totals,
          soloNS: programs.soloLatencyNS))
    }
    return summaries
  }
}
