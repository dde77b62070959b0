import Tables

/// All runs of a study in its order, each by its name, and what they rest on: `plan.csv`
/// (`gpuloom.plan/1`).
///
/// It depends on the study and its inputs alone, so every machine that takes a share writes the same
/// bytes; it is what a sweep is resumed by, and what shares are merged by.
package struct StudyListing: Sendable {
  package static let format = "gpuloom.plan/1"
  package static let fileName = "plan.csv"

  /// One run in one place of the study.
  package struct Row: Sendable {
    /// The axes' values as text, in the columns' order.
    package let values: [String]
    package let policy: String
    package let seed: UInt64
    /// The run's name: the hash of all that decides it.
    package let run: String
  }

  /// A file that the study rests on.
  package struct Input: Sendable, Hashable {
    package let role: String
    package let name: String
    package let sha256: String
    /// Where it was read; not part of what is written.
    package var path = ""
  }

  /// The release that made the plan.
  package let version: String
  package let study: String
  /// The axes' names, in the study's order.
  package let axes: [String]
  /// The study as one line of JSON: experiment and axes.
  package let description: String
  /// The hash of the names that the catalogue has.
  package let catalogue: String
  package let inputs: [Input]
  /// The names of the axes' columns.
  package let columns: [String]
  /// The columns of the runs' summaries.
  package let summary: [String]
  package let rows: [Row]
  /// How many rows there are, also where they are not read.
  package let count: Int

  /// The column of an axis: its name, with `axis_` before it where a summary has such a column.
  package static func column(_ axis: String) -> String {
    let taken = SummaryTable.names(hasServing: true, hasWaits: true)
    return taken.contains(axis) ? "axis_" + axis : axis
  }

  /// The axes that have a column, by column.
  package var columnAxes: [String] {
    columns.map { column in axes.first { Self.column($0) == column } ?? column }
  }

  /// The lines before the rows, without those that say what the plan is of.
  private var comments: [(key: String, value: String)] {
    [
      ("format", Self.format), ("version", version), ("study", study),
      ("axes", axes.joined(separator: " ")), ("description", description),
      ("catalogue", catalogue), ("summary", summary.joined(separator: ",")), ("runs", "\(count)"),
    ] + inputs.map { ("input", "\($0.sha256) \($0.role) \($0.name)") }
  }

  /// The file's text, piece by piece.
  package func write(_ put: (String) throws -> Void) rethrows {
    for (key, value) in comments { try put("# \(key): \(value)\n") }
    let head = columns + ["policy", "seed", "run"]
    try put(head.map { CSVText.field($0) }.joined(separator: ",") + "\n")
    for row in rows {
      let cells = row.values + [row.policy, "\(row.seed)", row.run]
      try put(cells.map { CSVText.field($0) }.joined(separator: ",") + "\n")
    }
  }

  /// The text before the rows: two plans of which it is the same are the same.
  package var key: String {
    comments.map { "\($0.key): \($0.value)\n" }.joined()
  }

  /// What the first lines of a plan's file say, without the rows.
  ///
  /// - Throws: `badData` for a file of another format or a damaged one.
  package static func head(at path: String) throws(InputError) -> StudyListing {
    try read(path, withRows: false)
  }

  /// Reads a plan's file.
  ///
  /// - Throws: as `head(at:)`.
  package static func read(at path: String) throws(InputError) -> StudyListing {
    try read(path, withRows: true)
  }

  private static func read(
    _ path: String, withRows: Bool
  ) throws(InputError) -> StudyListing {
    let rows = CSVRows(try ByteStream(path: path), refusing: .controls, isOurs: true)
    var comments: [CSVComment] = []
    while try rows.nextLine(), rows.line.first == UInt8(ascii: "#") {
      let comment = CSVComment(Array(rows.line)[...], line: rows.lineNumber)
      if let fault = comment.controlFault(in: path) { throw InputError(fault) }
      comments.append(comment)
    }
    func line(_ key: String) throws(InputError) -> CSVComment {
      if let found = comments.first(where: { $0.key == key }) { return found }
      throw InputError(file: path, message: "the line '# \(key): …' is missing", hint: remedy)
    }
    let format = try line("format")
    guard format.value == Self.format else {
      throw InputError(
        file: path, line: format.line, column: format.valueColumn,
        message: "expected the format '\(Self.format)', found '\(Excerpt.word(format.value))'")
    }
    try rows.split()
    let head = rows.strings
    guard head.suffix(3) == ["policy", "seed", "run"] else {
      throw InputError(
        file: path, line: rows.lineNumber, message: "the columns 'policy,seed,run' are missing",
        hint: remedy)
    }
    let axes = try line("axes").value.split(separator: " ").map(String.init)
    guard let count = Int(try line("runs").value) else {
      throw InputError(file: path, message: "'# runs:' is no number", hint: remedy)
    }
    let list = withRows ? try body(rows, width: head.count) : []
    if withRows, list.count != count {
      throw InputError(
        file: path, message: "expected \(count) runs, found \(list.count): the plan is cut short",
        hint: remedy)
    }
    return StudyListing(
      version: try line("version").value, study: try line("study").value, axes: axes,
      description: try line("description").value, catalogue: try line("catalogue").value,
      inputs: comments.filter { $0.key == "input" }.compactMap { input($0.value) },
      columns: Array(head.dropLast(3)),
      summary: try line("summary").value.split(separator: ",").map(String.init), rows: list,
      count: count)
  }

  private static let remedy = "start the sweep again: it writes the plan anew"

  private static func input(_ text: String) -> Input? {
    let parts = text.split(separator: " ", maxSplits: 2).map(String.init)
    guard parts.count == 3 else { return nil }
    return Input(role: parts[1], name: parts[2], sha256: parts[0])
  }

  private static func body(_ rows: CSVRows, width: Int) throws(InputError) -> [Row] {
    var list: [Row] = []
    while try rows.next() {
      if rows.isBlank { continue }
      guard rows.count == width, rows.isTerminated, let seed = UInt64(rows.string(width - 2)) else {
        throw InputError(
          rows.fault(
            0, "expected \(width) fields, a seed among them, found \(rows.count)", hint: remedy))
      }
      let values = (0..<(width - 3)).map { rows.string($0) }
      list.append(
        Row(
          values: list.last?.values == values ? list[list.count - 1].values : values,
          policy: rows.string(width - 3), seed: seed, run: rows.string(width - 1)))
    }
    return list
  }
}
