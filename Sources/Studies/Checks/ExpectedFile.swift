import Metrics
import Reports
import Tables

/// How far a column's figures may be from what is expected.
package enum CheckTolerance: Equatable {
  case relative(Double)
  case absolute(Double)
  /// The share by which a figure may move away from its good end.
  case notWorse(isLowerBetter: Bool, share: Double)

  /// Reads a rule: `relative 1e-9`, `absolute 0.5`, `not-worse-than lower 5%`.
  package init?(_ text: String) {
    let words = text.split(separator: " ").map(String.init)
    func number(_ word: String) -> Double? {
      let isDecimal = word.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
      guard isDecimal, let value = Double(word), value.isFinite, value >= 0 else { return nil }
      return value
    }
    switch (words.first, words.count) {
    case ("relative", 2):
      guard let value = number(words[1]) else { return nil }
      self = .relative(value)
    case ("absolute", 2):
      guard let value = number(words[1]) else { return nil }
      self = .absolute(value)
    case ("not-worse-than", 3):
      guard words[1] == "lower" || words[1] == "higher", words[2].hasSuffix("%"),
        let value = number(String(words[2].dropLast()))
      else { return nil }
      self = .notWorse(isLowerBetter: words[1] == "lower", share: value / 100)
    default: return nil
    }
  }

  /// The rule as it is written.
  package var text: String {
    switch self {
    case .relative(let x): "relative \(NumberText.exact(x))"
    case .absolute(let x): "absolute \(NumberText.exact(x))"
    case .notWorse(let isLowerBetter, let share):
      "not-worse-than \(isLowerBetter ? "lower" : "higher") \(NumberText.exact(share * 100))%"
    }
  }

  package func allows(_ found: Double, expected: Double) -> Bool {
    switch self {
    case .relative(let x): abs(found - expected) <= x * abs(expected)
    case .absolute(let x): abs(found - expected) <= x
    case .notWorse(let isLowerBetter, let share):
      isLowerBetter
        ? found <= expected + share * abs(expected) : found >= expected - share * abs(expected)
    }
  }
}

/// An expected.csv (`gpuloom.expected/1`): figures, tolerances, and what they were made from.
package struct ExpectedFile {
  package static let format = "gpuloom.expected/1"
  private static let keys = ["format", "input", "policy", "refused", "tolerance"]

  package var tolerances: [(column: String, rule: CheckTolerance)] = []
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
    var faults = table.structuralFaults(required: SummaryTable.columnNames)
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
      case "tolerance":
        let cut = line.value.firstIndex(of: "=") ?? line.value.endIndex
        let column = String(line.value[..<cut])
        let rule = CheckTolerance(String(line.value[cut...].dropFirst()))
        let known = SummaryFigure.allCases.map(\.rawValue)
        if !known.contains(column) {
          fault(
            "unknown column '\(Excerpt.word(column))'", NearestName.hint(for: column, in: known))
        } else if tolerances.contains(where: { $0.column == column }) {
          fault("the tolerance of '\(Excerpt.word(column))' is given twice")
        } else if let rule {
          tolerances.append((column, rule))
        } else {
          fault(
            "expected 'relative X', 'absolute X' or 'not-worse-than lower|higher P%', found "
              + "\"\(line.value[cut...].dropFirst())\"")
        }
      default:
        fault(
          "unknown key '\(Excerpt.word(line.key))'", NearestName.hint(for: line.key, in: Self.keys),
          at: .key)
      }
    }
    faults += table.formatFaults(Self.format)
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    let order = SummaryTable.columnNames.compactMap { table.index(of: $0) }
    for row in table.rows {
      let cells = order.map { row.fields[$0] }
      rows.append(cells)
      for (i, name) in SummaryTable.columnNames.enumerated()
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
    for policy in policies { text += "# policy: \(policy)\n" }
    for refusal in refusals { text += "# refused: \(refusal)\n" }
    for (column, rule) in tolerances { text += "# tolerance: \(column)=\(rule.text)\n" }
    text += SummaryTable.columnNames.joined(separator: ",") + "\n"
    for row in rows { text += row.map { CSVReport.field($0) }.joined(separator: ",") + "\n" }
    return text
  }

  // MARK: Comparing

  /// What is not as this file expects it.
  package func compare(with now: ExpectedFile) -> (misses: [CheckResult.Miss], count: Int) {
    var misses: [CheckResult.Miss] = []
    var count = 0
    let names = SummaryTable.columnNames
    let shared = min(rows.count, now.rows.count)
    // Rows stand in the order of policies, seeds and tenants: a row whose policy has other options
    // than before is still compared with the one in its place.
    for r in 0..<shared {
      for (c, name) in names.enumerated() {
        count += 1
        let (expected, found) = (rows[r][c], now.rows[r][c])
        if expected == found { continue }
        if let miss = miss(name, expected, found, place: Self.place(rows[r])) {
          misses.append(miss)
        }
      }
    }
    for row in rows[shared...] {
      misses.append(.init(figure: Self.place(row), expected: "a row", found: ""))
    }
    for row in now.rows[shared...] {
      misses.append(.init(figure: Self.place(row), expected: "", found: "a row"))
    }
    if refusals != now.refusals {
      misses.append(
        .init(
          figure: "refused policies", expected: refusals.joined(separator: "; "),
          found: now.refusals.joined(separator: "; ")))
    }
    return (misses, count)
  }

  private func miss(
    _ column: String, _ expected: String, _ found: String, place: String
  ) -> CheckResult.Miss? {
    let figure = "\(place): \(column)"
    guard let kind = SummaryFigure(rawValue: column), let a = Double(expected),
      let b = Double(found)
    else { return .init(figure: figure, expected: expected, found: found) }
    let given = tolerances.first { $0.column == column }?.rule
    let rule = given ?? (kind.isCount ? .absolute(0) : .relative(1e-9))
    if rule.allows(b, expected: a) { return nil }
    let moved = a == 0 ? "" : Self.percent(b / a - 1) + ", "
    return .init(
      figure: figure, expected: expected, found: found, detail: moved + "allowed: " + rule.text)
  }

  /// A change as readers see it.
  package static func percent(_ share: Double) -> String {
    (share < 0 ? "" : "+") + NumberText.significant(share * 100, 3) + " %"
  }

  /// Which row: its policy, seed and tenant.
  private static func place(_ row: [String]) -> String {
    let names = SummaryTable.columnNames
    func cell(_ name: String) -> String { names.firstIndex(of: name).map { row[$0] } ?? "" }
    return "\(cell("policy")), seed \(cell("seed")), tenant \(cell("tenant"))"
  }

  /// Which inputs are not those the figures were written with.
  package func changes(to now: ExpectedFile) -> [String] {
    func named(_ entry: String) -> (name: String, hash: String) {
      let cut = entry.lastIndex(of: " ") ?? entry.endIndex
      return (String(entry[..<cut]), String(entry[cut...]))
    }
    var changes: [String] = []
    let (old, new) = (inputs.map(named), now.inputs.map(named))
    for input in new {
      guard let before = old.first(where: { $0.name == input.name }) else {
        changes.append("new input: \(input.name)")
        continue
      }
      if before.hash != input.hash { changes.append("changed input: \(input.name)") }
    }
    for input in old where !new.contains(where: { $0.name == input.name }) {
      changes.append("input no longer used: \(input.name)")
    }
    for (before, after) in zip(policies, now.policies) where before != after {
      changes.append("changed policy: \(before) -> \(after)")
    }
    for policy in policies.dropFirst(now.policies.count) {
      changes.append("gone policy: \(policy)")
    }
    for policy in now.policies.dropFirst(policies.count) { changes.append("new policy: \(policy)") }
    return changes
  }
}
