import Metrics
import Tables

/// An expected.csv (`gpuloom.expected/1`): figures, tolerances, and what they were made from.
package struct ExpectedFile {
  package static let format = "gpuloom.expected/1"
  private static let keys = ["format", "input", "policy", "refused", "tolerance", "hold", "value"]

  package var tolerances: [(column: String, rule: CheckTolerance)] = []
  /// The figures held by themselves; where there are any, no others are.
  package var holds: [HeldFigure] = []
  /// "role path=value", one for each key of the inputs in JSON.
  package var values: [String] = []
  /// "role name hash", one per input.
  package var inputs: [String] = []
  /// Each policy's label and the defaults behind it.
  package var policies: [String] = []
  /// What policies that could not run said.
  package var refusals: [String] = []
  package var rows: [[String]] = []

  /// Creates a file from what is now.
  package init() {}

  /// Reads the file of an experiment's folder.
  ///
  /// - Throws: `InputError` where it is missing or wrong.
  package static func read(_ folder: String) throws(InputError) -> ExpectedFile {
    let path = folder + "/expected.csv"
    if !InputFolder.exists(path), InputFolder.exists(folder + "/experiment.json") {
      throw InputError(
        kind: .missingFile,
        Diagnostic(
          file: path, message: "there are no expected figures",
          hint: "'gpuloom check --update \(folder)' writes them"))
    }
    return try ExpectedFile(path)
  }

  /// Reads a file.
  ///
  /// - Throws: `InputError` with every fault found.
  package init(_ path: String) throws(InputError) {
    let table = try CSVReader.table(at: path)
    let hasServing = table.index(of: SummaryTable.servingColumnNames[0]) != nil
    let names = hasServing ? SummaryTable.allColumnNames : SummaryTable.columnNames
    var faults = table.structuralFaults(required: names)
    for line in table.comments {
      func fault(
        _ message: String, _ hint: String? = nil, at part: CSVComment.Part = .value
      ) {
        faults.append(table.fault(line, at: part, message, hint: hint))
      }
      switch line.key {
      case "format": break
      case "input": inputs.append(line.value)
      case "policy": policies.append(line.value)
      case "refused": refusals.append(line.value)
      case "value": values.append(line.value)
      case "hold":
        let (figure, wrong, hint) = HeldFigure.read(line.value)
        let known = SummaryTable.heldFigures
        if let figure, !known.contains(figure.column) {
          fault(
            "unknown column '\(figure.column)'", NearestName.hint(for: figure.column, in: known))
        } else if let figure {
          holds.append(figure)
        } else {
          fault(wrong, hint)
        }
      case "tolerance":
        let cut = line.value.firstIndex(of: "=") ?? line.value.endIndex
        let column = String(line.value[..<cut])
        let ruleText = String(line.value[cut...].dropFirst())
        let rule = CheckTolerance(ruleText)
        let known = SummaryTable.heldFigures
        if !known.contains(column) {
          fault(
            "unknown column '\(Excerpt.word(column))'", NearestName.hint(for: column, in: known))
        } else if tolerances.contains(where: { $0.column == column }) {
          fault("the tolerance of '\(Excerpt.word(column))' is given twice")
        } else if let rule {
          tolerances.append((column, rule))
        } else {
          fault(
            "expected \(CheckTolerance.forms), found \"\(ruleText)\"",
            CheckTolerance.hint(for: ruleText))
        }
      default:
        fault(
          "unknown key '\(Excerpt.word(line.key))'", NearestName.hint(for: line.key, in: Self.keys),
          at: .key)
      }
    }
    faults += table.formatFaults(Self.format)
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    let order = names.compactMap { table.index(of: $0) }
    for row in table.rows {
      let cells = order.map { row.fields[$0] }
      rows.append(cells)
      for (i, name) in names.enumerated()
      where Self.isFigure(name) && !cells[i].isEmpty {
        if let value = Double(cells[i]), value.isFinite { continue }
        faults.append(
          table.fault(row, order[i], "expected a number in '\(name)', found \"\(cells[i])\""))
      }
    }
    if !faults.isEmpty { throw InputError(diagnostics: Array(faults.prefix(20))) }
  }

  /// Whether a column holds a figure rather than a word.
  package static func isFigure(_ column: String) -> Bool { SummaryFigure(rawValue: column) != nil }

  /// The file's text.
  package var text: String {
    var text = "# format: \(Self.format)\n"
    for input in inputs { text += "# input: \(input)\n" }
    for value in values { text += "# value: \(value)\n" }
    for policy in policies { text += "# policy: \(policy)\n" }
    for refusal in refusals { text += "# refused: \(refusal)\n" }
    for (column, rule) in tolerances { text += "# tolerance: \(column)=\(rule.text)\n" }
    for hold in holds { text += "# hold: \(hold.text)\n" }
    let names = SummaryTable.allColumnNames.prefix(rows.first?.count ?? 0)
    let columns = names.isEmpty ? SummaryTable.columnNames[...] : names
    text += columns.joined(separator: ",") + "\n"
    for row in rows { text += row.map { CSVText.field($0) }.joined(separator: ",") + "\n" }
    return text
  }
}
