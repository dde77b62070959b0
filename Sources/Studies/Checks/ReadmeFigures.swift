import Reports
import Tables

/// A README whose numbers are written from the figures beside it.
///
/// What is generated stands between marks:
///
///     <!-- figures -->              errors and geometric means of points.csv
///     <!-- end of figures -->
///
///     <!-- table                    a row for each policy, a column for each line
///     TITLE = FOLDER TENANT COLUMN FORMAT
///     -->
///     <!-- end of table -->
///
///     <!-- points FIGURE FORMAT X X … -->    what is simulated: a row for each x, all without any
///     <!-- end of points -->
///
///     <!-- = SPEC -->5.29<!-- . -->          one value (`QuotedValue`)
///
/// A folder is relative to the README's; `.` is its own.
package struct ReadmeFigures {
  /// A generated part that is not as the figures would have it.
  package struct Change {
    /// The first line that differs, from 1.
    package var line: Int
    package var old: String
    package var new: String

    /// Finds the first lines that differ; `line` is that of the part's beginning.
    package init(_ old: Substring, _ new: String, line: Int) {
      let was = old.split(separator: "\n", omittingEmptySubsequences: false)
      let now = new.split(separator: "\n", omittingEmptySubsequences: false)
      let at = zip(was, now).prefix { $0 == $1 }.count
      self.line = line + at
      self.old = at < was.count ? String(was[at]) : ""
      self.new = at < now.count ? String(now[at]) : ""
    }
  }

  package let path: String
  private let text: String
  private var source: FigureSource
  private var faults: [Diagnostic] = []
  /// Whether nothing is wrong but that files are missing.
  private var isOnlyMissing = true
  /// How many generated parts there are, once they were made anew.
  package private(set) var count = 0

  /// - Throws: `InputError` where the file cannot be read.
  package init(_ path: String) throws(InputError) {
    self.path = path
    text = try InputFile.text(at: path)
    let cut = path.lastIndex(of: "/")
    source = FigureSource(base: cut.map { String(path[..<$0]) } ?? ".")
  }

  /// The text with every generated part anew, and the parts that changed.
  ///
  /// - Throws: `InputError` with every mark that cannot be understood.
  package mutating func updated() throws(InputError) -> (text: String, changes: [Change]) {
    var result = ""
    var changes: [Change] = []
    var rest = text[...]
    while let open = rest.firstRange(of: "<!-- ") {
      result += rest[..<open.upperBound]
      rest = rest[open.upperBound...]
      guard let close = rest.firstRange(of: "-->") else { break }
      let mark = rest[..<close.lowerBound]
      guard let end = Self.end(of: mark) else { continue }
      result += rest[..<close.upperBound]
      rest = rest[close.upperBound...]
      let before = text[..<open.lowerBound]
      let line = before.count { $0.isNewline } + 1
      let lineStart = before.lastIndex { $0.isNewline }.map { text.index(after: $0) }
      let column = before[(lineStart ?? text.startIndex)...].utf8.count + 1
      guard let stop = rest.firstRange(of: end) else {
        fault("there is no '\(end)' for the mark here", at: (line, column))
        break
      }
      let old = rest[..<stop.lowerBound]
      let new = body(String(mark), at: (line, column)) ?? String(old)
      count += 1
      if new != old {
        let begin = text[..<old.startIndex].count { $0.isNewline } + 1
        changes.append(Change(old, new, line: begin))
      }
      result += new
      rest = rest[stop.lowerBound...]
      // The end's own mark is passed over.
      result += rest[..<stop.upperBound]
      rest = rest[stop.upperBound...]
    }
    result += rest
    if !faults.isEmpty {
      throw InputError(
        kind: isOnlyMissing ? .missingFile : .badData, diagnostics: Array(faults.prefix(20)))
    }
    return (result, changes)
  }

  /// The mark that ends what another begins; nil for comments that are none of ours.
  private static func end(of mark: Substring) -> String? {
    let word = mark.prefix { !$0.isWhitespace }
    switch word {
    case "figures", "table", "points": return "<!-- end of \(word) -->"
    case "=": return "<!-- . -->"
    default: return nil
    }
  }

  private mutating func body(_ mark: String, at place: (line: Int, column: Int)) -> String? {
    do {
      let first = mark.prefix { !$0.isWhitespace }
      let words = String(mark.dropFirst(first.count))
      switch first {
      case "=": return try QuotedValue.text(words, &source)
      case "table": return try "\n\n" + table(words) + "\n"
      case "points": return try "\n\n" + pointsTable(words) + "\n"
      default:
        let errors = PointErrors(try source.points("."))
        let ratios = errors.ratios
        let table = errors.table
        return "\n\n" + (table.rows.isEmpty ? "" : table.markdown + "\n")
          + (ratios.rows.isEmpty ? "" : "Geometric means:\n\n" + ratios.markdown + "\n")
      }
    } catch let error as FigureSource.Fault {
      fault(error.message, hint: error.hint, at: place)
    } catch let error as InputError {
      // Of several marks that quote one file, its faults are told once.
      faults += error.diagnostics.filter { !faults.contains($0) }
      if error.kind != .missingFile { isOnlyMissing = false }
    } catch {
      fault("\(error)", at: place)
    }
    return nil
  }

  /// Notes what is wrong with a mark.
  private mutating func fault(
    _ message: String, hint: String? = nil, at place: (line: Int, column: Int)
  ) {
    faults.append(
      Diagnostic(
        file: path, line: place.line, column: place.column, message: message, hint: hint))
    isOnlyMissing = false
  }

  // MARK: Tables

  /// A row for each policy of the first column's folder.
  private mutating func table(_ spec: String) throws -> String {
    var columns: [(title: String, words: [String], format: QuotedFormat)] = []
    for line in spec.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
      let words = QuotedWords.split(parts.last ?? "")
      guard parts.count == 2, words.count == 4, let format = QuotedFormat(words[3]) else {
        throw FigureSource.Fault(
          message: "expected 'TITLE = FOLDER TENANT COLUMN FORMAT', found \"\(line)\"")
      }
      let title = parts[0].split(separator: " ").joined(separator: " ")
      columns.append((title, words, format))
    }
    guard let first = columns.first else {
      throw FigureSource.Fault(
        message: "a table needs a line 'TITLE = FOLDER TENANT COLUMN FORMAT'")
    }
    var table = ReportTable(
      columns: [ReportColumn("policy")]
        + columns.map { column in
          ReportColumn(column.title, decimals: column.format.decimals, scale: column.format.scale)
        })
    for policy in try source.policies(first.words[0]) {
      var cells: [ReportCell] = [.text(policy)]
      for column in columns {
        let words = column.words
        let has = try source.policies(words[0]).contains(policy)
        let value =
          has
          ? try source.summary(words[0], policy: policy, tenant: words[1], column: words[2]) : nil
        cells.append(value.map { .number($0) } ?? .none)
      }
      table.append(cells)
    }
    return table.markdown
  }

  /// A row for each x, a column for each series.
  private mutating func pointsTable(_ spec: String) throws -> String {
    let words = QuotedWords.split(spec)
    guard words.count >= 2, let format = QuotedFormat(words[1]) else {
      throw FigureSource.Fault(message: "expected 'points FIGURE FORMAT', then the xs to show")
    }
    let file = try source.points(".", figure: words[0], series: "*")
    let series = file.series
    var table = ReportTable(
      columns: [ReportColumn(file.comment("x_label") ?? file.axis.rawValue)]
        + series.map {
          ReportColumn($0, decimals: format.decimals, scale: format.scale)
        })
    let wanted = words.dropFirst(2)
    if let odd = wanted.first(where: { file.place($0) == nil }) {
      throw FigureSource.Fault(
        message: "no point of '\(words[0])' is at '\(odd)'",
        hint: file.placeHint(for: odd))
    }
    for x in file.places where wanted.isEmpty || wanted.contains("\(x)") {
      let cells = series.map { name -> ReportCell in
        let point = file.points.first { $0.series == name && $0.x == x }
        return (point?.simulated).map { .number($0) } ?? .none
      }
      table.append([.integer(Int64(x))] + cells)
    }
    return table.markdown
  }
}
