import Metrics
import Reports
import Studies

/// The capacities as a picture: bars for each policy with what seeds leave open, by GPU where there
/// are several; of one experiment also the knees, the worst tenant's share in time over the axis.
struct CapacityFigure {
  private let studies: [CapacityStudy]

  init(_ studies: [CapacityStudy]) { self.studies = studies }

  /// The figure.
  var figure: SVGFigure {
    guard let first = studies.first else { return SVGFigure(title: "", panels: []) }
    var names: [String] = []
    for study in studies where !names.contains(study.experiment.name) {
      names.append(study.experiment.name)
    }
    var panels = names.map { name in bars(studies.filter { $0.experiment.name == name }) }
    if studies.count == 1 { panels.insert(knees(first), at: 0) }
    let seeds = first.seeds.count
    let share = NumberText.exact((first.question.share * 1e6).rounded() / 1e4)
    return SVGFigure(
      title: "Capacity: \(names.joined(separator: ", "))",
      subtitle: "the most at which each tenant has \(share) % of its requests inside their SLO, "
        + "testbed \(first.experiment.testbed.name), "
        + (seeds == 1
          ? "seed \(first.seeds[0])" : "mean and 95 % interval of \(seeds) seeds"),
      panels: panels, columns: 1, plotWidth: 760, plotHeight: 260)
  }

  private func knees(_ study: CapacityStudy) -> FigurePanel {
    let axis = study.question.axis
    let series = study.rows.map { row in
      let trials = (row.knees.first ?? nil)?.trials ?? []
      return FigureSeries(
        row.policy.label, policy: row.policy.label,
        points: trials.compactMap { trial in
          // Of a run cut short only what it has at most is known.
          guard let worst = trial.worst, !trial.isCut else { return nil }
          return FigurePoint(trial.x, 100 * worst.share)
        }, hasMarkers: true)
    }
    return FigurePanel(
      title: "The knees, seed \(study.seeds[0]): \(study.experiment.gpu.name)",
      x: FigureAxis(axis.title, scale: .log),
      y: FigureAxis("worst tenant's requests in time, %", range: 0...100),
      series: series.filter { !$0.points.isEmpty },
      rules: [FigureRule(.horizontal, at: 100 * study.question.share, label: "asked for")])
  }

  private func bars(_ own: [CapacityStudy]) -> FigurePanel {
    let axis = own[0].question.axis
    var labels: [String] = []
    for row in own.flatMap(\.rows) where !labels.contains(row.policy.label) {
      labels.append(row.policy.label)
    }
    let series = labels.map { label in
      FigureSeries(
        label, policy: label, style: .bars,
        points: own.enumerated().compactMap { i, study in
          let row = study.rows.first { $0.policy.label == label }
          guard let statistics = row.flatMap({ SampleStatistics($0.capacities) }) else {
            return nil
          }
          let half = statistics.confidenceHalfWidth
          return FigurePoint(
            Double(i), statistics.mean, low: half.map { max(0, statistics.mean - $0) },
            high: half.map { statistics.mean + $0 })
        })
    }
    return FigurePanel(
      title: own[0].experiment.name,
      x: FigureAxis("", scale: .categories(own.map(\.experiment.gpu.name))),
      y: FigureAxis(axis.title), series: series)
  }
}
