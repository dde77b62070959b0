import Tables

/// The header of a profiler's CSV: columns found by name, whatever their order, with the unit that
/// stands behind the name.
struct ImportHeader {
  /// The columns' names in lower case, without units.
  let names: [String]
  /// The units in the header, as written; empty where there is none.
  private(set) var units: [String]
  /// The header's line.
  let line: Int
  /// The header as written, to know it again.
  let written: [String]
  private var isUsed: [Bool]

  /// Splits the current row of `rows`, read plainly, into names and units.
  init(_ rows: ImportRows) {
    line = rows.line
    written = rows.fields.indices.map { Self.clean(rows.string($0)) }
    var names: [String] = []
    var units: [String] = []
    for text in written {
      let (name, unit) = Self.split(text)
      names.append(name.lowercased())
      units.append(unit)
    }
    self.names = names
    self.units = units
    isUsed = [Bool](repeating: false, count: names.count)
  }

  private static func clean(_ text: String) -> String {
    var part = Substring(text)
    if part.first == "\u{FEFF}" { part = part.dropFirst() }
    while let c = part.first, c == " " || c == "\"" || c == "\t" { part = part.dropFirst() }
    while let c = part.last, c == " " || c == "\"" || c == "\t" || c == "\r" {
      part = part.dropLast()
    }
    return String(part)
  }

  /// `Duration (ns)`, `Start(sec)` or `x.sum [byte]` as name and unit.
  private static func split(_ text: String) -> (name: String, unit: String) {
    for (open, close) in [("(", ")"), ("[", "]")] where text.hasSuffix(close) {
      guard let at = text.lastIndex(of: Character(open)), at > text.startIndex else { continue }
      let unit = text[text.index(after: at)...].dropLast()
      var name = text[..<at]
      while name.last == " " { name = name.dropLast() }
      return (String(name), String(unit))
    }
    return (text, "")
  }

  /// The position of the first of these names that the header has, or -1.
  mutating func column(_ candidates: String...) -> Int {
    for name in candidates {
      if let i = names.firstIndex(of: name) {
        isUsed[i] = true
        return i
      }
    }
    return -1
  }

  /// Takes the units of a row of its own below the header.
  mutating func setUnits(_ row: [String]) {
    for (i, unit) in row.enumerated() where i < units.count { units[i] = unit }
  }

  /// The columns nobody asked for.
  var unused: [String] { zip(written, isUsed).filter { !$0.1 && !$0.0.isEmpty }.map(\.0) }

  /// The power of ten from a time column's unit to nanoseconds.
  ///
  /// - Throws: a unit that is no time.
  func timePower(_ column: Int, file: String, default fallback: Int?) throws(InputError) -> Int {
    if column < 0 { return 0 }
    if let power = Units.nanosecondPower(of: units[column]) { return power }
    if units[column].isEmpty, let fallback { return fallback }
    throw fault(
      file, "expected a unit of time for '\(written[column])', found '\(units[column])'",
      hint: "known: ns, us, ms, s")
  }

  /// The bytes a size column's unit stands for.
  ///
  /// - Throws: a unit that is no size.
  func byteScale(
    _ column: Int, file: String, isBinary: Bool = false
  ) throws(InputError) -> Double {
    if column < 0 || units[column].isEmpty { return 1 }
    var unit = units[column]
    if isBinary, let first = unit.first, "KMG".contains(first), unit.dropFirst() == "B" {
      unit = "\(first)iB"
    }
    if let scale = Units.bytes(of: unit) { return scale }
    throw fault(
      file, "expected a unit of size for '\(written[column])', found '\(units[column])'",
      hint: "known: B, KB, MB, GB, byte")
  }

  /// A fault of the header.
  func fault(_ file: String, _ message: String, hint: String? = nil) -> InputError {
    InputError(Diagnostic(file: file, line: line, message: message, hint: hint))
  }
}
