import Reports
import Tables

/// Published measurements and what is simulated in their places (`gpuloom.measurements/1`): below
/// lines before the header, a row for each.
///
/// - `# source: KEY: TEXT` says where rows whose `source` is KEY come from;
/// - `# points: PATH` names a points file, relative to this one's folder, whose errors the page of
///   figures has too;
/// - `# title:` is the page's; `# input:` lines are written with the simulated column.
package struct MeasurementsFile: Sendable {
  package static let format = "gpuloom.measurements/1"
  /// The file's name in its folder.
  package static let name = "measurements.csv"
  package static let columns = [
    "kind", "gpu", "stack", "testbed", "model", "batch", "share", "replicas", "beside",
    "beside_batch", "beside_share", "figure", "measured", "simulated", "use", "source",
  ]
  private static let keys = ["format", "title", "source", "points", "input"]

  /// Another file's points.
  package struct PointsPath: Sendable {
    /// As it is written.
    package var path: String
    /// Where it is written.
    package var line: Int
    package var column: Int
  }

  package let path: String
  package var title = ""
  /// The sources by key, in the order of the file.
  package var sources: [(key: String, text: String)] = []
  package var points: [PointsPath] = []
  /// "role name hash", one for each input that the simulated column was written with.
  package var inputs: [String] = []
  package var rows: [Measurement] = []
  private var comments: [(key: String, value: String)] = []

  /// Reads a file, without looking up what its rows name.
  ///
  /// - Throws: `InputError` with every fault found.
  package init(_ path: String) throws(InputError) {
    self.path = path
    let table = try CSVReader.table(at: path)
    var faults = table.structuralFaults(required: Self.columns)
    readComments(table, &faults)
    faults += table.formatFaults(Self.format)
    if faults.isEmpty {
      for row in table.rows {
        var reader = MeasurementReader(table, row, sources: sources.map(\.key))
        if let read = reader.measurement() { rows.append(read) }
        faults += reader.faults
        if faults.count >= 20 { break }
      }
      if table.rows.isEmpty {
        faults.append(Diagnostic(file: path, message: "expected at least one measurement"))
      }
    }
    if faults.isEmpty { faults = repetitions(table) }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
  }

  private mutating func readComments(_ table: CSVTable, _ faults: inout [Diagnostic]) {
    for line in table.comments {
      comments.append((line.key, line.value))
      switch line.key {
      case "format": break
      case "title":
        if !title.isEmpty {
          faults.append(table.fault(line, at: .key, "the key 'title' is given twice"))
        }
        title = line.value
      case "input": inputs.append(line.value)
      case "points":
        points.append(
          PointsPath(path: line.value, line: line.line, column: line.valueColumn))
      case "source":
        let cut = line.value.firstIndex(of: ":") ?? line.value.endIndex
        let key = String(line.value[..<cut])
        let text = line.value[cut...].dropFirst().drop { $0 == " " }
        if key.isEmpty || text.isEmpty || key.contains(" ") {
          faults.append(
            table.fault(line, "expected a word, ':' and a text, found \"\(line.value)\""))
        } else if sources.contains(where: { $0.key == key }) {
          faults.append(table.fault(line, "the source '\(key)' is given twice"))
        }
        sources.append((key, String(text)))
      default:
        faults.append(
          table.fault(
            line, at: .key, "unknown key '\(line.key)'",
            hint: NearestName.hint(for: line.key, in: Self.keys)))
      }
    }
  }

  /// Rows of one place; which of the two is meant nobody can know.
  private func repetitions(_ table: CSVTable) -> [Diagnostic] {
    var lines: [String: Int] = [:]
    var faults: [Diagnostic] = []
    for (row, measurement) in zip(table.rows, rows) {
      if let first = lines.updateValue(row.line, forKey: measurement.place) {
        faults.append(
          table.fault(row, 0, "line \(first) has this measurement already: \(measurement.place)"))
      }
    }
    let used = Set(rows.map(\.source))
    for line in table.comments where line.key == "source" {
      let key = String(line.value.prefix { $0 != ":" })
      if !used.contains(key) {
        faults.append(table.fault(line, "no row is of the source '\(key)'"))
      }
    }
    return Array(faults.prefix(20))
  }

  // MARK: Writing

  /// The file's text with inputs and the simulated column as they are now.
  package var text: String {
    var text = ""
    for (key, value) in comments where key != "input" { text += "# \(key): \(value)\n" }
    for input in inputs { text += "# input: \(input)\n" }
    text += Self.columns.joined(separator: ",") + "\n"
    for row in rows { text += cells(row).map { CSVText.field($0) }.joined(separator: ",") + "\n" }
    return text
  }

  /// What a row says but for what is simulated; a change of it is a change of an input.
  package var rowsText: String {
    var text = ""
    for var row in rows {
      row.simulated = nil
      text += cells(row).joined(separator: ",") + "\n"
    }
    return text
  }

  private func cells(_ row: Measurement) -> [String] {
    let beside = row.beside
    return [
      row.kind.rawValue, row.gpu, row.stack, row.testbed, row.loop.model, "\(row.loop.batch)",
      "\(row.loop.share)", "\(row.replicas)", beside?.model ?? "",
      beside.map { "\($0.batch)" } ?? "", beside.map { "\($0.share)" } ?? "", row.figure.rawValue,
      NumberText.exact(row.measured), row.simulated.map(NumberText.exact) ?? "", row.use.rawValue,
      row.source,
    ]
  }
}
