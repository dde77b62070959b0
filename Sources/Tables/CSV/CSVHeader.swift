/// The header of a CSV: columns found by name, whatever their order, with the unit that stands
/// behind a name, and the nearest known name for one that is mistyped.
package struct CSVHeader: Sendable {
  /// The columns' names: without units and in lower case where the header was folded.
  package let names: [String]
  /// The header as written, quotes and blanks removed.
  package let written: [String]
  /// The units in the header, as written; empty where there is none.
  package private(set) var units: [String]
  /// The header's file.
  package let file: String
  /// The header's line, from 1.
  package let line: Int
  /// Where each name stands, as a column from 1.
  package let places: [Int]
  private var isUsed: [Bool]

  /// A header of no columns, to start with.
  package init() {
    (names, written, units, places, isUsed) = ([], [], [], [], [])
    (file, line) = ("", 0)
  }

  /// Takes the current row of `rows` for the header.
  ///
  /// - Parameter isFolded: whether case does not matter and units are split off, as in what programs
  ///   of many versions write; otherwise names are taken to the letter.
  package init(_ rows: CSVRows, isFolded: Bool) {
    file = rows.file
    line = rows.lineNumber
    written = rows.strings.map(Self.clean)
    let parts = isFolded ? written.map(Self.split) : written.map { ($0, "") }
    names = isFolded ? parts.map { $0.0.lowercased() } : written
    units = parts.map(\.1)
    places = (0..<rows.count).map { rows.column($0) }
    isUsed = [Bool](repeating: false, count: names.count)
  }

  private static func clean(_ text: String) -> String {
    var part = Substring(text)
    while let c = part.first, c == " " || c == "\"" || c == "\t" { part = part.dropFirst() }
    while let c = part.last, c == " " || c == "\"" || c == "\t" { part = part.dropLast() }
    return String(part)
  }

  /// `Duration (ns)`, `Start(sec)` or `x.sum [byte]` as name and unit.
  private static func split(_ text: String) -> (String, String) {
    for (open, close) in [("(", ")"), ("[", "]")] where text.hasSuffix(close) {
      guard let at = text.lastIndex(of: Character(open)), at > text.startIndex else { continue }
      let unit = text[text.index(after: at)...].dropLast()
      var name = text[..<at]
      while name.last == " " { name = name.dropLast() }
      return (String(name), String(unit))
    }
    return (text, "")
  }

  // MARK: columns

  /// How many fields a row must have.
  package var width: Int { names.count }

  /// The position of the first of these names that the header has, or -1.
  package mutating func column(_ candidates: String...) -> Int { column(candidates) }

  /// The position of the first of these names that the header has, or -1.
  package mutating func column(_ candidates: [String]) -> Int {
    for name in candidates {
      if let i = names.firstIndex(of: name) {
        isUsed[i] = true
        return i
      }
    }
    return -1
  }

  /// The names given before, each with the position of the second.
  package var repeated: [Int] {
    var seen = Set<String>()
    return names.indices.filter { !seen.insert(names[$0]).inserted }
  }

  /// The positions of the columns nobody asked for.
  package var unusedPositions: [Int] { isUsed.indices.filter { !isUsed[$0] } }

  /// The columns nobody asked for.
  package var unused: [String] { unusedPositions.map { written[$0] }.filter { !$0.isEmpty } }

  /// Takes the units of a row of its own below the header.
  package mutating func setUnits(_ row: [String]) {
    for (i, unit) in row.enumerated() where i < units.count { units[i] = unit }
  }

  /// The power of ten from a time column's unit to nanoseconds.
  ///
  /// - Throws: a unit that is no time.
  package func timePower(_ column: Int, default fallback: Int? = nil) throws(InputError) -> Int {
    if column < 0 { return 0 }
    if let power = Units.nanosecondPower(of: units[column]) { return power }
    if units[column].isEmpty, let fallback { return fallback }
    throw fault(
      "expected a unit of time for '\(written[column])', found '\(units[column])'",
      hint: "known: ns, us, ms, s")
  }

  /// The bytes a size column's unit stands for.
  ///
  /// - Parameter isBinary: whether `KB` and its like are powers of 1024.
  /// - Throws: a unit that is no size.
  package func byteScale(_ column: Int, isBinary: Bool = false) throws(InputError) -> Double {
    if column < 0 || units[column].isEmpty { return 1 }
    var unit = units[column]
    if isBinary, let first = unit.first, "KMG".contains(first), unit.dropFirst() == "B" {
      unit = "\(first)iB"
    }
    if let scale = Units.bytes(of: unit) { return scale }
    throw fault(
      "expected a unit of size for '\(written[column])', found '\(units[column])'",
      hint: "known: B, KB, MB, GB, byte")
  }

  /// A fault of the header.
  package func fault(_ message: String, hint: String? = nil) -> InputError {
    InputError(Diagnostic(file: file, line: line, message: message, hint: hint))
  }
}
