import Hardware
import Metrics
import Reports
import Simulation
import Tables

/// An experiment's figures as a page for people, `figures.md`: written from the `expected.csv`,
/// `points.csv` and `testbed.json` beside it, whole, by `gpuloom check --update`.
package struct FiguresPage {
  /// The page's name in an experiment's folder.
  package static let name = "figures.md"
  /// The first line of every page that is written so.
  package static let mark = "<!-- Written by 'gpuloom check --update': edits are lost. -->\n"

  /// What the page is about, in one line.
  package let title: String
  /// Points that were published, and the mean error over them, over those left out of a fit.
  package let published: (count: Int, meanError: Double?, leftOut: Double?)
  /// The policies, in order.
  package let policies: [String]
  /// The page.
  package let text: String

  /// The page of a folder's files.
  ///
  /// - Throws: `InputError` where `expected.csv` is missing or one of the files cannot be read.
  package init(_ folder: String) throws(InputError) {
    let expected = try ExpectedFile.read(folder)
    let rows = SummaryRows(expected.rows)
    let pointsPath = folder + "/points.csv"
    let points = InputFolder.exists(pointsPath) ? try PointsFile.read(pointsPath, for: nil) : nil
    title = points?.comment("title") ?? Self.heading(folder) ?? "policies compared"
    policies = rows.policies
    var text = Self.mark + "\n# \(rows.experiment): \(title)\n"
    if let note = points?.comment("source") { text += "\nPublished: \(note).\n" }
    if let points {
      let errors = PointErrors(points)
      let left = points.constants.isEmpty ? nil : errors.mean(isFitted: false)
      published = (points.points.count { $0.published != nil }, errors.mean, left)
      func section(_ heading: String, _ table: ReportTable) {
        if !table.rows.isEmpty { text += "\n## \(heading)\n\n" + table.markdown }
      }
      section("Errors: |simulated / published − 1|", errors.table)
      section("Geometric means of one series over another", errors.ratios)
      section("Level and spread of each series", Self.levels(points))
      for figure in points.figures { section("Points: \(figure)", Self.table(points, figure)) }
    } else {
      published = (0, nil, nil)
    }
    let isOnlyDevice = rows.tenants.count == 1
    for tenant in rows.tenants {
      let heading = tenant == "*" ? "All tenants" : "Tenant \(tenant)"
      text += "\n## \(heading)\(isOnlyDevice ? "" : ", as in experiment.json")\n\n"
      text += rows.table(tenant).markdown
    }
    let testbed = folder + "/testbed.json"
    if InputFolder.exists(testbed) { text += try Self.constants(testbed) }
    self.text = text
  }

  /// The heading of the README beside it.
  private static func heading(_ folder: String) -> String? {
    let text = (try? InputFile.text(at: folder + "/README.md")) ?? ""
    return text.lines.first { $0.hasPrefix("# ") }.map { String($0.dropFirst(2)) }
  }

  /// By figure and series: published over simulated, and how far the largest is above the smallest.
  private static func levels(_ points: PointsFile) -> ReportTable {
    var table = ReportTable(columns: [
      ReportColumn("series"),
      ReportColumn("level", title: "published / simulated, geometric mean", decimals: 2),
      ReportColumn(
        "a", title: "simulated: (largest − smallest) / largest", unit: "%", decimals: 1, scale: 100),
      ReportColumn("b", title: "published: the same", unit: "%", decimals: 1, scale: 100),
    ])
    func spread(_ values: [Double]) -> ReportCell {
      guard let most = values.max(), let least = values.min(), most > 0 else { return .none }
      return .number((most - least) / most)
    }
    guard points.points.contains(where: { $0.published != nil }) else { return table }
    for figure in points.figures {
      for series in points.series {
        let own = points.points.filter { $0.figure == figure && $0.series == series }
        let pairs = own.compactMap { point -> Double? in
          guard let a = point.simulated, let b = point.published, a > 0 else { return nil }
          return b / a
        }
        if own.isEmpty { continue }
        let level = FitError.geometricMean(pairs)
        table.append([
          .text("\(figure), \(series)"), level.map { .number($0) } ?? .none,
          spread(own.compactMap(\.simulated)),
          spread(own.compactMap(\.published)),
        ])
      }
    }
    return table
  }

  /// A row for each x, and for each series what is simulated and, where there is such, published.
  private static func table(_ file: PointsFile, _ figure: String) -> ReportTable {
    let own = file.points.filter { $0.figure == figure }
    let series = file.series.filter { name in own.contains { $0.series == name } }
    let isTold = series.map { name in own.contains { $0.series == name && $0.published != nil } }
    let isShare = SummaryFigure(rawValue: figure).map(SummaryRows.percent.contains) ?? false
    func column(_ title: String) -> ReportColumn {
      ReportColumn(title, unit: isShare ? "%" : "", scale: isShare ? 100 : 1)
    }
    var columns = [ReportColumn(file.comment("x_label") ?? file.axis.rawValue)]
    for (name, told) in zip(series, isTold) {
      columns.append(column(name))
      if told { columns.append(column("\(name), published")) }
    }
    var table = ReportTable(columns: columns)
    for x in Set(own.map(\.x)).sorted() {
      var cells: [ReportCell] = [.integer(Int64(x))]
      for (name, told) in zip(series, isTold) {
        let point = own.first { $0.series == name && $0.x == x }
        func cell(_ value: Double?) -> ReportCell { value.map { .number($0) } ?? .none }
        cells.append(cell(point?.simulated))
        if told { cells.append(cell(point?.published)) }
      }
      table.append(cells)
    }
    return table
  }

  private static func constants(_ path: String) throws(InputError) -> String {
    let testbed = try Testbed.read(path)
    var table = ReportTable(columns: [ReportColumn("constant"), ReportColumn("value")])
    for name in Testbed.constantNames {
      if let value = testbed[constant: name] {
        table.append([.text(name), .text(NumberText.exact(value))])
      }
    }
    return "\n## Constants of testbed.json\n\n" + table.markdown
  }
}

/// The rows of an `expected.csv` by policy and tenant, the mean over seeds.
private struct SummaryRows {
  /// The figures shown, of some forty, where a tenant has them.
  private static let shown: [SummaryFigure] = [
    .latencyMean, .latencyP50, .latencyP99, .ttftMean, .ttftP99, .tpotMean, .tpotP99, .itlP99,
    .sloAttainment, .throughput, .goodput, .outputTokens, .preemptions, .slowdownMean,
    .stragglerGap, .flopUtilization,
  ]
  static let percent: Set<SummaryFigure> = [
    .sloAttainment, .stragglerGap, .flopUtilization,
  ]

  let rows: [[String]]
  let policies: [String]
  let tenants: [String]
  let experiment: String
  private let columns: (policy: Int, tenant: Int)

  init(_ rows: [[String]]) {
    self.rows = rows
    let names = SummaryTable.columnNames
    let columns = (names.firstIndex(of: "policy") ?? 0, names.firstIndex(of: "tenant") ?? 0)
    self.columns = columns
    experiment = names.firstIndex(of: "experiment").flatMap { rows.first?[$0] } ?? "experiment"
    var (policies, tenants) = ([String](), [String]())
    for row in rows {
      if !policies.contains(row[columns.0]) { policies.append(row[columns.0]) }
      if !tenants.contains(row[columns.1]) { tenants.append(row[columns.1]) }
    }
    self.policies = policies
    self.tenants = tenants
  }

  func table(_ tenant: String) -> ReportTable {
    // Rows without a language model end before its columns.
    let names = SummaryTable.allColumnNames
    let own = rows.filter { $0[columns.tenant] == tenant }
    let figures = Self.shown.compactMap { figure in
      names.firstIndex(of: figure.rawValue).map { (figure: figure, at: $0) }
    }.filter { column in own.contains { column.at < $0.count && !$0[column.at].isEmpty } }
    var table = ReportTable(
      columns: [ReportColumn("policy")]
        + figures.map { figure, _ in
          let isShare = Self.percent.contains(figure)
          return ReportColumn(
            figure.rawValue, unit: isShare ? "%" : "", scale: isShare ? 100 : 1)
        })
    for policy in policies {
      let seeds = own.filter { $0[columns.policy] == policy }
      table.append(
        [.text(policy)]
          + figures.map { _, at in
            let values = seeds.compactMap { Double($0[at]) }
            if values.isEmpty { return .none }
            return .number(values.reduce(0, +) / Double(values.count))
          })
    }
    return table
  }
}
