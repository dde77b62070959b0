import CommandLine
import Reports
import Studies
import Tables

/// What `sensitivity` writes: the effects, the changes of places, and the effects as a picture.
struct SensitivityOutput {
  /// The files of `--out`.
  static let names = ["sensitivity.csv", "flips.csv", "sensitivity.svg"]
  /// The most constants that are drawn of a policy.
  private static let mostDrawn = 8

  private let study: SensitivityStudy

  init(_ study: SensitivityStudy) { self.study = study }

  /// A row for each constant and policy.
  var table: ReportTable {
    var table = ReportTable(
      columns: [
        "experiment", "gpu", "testbed", "constant", "of", "value", "low", "high", "range_from",
        "policy", "figure", "tenant", "base", "at_low", "at_high", "mu_star", "sigma",
      ].map { ReportColumn($0) })
    func cell(_ value: Double?) -> ReportCell { value.map { .number($0) } ?? .none }
    let experiment = study.experiment
    for (i, range) in study.ranges.enumerated() {
      for (p, policy) in experiment.policies.enumerated() {
        let effect = study.effects[i][p]
        table.append([
          .text(experiment.name), .text(experiment.gpu.name), .text(experiment.testbed.name),
          .text(range.name), .text(range.place.rawValue), .number(range.value),
          .number(range.low), .number(range.high), .text(range.origin), .text(policy.label),
          .text(study.question.figure.rawValue), .text(study.question.tenant ?? "*"),
          cell(study.base[p]), cell(effect.low), cell(effect.high), cell(effect.meanSize),
          cell(effect.spread),
        ])
      }
    }
    return table
  }

  /// A row for each change of places.
  var flips: ReportTable {
    var table = ReportTable(
      columns: ["constant", "value", "better", "worse", "holds_at", "flips_at", "of_the_best"].map {
        ReportColumn($0)
      })
    for flip in study.flips {
      table.append([
        .text(study.ranges[flip.constant].name), .number(study.ranges[flip.constant].value),
        .text(study.experiment.policies[flip.better].label),
        .text(study.experiment.policies[flip.worse].label), .number(flip.holdsAt),
        .number(flip.flipsAt), .text(flip.isOfTheBest ? "yes" : "no"),
      ])
    }
    return table
  }

  /// Writes all files; they appear together.
  ///
  /// - Throws: `OutputError`.
  func write(to folder: OutputFolder) throws {
    try folder.write("sensitivity.csv", table.csv)
    try folder.write("flips.csv", flips.csv)
    try folder.write("sensitivity.svg", figure.svg)
    try folder.commit()
  }

  /// A panel for each policy: what its figure is at both ends of the constants that move it most, as
  /// a part of what it is.
  private var figure: SVGFigure {
    let experiment = study.experiment
    var key: [String] = []
    var panels: [FigurePanel] = []
    for (p, policy) in experiment.policies.enumerated() {
      guard let base = study.base[p], base != 0 else { continue }
      let shown = study.ranges.indices.compactMap { i in
        SensitivityText.part(study, i, p).map { (index: i, size: $0) }
      }.filter { $0.size > 0 }.sorted { ($1.size, $0.index) < ($0.size, $1.index) }
        .prefix(Self.mostDrawn)
      if shown.isEmpty { continue }
      func points(_ side: KeyPath<SensitivityStudy.Effect, Double?>) -> [FigurePoint] {
        shown.enumerated().compactMap { place, one in
          study.effects[one.index][p][keyPath: side].map {
            FigurePoint(Double(place), 100 * ($0 / base - 1))
          }
        }
      }
      panels.append(
        FigurePanel(
          title: policy.label,
          x: FigureAxis("", scale: .categories(shown.map { "\($0.index + 1)" })),
          y: FigureAxis("change, %"),
          series: [
            FigureSeries("at the low end of its range", style: .bars, points: points(\.low)),
            FigureSeries("at the high end", style: .bars, points: points(\.high)),
          ], rules: [FigureRule(.horizontal, at: 0, label: "")]))
      for one in shown { key.append("\(one.index + 1) \(study.ranges[one.index].name)") }
    }
    var figure = SVGFigure(
      title: "What moves \(study.question.figure.rawValue): \(experiment.name)",
      subtitle: "one constant at a time, largest effect first; \(experiment.gpu.name), testbed "
        + experiment.testbed.name,
      panels: panels, columns: 2, plotWidth: 420, plotHeight: 200)
    // Each number once, in the order of numbers.
    figure.key = study.ranges.indices.map { "\($0 + 1) \(study.ranges[$0].name)" }
      .filter(key.contains)
    return figure
  }
}
