import Metrics
import Reports
import Simulation
import Studies
import Tables

/// What `sensitivity` shows a reader: the constants that move most first, then what changes places.
enum SensitivityText {
  static func text(_ study: SensitivityStudy, _ style: ReportTable.TextStyle) -> String {
    var text = base(study).text(style) + "\n" + effects(study).text(style) + "\n"
    if !study.flips.isEmpty { text += flips(study).text(style) + "\n" }
    return text + notes(study)
  }

  private static func title(_ study: SensitivityStudy) -> String {
    study.question.figure.rawValue + (study.question.tenant.map { " of \($0)" } ?? "")
  }

  private static func base(_ study: SensitivityStudy) -> ReportTable {
    let best: ReportColumn.Best = study.question.figure.isBetterHigh ? .highest : .lowest
    var table = ReportTable(columns: [
      ReportColumn("policy"), ReportColumn("figure", title: title(study), best: best),
    ])
    for (choice, group) in CompareText.ordered(study.experiment.policies) {
      if group > 0, table.rows.isEmpty == false { table.beginGroup() }
      let p = study.experiment.policies.firstIndex { $0.label == choice.label }
      let value = p.flatMap { study.base[$0] }
      table.append([.text(choice.label), value.map { .number($0) } ?? .none])
    }
    return table
  }

  /// By constant: its range, and of every policy's figure how much it moves over the range, as a part
  /// of what it is.
  private static func effects(_ study: SensitivityStudy) -> ReportTable {
    var table = ReportTable(
      columns: [
        ReportColumn("constant"), ReportColumn("value"), ReportColumn("low"), ReportColumn("high"),
        ReportColumn("stated", title: "range"),
      ]
        + study.experiment.policies.map {
          ReportColumn($0.label, unit: "%", decimals: 1, scale: 100)
        })
    for i in order(study) {
      let range = study.ranges[i]
      table.append(
        [
          .text(range.name), .number(range.value), .number(range.low), .number(range.high),
          .text(range.isStated ? "stated" : "default"),
        ]
          + study.experiment.policies.indices.map { p in
            // What moves nothing is told from what moves little.
            part(study, i, p).map { $0 == 0 ? .integer(0) : .number($0) } ?? .none
          })
    }
    return table
  }

  /// The constants, those that move some policy most first.
  static func order(_ study: SensitivityStudy) -> [Int] {
    let sizes = study.ranges.indices.map { i in
      study.experiment.policies.indices.compactMap { part(study, i, $0) }.max() ?? 0
    }
    return sizes.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
  }

  /// How much a constant moves a policy's figure, as a part of it: µ*, or without trajectories what
  /// lies between the range's ends.
  static func part(_ study: SensitivityStudy, _ i: Int, _ p: Int) -> Double? {
    guard let base = study.base[p], base != 0 else { return nil }
    let effect = study.effects[i][p]
    if let size = effect.meanSize { return size / base.magnitude }
    guard let low = effect.low, let high = effect.high else { return nil }
    let all = [low, high, base]
    return ((all.max() ?? 0) - (all.min() ?? 0)) / base.magnitude
  }

  private static func flips(_ study: SensitivityStudy) -> ReportTable {
    var table = ReportTable(columns: [
      ReportColumn("constant"), ReportColumn("value"), ReportColumn("flips_at", title: "flips at"),
      ReportColumn("better", title: "better now"), ReportColumn("worse", title: "better then"),
      ReportColumn("best", title: "the best?"),
    ])
    for flip in study.flips {
      table.append([
        .text(study.ranges[flip.constant].name), .number(study.ranges[flip.constant].value),
        .number(flip.flipsAt), .text(study.experiment.policies[flip.better].label),
        .text(study.experiment.policies[flip.worse].label),
        .text(flip.isOfTheBest ? "yes" : "no"),
      ])
    }
    return table
  }

  private static func notes(_ study: SensitivityStudy) -> String {
    let count = study.question.trajectories
    var lines = [
      count > 0
        ? "%: µ*, the mean size of \(count) elementary effects over the whole range, of \(title(study)) "
          + "with the values of the experiment; σ stands in sensitivity.csv and --format csv"
        : "%: what lies between the range's ends, of \(title(study)) with the values of the experiment",
      "0 without a point: nothing moves at all",
      "range: stated by a source, or a default for how the value is known: measured and published "
        + "×/÷ 1.1, derived ×/÷ 1.25, assumed ×/÷ 2",
    ]
    if study.flips.isEmpty {
      lines.append("no constant changes the order of policies at an end of its range")
    } else {
      lines.append("flips at: to 1 % of the range; between there and the value the order holds")
    }
    if !study.fixed.isEmpty {
      lines.append("without a range, as 0 or of no source: " + study.fixed.joined(separator: ", "))
    }
    if study.experiment.seeds.count > 1 { lines.append("figures are means over the seeds") }
    return DisplayText.printable(lines.joined(separator: "\n"), keepsNewlines: true) + "\n"
  }
}
