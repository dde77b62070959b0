import Tables

/// How one CSV format's fields become a row.
protocol TraceLayout {
  static var format: TraceFormat { get }
  init(options: TraceOptions)
  /// Fills in `row` from the record; false when the record was left out.
  mutating func parse(
    _ fields: TraceFields, _ row: inout TraceRow
  ) throws(InputError) -> Bool
  var tenantNames: [String] { get }
}

extension TraceLayout {
  var tenantNames: [String] { [] }
}

/// One record seen through its header: fields by column, and the faults they may have.
struct TraceFields {
  var record = CSVRecord()
  var header = CSVHeader()
  let log: TraceLog

  /// The bytes under a column, by its place among required and then optional ones.
  @inline(__always)
  subscript(_ column: Int) -> UnsafeBufferPointer<UInt8> { record[header[column]] }

  /// Whether the field under a column stands in quotes.
  func isQuoted(_ column: Int) -> Bool { record.isQuoted(header[column]) }

  /// Whether the file has an optional column.
  func has(_ column: Int) -> Bool { header[column] >= 0 }

  /// Leaves the record out; always returns false, for `return try fields.leaveOut(…)`.
  func leaveOut(
    _ fault: TraceFault, _ column: Int, _ message: @autoclosure () -> String, hint: String? = nil
  ) throws(InputError) -> Bool {
    try log.leaveOut(
      fault, line: record.lineNumber, column: record.column(header[column]), message(), hint: hint)
    return false
  }

  /// Leaves the record out for a time that could not be read.
  func badTime(
    _ status: ScanStatus, _ column: Int, _ name: String, expected: String
  ) throws(InputError) -> Bool {
    let fault: TraceFault
    var hint: String?
    switch status {
    case .negative: (fault, hint) = (.timeNegative, "times count from the start of the trace")
    case .notFinite: fault = .notFinite
    case .fractional: (fault, hint) = (.unit, "a fraction suggests that the unit is seconds")
    case .tooLarge: (fault, hint) = (.timeParse, "at most 292 years fit")
    default: fault = .timeParse
    }
    return try leaveOut(
      fault, column, "expected \(expected) in '\(name)', found \(Excerpt.of(self[column]))",
      hint: hint)
  }

  /// Reads a token count into `size`; false after leaving the record out.
  @inline(__always)
  func size(_ column: Int, _ name: String, _ size: inout Int64) throws(InputError) -> Bool {
    let status = NumberScan.whole(self[column], &size)
    return status == .ok ? true : try badSize(status, column, name)
  }

  /// Leaves the record out for a token count that could not be read.
  func badSize(_ status: ScanStatus, _ column: Int, _ name: String) throws(InputError) -> Bool {
    let fault: TraceFault
    switch status {
    case .negative: fault = .sizeNegative
    case .notFinite: fault = .notFinite
    default: fault = .sizeParse
    }
    return try leaveOut(
      fault, column,
      "expected a non-negative integer in '\(name)', found \(Excerpt.of(self[column]))")
  }

  /// Leaves the record out for a byte of the field under a column that is not UTF-8.
  func invalidText(
    _ text: UnsafeBufferPointer<UInt8>, _ offset: Int, _ column: Int
  ) throws(InputError) -> Bool {
    try log.leaveOut(
      .binary, line: record.lineNumber, column: record.column(header[column]) + offset,
      InvalidText.message(text, at: offset), hint: "convert the file to UTF-8 first")
    return false
  }

  /// Numbers a name; false after leaving the record out.
  func tenant(
    _ name: UnsafeBufferPointer<UInt8>, _ column: Int, in table: inout NameTable,
    _ number: inout Int32
  ) throws(InputError) -> Bool {
    guard let found = table.number(of: name) else {
      if let fault = InvalidText.offset(in: name) { return try invalidText(name, fault, column) }
      return try leaveOut(.category, column, "more than \(NameTable.limit) different names")
    }
    number = found
    return true
  }
}

/// Reads the rows of a CSV format line by line.
struct CSVRowSource<Layout: TraceLayout>: TraceRowIterator, ~Copyable {
  private var lines: LineReader
  private let log: TraceLog
  private let options: TraceOptions
  private var layout: Layout
  private var fields: TraceFields
  private var hasHeader = false
  private var rowNumber: Int64 = 0
  /// The first of the blank lines met since the last row: they are faults unless the file ends.
  private var firstBlank = 0
  private var blanks = 0
  private(set) var provenance: [TraceProvenance] = []

  init(stream: ByteStream, options: TraceOptions, log: TraceLog) {
    lines = LineReader(stream)
    self.log = log
    self.options = options
    layout = Layout(options: options)
    fields = TraceFields(log: log)
  }

  var tenantNames: [String] { layout.tenantNames }

  mutating func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    if !hasHeader { try readHeader() }
    while try lines.next() {
      let line = lines.line
      if line.isEmpty {
        if blanks == 0 { firstBlank = lines.lineNumber }
        blanks += 1
        continue
      }
      if blanks > 0 { try reportBlanks() }
      log.countRecord()
      rowNumber += 1
      fields.record.split(line, lineNumber: lines.lineNumber)
      if fields.record.count != fields.header.width || fields.record.quoteFault != 0 {
        try reportShape(fields.record, fields.header.width)
        continue
      }
      row.sourceRow = rowNumber
      if try layout.parse(fields, &row) {
        return true
      }
    }
    return false
  }

  private mutating func readHeader() throws(InputError) {
    hasHeader = true
    while try lines.next() {
      let line = lines.line
      if Layout.format == .own, line.first == UInt8(ascii: "#") {
        try noteProvenance(line)
        continue
      }
      if line.isEmpty { continue }
      fields.header = try CSVHeader(
        line, lineNumber: lines.lineNumber, format: Layout.format, options: options, log: log)
      return
    }
  }

  private mutating func noteProvenance(_ line: UnsafeBufferPointer<UInt8>) throws(InputError) {
    if let offset = InvalidText.offset(in: line) {
      throw log.fatal(
        .binary, line: lines.lineNumber, column: offset + 1, InvalidText.message(line, at: offset),
        hint: "convert the file to UTF-8 first")
    }
    let text = String(decoding: line.dropFirst().prefix(2000), as: UTF8.self)
    guard let colon = text.firstIndex(of: ":") else {
      throw log.fatal(
        .header, line: lines.lineNumber, column: 1,
        "expected '# key: value' before the header, found \(Excerpt.of(line))")
    }
    func trimmed(_ part: Substring) -> String {
      let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
      let front = part.drop(while: isBlank)
      return String(front.reversed().drop(while: isBlank).reversed())
    }
    // The bound keeps a file of nothing but comments from filling memory.
    guard provenance.count < 1000 else {
      throw log.fatal(.header, line: lines.lineNumber, "more than 1000 lines before the header")
    }
    provenance.append(
      TraceProvenance(
        key: trimmed(text[..<colon]), value: trimmed(text[text.index(after: colon)...])))
  }

  private mutating func reportBlanks() throws(InputError) {
    for offset in 0..<blanks {
      log.countRecord()
      rowNumber += 1
      try log.leaveOut(
        .rowWidth, line: firstBlank + offset, column: 1, "blank line inside the data")
    }
    blanks = 0
  }

  private func reportShape(_ record: CSVRecord, _ width: Int) throws(InputError) {
    // A short last row without a line feed is what an interrupted download leaves behind.
    let isCut = !lines.isTerminated && record.count < width
    let fields = record.count == 1 ? "1 field" : "\(record.count) fields"
    if isCut {
      try log.leaveOut(
        .truncated, line: lines.lineNumber,
        "the last row is cut off after \(fields) of \(width)")
    } else if record.quoteFault != 0 {
      try log.leaveOut(
        .rowWidth, line: lines.lineNumber, column: record.quoteFault,
        "expected a closing quote at the end of the field")
    } else {
      try log.leaveOut(
        .rowWidth, line: lines.lineNumber, column: 1,
        "expected \(width) fields, found \(record.count)")
    }
  }
}
