import Metrics
import Reports
import Simulation
import Studies
import Tables

/// What `capacity` shows a reader: a table for each experiment, and what it rests on.
enum CapacityText {
  static func table(_ study: CapacityStudy) -> ReportTable {
    let axis = study.question.axis
    let gains = shownGains(study)
    let decimals = axis.isWhole ? (study.seeds.count > 1 ? 1 : 0) : nil
    var columns = [
      ReportColumn("policy"),
      ReportColumn(
        "capacity", title: axis.rawValue, unit: axis.unit, decimals: decimals, best: .highest,
        range: 0...(.infinity)),
      ReportColumn("requests", unit: "req/s"),
    ]
    if study.question.asksLimits { columns.append(ReportColumn("limit", title: "limited by")) }
    columns += gains.map {
      ReportColumn($0.rawValue, title: "2 × \($0.rawValue)", unit: "×", decimals: 2)
    }
    columns.append(ReportColumn("late", title: "first late"))
    var table = ReportTable(columns: columns)
    var group = 0
    for (choice, number) in CompareText.ordered(study.experiment.policies) {
      if number != group { table.beginGroup() }
      group = number
      guard let row = study.rows.first(where: { $0.policy.label == choice.label }) else { continue }
      var cells: [ReportCell] = [
        .text(choice.label), cell(row.capacities),
        cell(row.knees.compactMap { $0?.requestsPerSecond }),
      ]
      if study.question.asksLimits { cells.append(row.limits.map { .text($0.name) } ?? .none) }
      cells += gains.map { gain in row.limits?.gains[gain].map { .number($0) } ?? .none }
      let late = (row.knees.first ?? nil)?.firstFailure?.worst?.tenant
      table.append(cells + [late.map { .text($0) } ?? .none])
    }
    return table
  }

  /// The resources of which any was doubled.
  private static func shownGains(_ study: CapacityStudy) -> [CapacityResource] {
    CapacityResource.allCases.filter { gain in
      study.rows.contains { $0.limits?.gains[gain] != nil }
    }
  }

  private static func cell(_ values: [Double]) -> ReportCell {
    guard let statistics = SampleStatistics(values) else { return .none }
    guard let half = statistics.confidenceHalfWidth else { return .number(statistics.mean) }
    return .interval(statistics.mean, halfWidth: half)
  }

  // MARK: Notes

  static func notes(_ studies: [CapacityStudy]) -> String {
    guard let first = studies.first else { return "" }
    let question = first.question
    let share = NumberText.exact((question.share * 1e6).rounded() / 1e4)
    var lines = [
      "\(question.axis.rawValue): the largest, with every smaller one tried, at which each tenant has "
        + "\(share) % of its requests inside their SLO",
      question.axis.meaning,
    ]
    if studies.contains(where: { $0.seeds.count > 1 }) {
      lines.append("±: half the width of the 95 % confidence interval over the seeds")
    }
    if question.asksLimits {
      lines.append(
        "limited by: what moves it most where there is twice as much of it, under the first seed; the "
          + "columns say how far, 1 is not at all: "
          + CapacityResource.allCases.map { "\($0.rawValue), \($0.meaning)" }.joined(
            separator: "; "))
    }
    if first.experiment.policies.contains(where: { $0.name == CompareText.reference }) {
      lines.append("exclusive: every replica has a GPU of its own")
    }
    if !first.leftOut.isEmpty {
      lines.append(
        "left out, as with a GPU for every replica there is no most: "
          + first.leftOut.joined(separator: ", "))
    }
    for study in studies { lines += found(study, named: studies.count > 1) }
    return DisplayText.printable(lines.joined(separator: "\n"), keepsNewlines: true) + "\n"
  }

  /// What the search found that a number does not say.
  private static func found(_ study: CapacityStudy, named: Bool) -> [String] {
    var lines: [String] = []
    let place = named ? "\(study.experiment.name) on \(study.experiment.gpu.name), " : ""
    func short(_ x: Double) -> String {
      study.question.axis.isWhole ? NumberText.exact(x) : NumberText.significant(x, 4)
    }
    for row in study.rows {
      var told: [String] = []
      for (seed, knee) in zip(study.seeds, row.knees) {
        guard let knee else { continue }
        let subject =
          "\(place)\(row.policy.label)" + (study.seeds.count > 1 ? ", seed \(seed)" : "")
        guard let failing = knee.failing else {
          lines.append("\(subject): all that was tried is served, up to \(short(knee.capacity))")
          continue
        }
        if let again = knee.servedAgain {
          lines.append(
            "\(subject): not monotone: not served at \(short(failing)), but again at \(short(again))"
          )
        }
        if let refusal = knee.refusal {
          let reason = brief(refusal.diagnostics.map(\.message).joined(separator: "; "))
          if !told.contains(reason) { lines.append("\(subject), at \(short(failing)): \(reason)") }
          told.append(reason)
        } else if knee.capacity == 0 {
          lines.append("\(subject): not even \(short(failing)) is served")
        }
      }
    }
    return lines
  }

  /// A reason's beginning and end: what does not fit is a sum of many tenants.
  private static func brief(_ reason: String) -> String {
    reason.count <= 200 ? reason : "\(reason.prefix(90)) … \(reason.suffix(60))"
  }
}
