/// A cell of a table.
package enum ReportCell: Hashable, Sendable {
  /// Does not apply: empty in files, "-" for readers.
  case none
  /// A word.
  case text(String)
  /// A count.
  case integer(Int64)
  /// A quantity in the column's unit; not finite means it does not apply.
  case number(Double)
  /// A mean over seeds and the half width of its confidence interval, in the column's unit.
  case interval(Double, halfWidth: Double)

  /// The cell's number, where it has one.
  package var value: Double? {
    switch self {
    case .none, .text: nil
    case .integer(let count): Double(count)
    case .number(let x), .interval(let x, _): x.isFinite ? x : nil
    }
  }
}

/// A column of a table.
package struct ReportColumn: Sendable {
  /// Which end of a column is the good one.
  package enum Best: Sendable { case lowest, highest }

  /// The column's name in files: snake_case with its unit ("latency_ms_p99").
  package var name: String
  /// The heading for readers.
  package var title: String
  /// The unit for readers, on a heading line of its own.
  package var unit: String
  /// Fixed decimals; nil shows three significant digits, points in line.
  package var decimals: Int?
  /// What numbers are multiplied by for readers: 100 for a share shown in per cent.
  package var scale: Double
  /// Which end is marked as the best, where that means something.
  package var best: Best?
  /// What its figures can be at all: an interval is not shown beyond it.
  package var range: ClosedRange<Double>?

  /// Creates a column; without a title the name is the heading.
  package init(
    _ name: String, title: String? = nil, unit: String = "", decimals: Int? = nil,
    scale: Double = 1, best: Best? = nil, range: ClosedRange<Double>? = nil
  ) {
    self.name = name
    self.title = title ?? name
    self.unit = unit
    self.decimals = decimals
    self.scale = scale
    self.best = best
    self.range = range
  }

  /// The two half widths of an interval within what the column's figures can be.
  func halves(_ mean: Double, _ half: Double) -> (up: Double, down: Double) {
    guard let range, range.contains(mean) else { return (half, half) }
    return (min(half, range.upperBound - mean), min(half, mean - range.lowerBound))
  }
}

/// A table of results: for a reader as aligned text, for programs as CSV and JSON.
package struct ReportTable: Sendable {
  /// The columns, in order.
  package var columns: [ReportColumn]
  /// The rows, each as many cells as there are columns.
  package private(set) var rows: [[ReportCell]] = []
  /// The rows before which a new group begins: a blank line for readers, and the best is sought
  /// within each group.
  package private(set) var groupStarts: [Int] = []

  /// Creates an empty table.
  package init(columns: [ReportColumn]) { self.columns = columns }

  /// Adds a row.
  ///
  /// - Precondition: one cell for each column.
  package mutating func append(_ cells: [ReportCell]) {
    precondition(cells.count == columns.count, "a row needs one cell for each column")
    rows.append(cells)
  }

  /// Begins a new group with the next row.
  package mutating func beginGroup() {
    if !rows.isEmpty, groupStarts.last != rows.count { groupStarts.append(rows.count) }
  }

  /// The rows of each group.
  var groups: [Range<Int>] {
    let starts = [0] + groupStarts.filter { $0 < rows.count }
    return zip(starts, starts.dropFirst() + [rows.count]).map { $0..<$1 }
  }

  /// The rows of a column that hold the best shown value of their group; none where all are equal,
  /// since then nothing is better than anything.
  func bestRows(ofColumn c: Int) -> Set<Int> {
    guard let best = columns[c].best else { return [] }
    var marked = Set<Int>()
    for group in groups where group.count > 1 {
      let values = group.compactMap { rows[$0][c].value }
      guard let low = values.min(), let high = values.max() else { continue }
      let goal = best == .lowest ? low : high
      let winners = group.filter { row in
        rows[row][c].value.map { shown($0, columns[c]) == shown(goal, columns[c]) } ?? false
      }
      if winners.count < values.count { marked.formUnion(winners) }
    }
    return marked
  }

  /// An interval's spread as readers see it: `±half`, or both sides where the range cuts one.
  func spread(_ mean: Double, _ half: Double, _ column: ReportColumn) -> String {
    guard half.isFinite else { return "" }
    let (up, down) = column.halves(mean, half)
    if up == down { return " ±" + shown(half, column) }
    return " +" + shown(up, column) + "−" + shown(down, column)
  }

  /// A number as readers see it.
  func shown(_ x: Double, _ column: ReportColumn) -> String {
    let scaled = x * column.scale
    guard let decimals = column.decimals else { return NumberText.significant(scaled, 3) }
    return NumberText.fixed(scaled, decimals)
  }
}
