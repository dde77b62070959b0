import Metrics
import Reports
import Simulation
import Tables

/// A folder's measurements as a page for people, `figures.md`: where to trust the simulator, by
/// kind, and then every row.
package struct TruthPage {
  package let title: String
  /// How many rows were measured, the mean |simulated / measured − 1| over them, and over those
  /// that nothing was fitted to.
  package let published: (count: Int, meanError: Double?, predicted: Double?)
  package let text: String

  private let file: MeasurementsFile

  /// The page of a folder's files as they are written.
  ///
  /// - Throws: `InputError` where one of them cannot be read.
  package init(_ folder: String) throws(InputError) {
    try self.init(folder, MeasurementsFile(folder + "/" + MeasurementsFile.name))
  }

  /// The page of measurements of a folder.
  ///
  /// - Throws: `InputError` where a points file that they name cannot be read.
  package init(_ folder: String, _ file: MeasurementsFile) throws(InputError) {
    self.file = file
    title = file.title.isEmpty ? "Measured and simulated" : file.title
    func pairs(_ rows: [Measurement]) -> [(simulated: Double, published: Double)] {
      rows.compactMap { row in row.simulated.map { ($0, row.measured) } }
    }
    published = (
      file.rows.count, FitError.mean(pairs(file.rows)),
      FitError.mean(pairs(file.rows.filter { $0.use == .predicted }))
    )
    var text = FiguresPage.mark + "\n# \(title)\n\n"
    text +=
      "An error is |simulated / measured − 1|; of a slowdown it is the difference, in points.\n"
    text += "\n## By kind\n\n" + Self.byKind(file).markdown
    text += "\n## By model\n\n" + Self.byModel(file).markdown
    let paper = try Self.paper(folder, file)
    if !paper.rows.isEmpty {
      text += "\n## Published figures of their own pages\n\n" + paper.markdown
    }
    for kind in Measurement.Kind.allCases {
      let rows = file.rows.filter { $0.kind == kind }
      if !rows.isEmpty { text += "\n## Rows: \(kind.title)\n\n" + Self.table(rows).markdown }
    }
    text += "\n## Sources\n\n"
    for source in file.sources { text += "- `\(source.key)`: \(source.text)\n" }
    self.text = text
  }

  // MARK: Errors

  private static let errorColumns = [
    ReportColumn("rows"),
    ReportColumn("median", title: "median error", unit: "%", decimals: 1, scale: 100),
    ReportColumn("mean", title: "mean error", unit: "%", decimals: 1, scale: 100),
    ReportColumn("worst", title: "worst error", unit: "%", decimals: 1, scale: 100),
    ReportColumn("level", title: "simulated / measured, geometric mean", decimals: 2),
  ]

  private static func errors(_ errors: [Double], _ ratios: [Double]) -> [ReportCell] {
    let sorted = errors.sorted()
    guard let worst = sorted.last else {
      return [.integer(0), .none, .none, .none, .none]
    }
    let (low, high) = (sorted[(sorted.count - 1) / 2], sorted[sorted.count / 2])
    return [
      .integer(Int64(sorted.count)), .number((low + high) / 2),
      .number(sorted.reduce(0, +) / Double(sorted.count)), .number(worst),
      FitError.geometricMean(ratios).map { .number($0) } ?? .none,
    ]
  }

  private static func errors(_ rows: [Measurement]) -> [ReportCell] {
    errors(
      rows.compactMap(\.error), rows.compactMap { row in row.simulated.map { $0 / row.measured } })
  }

  private static func byKind(_ file: MeasurementsFile) -> ReportTable {
    var table = ReportTable(
      columns: [
        ReportColumn("kind"), ReportColumn("figure"), ReportColumn("use", title: "constants"),
      ] + errorColumns + [
        ReportColumn("rank", title: "rank correlation", decimals: 2), ReportColumn("sources"),
      ])
    for kind in Measurement.Kind.allCases {
      for figure in kind.figures {
        for use in Measurement.Use.allCases {
          let rows = file.rows.filter { $0.kind == kind && $0.figure == figure && $0.use == use }
          if rows.isEmpty { continue }
          let keys = file.sources.map(\.key).filter { key in rows.contains { $0.source == key } }
          let rank = figure == .slowdown ? rankCorrelation(rows) : nil
          table.append(
            [.text(kind.title), .text(figure.rawValue), .text(use.rawValue)] + errors(rows)
              + [rank.map { .number($0) } ?? .none, .text(keys.joined(separator: ", "))])
        }
      }
    }
    return table
  }

  private static func byModel(_ file: MeasurementsFile) -> ReportTable {
    var table = ReportTable(
      columns: [
        ReportColumn("kind"), ReportColumn("model"), ReportColumn("GPU"),
        ReportColumn("use", title: "constants"),
      ] + errorColumns)
    struct Key: Hashable {
      var kind: Measurement.Kind
      var model: String
      var gpu: String
      var use: Measurement.Use
    }
    var order: [Key] = []
    var groups: [Key: [Measurement]] = [:]
    for kind in Measurement.Kind.allCases {
      for row in file.rows where row.kind == kind {
        let beside = row.beside.map { " beside " + $0.model } ?? ""
        let key = Key(kind: kind, model: row.loop.model + beside, gpu: row.gpu, use: row.use)
        if groups[key] == nil { order.append(key) }
        groups[key, default: []].append(row)
      }
    }
    for key in order {
      table.append(
        [.text(key.kind.title), .text(key.model), .text(key.gpu), .text(key.use.rawValue)]
          + errors(groups[key] ?? []))
    }
    return table
  }

  /// The points that other pages hold: what was fitted, and what was left out or has no constants.
  private static func paper(
    _ folder: String, _ file: MeasurementsFile
  ) throws(InputError) -> ReportTable {
    var table = ReportTable(
      columns: [
        ReportColumn("figure"), ReportColumn("what it shows"),
        ReportColumn("use", title: "constants"),
      ] + errorColumns)
    for entry in file.points {
      let path = entry.path.hasPrefix("/") ? entry.path : folder + "/" + entry.path
      guard InputFolder.exists(path) else {
        throw InputError(
          kind: .missingFile, file: file.path, line: entry.line, column: entry.column,
          message: "there is no such file '\(path)'")
      }
      let points = try PointsFile.read(path, for: nil)
      let parent = entry.path.lastIndex(of: "/").map { entry.path[...$0] } ?? ""
      let name = entry.path.split(separator: "/").dropLast().last.map(String.init) ?? entry.path
      let parts: [(use: String, isFitted: Bool)] =
        points.constants.isEmpty
        ? [("predicted", true), ("predicted", false)] : [("fitted", true), ("left out", false)]
      for use in Set(parts.map(\.use)).sorted() {
        let kept = parts.filter { $0.use == use }.map(\.isFitted)
        let pairs = zip(points.points, points.isFitted).compactMap { point, isFitted in
          kept.contains(isFitted)
            ? point.simulated.flatMap { a in point.published.map { (a, $0) } } : nil
        }
        if pairs.isEmpty { continue }
        table.append(
          [
            .text("[\(name)](\(parent)\(FiguresPage.name))"),
            .text(points.comment("title") ?? ""), .text(use),
          ] + errors(pairs.map { abs($0.0 / $0.1 - 1) }, pairs.map { $0.0 / $0.1 }))
      }
    }
    return table
  }

  /// Spearman's coefficient of what is measured and simulated; nil where one of them is all alike.
  private static func rankCorrelation(_ rows: [Measurement]) -> Double? {
    let both = rows.compactMap { row in row.simulated.map { ($0, row.measured) } }
    let (a, b) = (ranks(both.map(\.0)), ranks(both.map(\.1)))
    guard a.count > 1 else { return nil }
    let mean = Double(a.count + 1) / 2
    func product(_ x: [Double], _ y: [Double]) -> Double {
      zip(x, y).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
    }
    let spread = product(a, a) * product(b, b)
    return spread > 0 ? product(a, b) / spread.squareRoot() : nil
  }

  /// Ranks from 1; equals have the mean of theirs.
  private static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var ranks = [Double](repeating: 0, count: values.count)
    var i = 0
    while i < order.count {
      var j = i
      while j + 1 < order.count, values[order[j + 1]] == values[order[i]] { j += 1 }
      for at in i...j { ranks[order[at]] = Double(i + j + 2) / 2 }
      i = j + 1
    }
    return ranks
  }

  // MARK: Rows

  private static func table(_ rows: [Measurement]) -> ReportTable {
    func isUsed(_ value: (Measurement) -> Bool) -> Bool { rows.contains(where: value) }
    let hasShares = isUsed { $0.loop.share != 100 }
    let hasReplicas = isUsed { $0.replicas > 1 }
    let hasNeighbours = isUsed { $0.beside != nil }
    var columns = [
      ReportColumn("model"), ReportColumn("GPU"), ReportColumn("stack"), ReportColumn("batch"),
    ]
    if hasShares { columns.append(ReportColumn("share", unit: "%")) }
    if hasReplicas { columns.append(ReportColumn("replicas")) }
    if hasNeighbours {
      columns += [
        ReportColumn("beside"), ReportColumn("its batch"), ReportColumn("its share", unit: "%"),
      ]
    }
    columns += [
      ReportColumn("figure"), ReportColumn("measured"), ReportColumn("simulated"),
      ReportColumn("error", unit: "%", decimals: 1, scale: 100),
      ReportColumn("use", title: "constants"), ReportColumn("source"),
    ]
    var table = ReportTable(columns: columns)
    for row in rows {
      var cells: [ReportCell] = [
        .text(row.loop.model), .text(row.gpu), .text(row.stack), .integer(Int64(row.loop.batch)),
      ]
      if hasShares { cells.append(.integer(Int64(row.loop.share))) }
      if hasReplicas { cells.append(.integer(Int64(row.replicas))) }
      if hasNeighbours {
        cells += [
          .text(row.beside?.model ?? ""), .integer(Int64(row.beside?.batch ?? 0)),
          .integer(Int64(row.beside?.share ?? 0)),
        ]
      }
      func cell(_ value: Double?) -> ReportCell { value.map { .number($0) } ?? .none }
      cells += [
        .text(row.figure.rawValue), .number(row.measured), cell(row.simulated), cell(row.error),
        .text(row.use.rawValue), .text(row.source),
      ]
      table.append(cells)
    }
    return table
  }
}
