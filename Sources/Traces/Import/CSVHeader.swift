import Tables

/// Matches a header line with a format's columns, by name.
struct CSVHeader {
  /// For every required and then every optional column: its field, or -1.
  private(set) var positions: [Int]
  /// How many fields a row must have.
  let width: Int

  /// A header of no columns, to start with.
  init() {
    positions = []
    width = 0
  }

  /// Matches the header; collects every missing, repeated and unknown column before giving up.
  init(
    _ line: UnsafeBufferPointer<UInt8>, lineNumber: Int, format: TraceFormat,
    options: TraceOptions, log: TraceLog
  ) throws(InputError) {
    let names = Self.names(line)
    let known = format.columns.required + format.columns.optional
    positions = [Int](repeating: -1, count: known.count)
    width = names.count
    var faults: [Diagnostic] = []
    func fault(_ column: Int, _ message: String, _ hint: String?) {
      guard faults.count < max(1, options.describedFaults) else { return }
      faults.append(
        Diagnostic(
          file: log.file, line: lineNumber, column: column, message: message,
          hint: TraceLog.hint(TraceFault.header.rawValue, hint)))
    }
    var unknown: [String] = []
    for (field, name) in names.enumerated() {
      if let index = known.firstIndex(of: name.text) {
        if positions[index] >= 0 {
          fault(name.column, "column '\(name.text)' is given twice", nil)
        } else {
          positions[index] = field
        }
      } else {
        unknown.append(name.text)
        if options.isStrict || name.text.isEmpty {
          fault(
            name.column, "unknown column '\(name.text.prefix(40))' in format \(format.rawValue)",
            name.text.utf8.count <= 40 ? NearestName.hint(for: name.text, in: known) : nil)
        }
      }
    }
    for (index, name) in format.columns.required.enumerated() where positions[index] < 0 {
      fault(
        0, "missing column '\(name)' in format \(format.rawValue)",
        NearestName.of(name, in: unknown).map { "is '\($0)' meant to be it?" }
          ?? "columns: \(known.joined(separator: ","))")
    }
    guard faults.isEmpty else { throw InputError(diagnostics: faults) }
    if !unknown.isEmpty {
      let listed = unknown.prefix(8).joined(separator: ", ")
      log.warn(
        .unknownColumn, count: Int64(unknown.count), note: "columns not used: \(listed)")
    }
  }

  /// The field of a column by its place among required and then optional ones; -1 if absent.
  subscript(_ column: Int) -> Int { positions[column] }

  /// The header's names without quotes, each with its column from 1.
  static func names(_ line: UnsafeBufferPointer<UInt8>) -> [(text: String, column: Int)] {
    var names: [(text: String, column: Int)] = []
    var start = 0
    for index in 0...line.count where index == line.count || line[index] == UInt8(ascii: ",") {
      var part = UnsafeBufferPointer(rebasing: line[start..<index])
      if part.count >= 2, part[0] == UInt8(ascii: "\""), part[part.count - 1] == UInt8(ascii: "\"")
      {
        part = UnsafeBufferPointer(rebasing: part[1..<part.count - 1])
      }
      names.append((String(decoding: part.prefix(200), as: UTF8.self), start + 1))
      start = index + 1
    }
    return names
  }
}
