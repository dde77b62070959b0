import Tables

/// Reads JSON objects, one a line or in a list, whose keys are the columns of a format.
///
/// A fault of a value costs its record alone; a fault of the JSON itself costs its line, or the
/// rest of a list.
final class ObjectSource: TraceRowSource {
  /// What one record says, gathered before it is judged.
  struct Record {
    var seen = 0
    var hashCount: Int64 = -1
    var blockTokens: Int64 = 1
    var total: Int64 = -1
    var durationNS: Int64 = 0
    /// The keys that the format does not know.
    var unknown: [[UInt8]] = []
    var hasTime = false
    var hasParent = false
    var fault: (name: TraceFault, diagnostic: Diagnostic)?
  }

  let format: TraceFormat
  let options: TraceOptions
  let log: TraceLog
  let keepsFollowers: Bool
  @exclusivity(unchecked) var lines: LineReader?
  let json: JSONStream
  /// The names of each column, as bytes.
  private let names: [[[UInt8]]]
  private var isOpen = false
  private var isDone = false
  private var rowNumber: Int64 = 0
  private var timestamps = TimestampScan()
  var tenants = NameTable()
  var tenantParts: [[UInt8]] = []
  var sessions = SessionTable()
  /// The columns of the keys of the record before: most records name theirs in one order.
  @exclusivity(unchecked) private var usual: [Int] = []
  @exclusivity(unchecked) private var keyNumber = 0
  /// Keys that were told to be of no use.
  private var passedOver: [[UInt8]] = []
  var latest: Int64 = 0
  var hasDelays = false
  /// The names of the last record's blocks of its prompt; nil where they are not asked for.
  @exclusivity(unchecked) private(set) var blockNames: [Int64]?

  init(_ format: TraceFormat, _ reading: TraceReading) throws(InputError) {
    self.format = format
    options = reading.options
    log = reading.log
    keepsFollowers = reading.keepsFollowers
    blockNames = reading.keepsBlocks ? [] : nil
    names = format.columns.map { ([$0.name] + $0.aliases).map { Array($0.utf8) } }
    let head = try reading.stream.peek(256).first { $0 > 0x20 && $0 < 0x80 }
    if head == UInt8(ascii: "[") {
      json = try log.json(reading.stream)
    } else {
      lines = LineReader(reading.stream)
      json = JSONStream(linesOf: reading.input.name)
    }
  }

  var tenantNames: [String] { tenants.names }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    while try nextRecord() {
      log.countRecord()
      rowNumber += 1
      row = TraceRow(sourceRow: rowNumber)
      var record = Record()
      blockNames?.removeAll(keepingCapacity: true)
      if lines == nil {
        try read(&row, &record)
      } else {
        do {
          try read(&row, &record)
          try json.finish()
        } catch {
          if record.fault == nil { record.fault = (.json, error.diagnostics[0]) }
        }
      }
      if try isUsable(&row, record) { return true }
    }
    return false
  }

  /// Moves to the next record; false at the end.
  private func nextRecord() throws(InputError) -> Bool {
    while lines != nil {
      guard try lines?.next() == true, let line = lines?.line else { return false }
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      json.start(line, line: lines?.lineNumber ?? 0)
      return true
    }
    if isDone { return false }
    if !isOpen {
      try json.enterArray("'[' before the objects")
      isOpen = true
    }
    if try json.nextElement() { return true }
    isDone = true
    try json.finish()
    return false
  }

  // MARK: one record

  private func read(_ row: inout TraceRow, _ record: inout Record) throws(InputError) {
    let start = json.place
    tenantParts.removeAll(keepingCapacity: true)
    keyNumber = 0
    try json.enterObject(lines == nil ? "an object" : "one JSON object in a line")
    while try json.nextKey() {
      guard let column = columnOfKey() else {
        try passOver(&record)
        continue
      }
      if record.seen & (1 << column) != 0 {
        _ = try json.peekByte()
        note(&record, .duplicateKey, "key '\(format.columns[column].name)' given twice")
        try json.skip()
        continue
      }
      record.seen |= 1 << column
      try readValue(column, &row, &record)
    }
    if record.fault != nil { return }
    let isFollower = row.delayNS >= 0 && !record.hasTime
    for column in format.columns.indices where record.seen & (1 << column) == 0 {
      noteAbsent(column, isFollower, start, &record)
    }
  }

  private func columnOfKey() -> Int? {
    defer { keyNumber += 1 }
    if keyNumber < usual.count, usual[keyNumber] >= 0, names[usual[keyNumber]][0] == json.text {
      return usual[keyNumber]
    }
    let found = names.firstIndex { $0.contains { $0 == json.text } }
    if let found, keyNumber < 64 {
      while usual.count <= keyNumber { usual.append(-1) }
      usual[keyNumber] = found
    }
    return found
  }

  private func passOver(_ record: inout Record) throws(InputError) {
    if format.isOwn, options.isStrict {
      let name = json.textString
      _ = try json.peekByte()
      note(
        &record, .header, "unknown key '\(Excerpt.name(name))' in format \(format.rawValue)",
        hint: name.utf8.count <= 40 ? NearestName.hint(for: name, in: format.known) : nil)
    } else {
      record.unknown.append(json.text)
    }
    if !format.isOwn || !options.isStrict, !passedOver.contains(json.text) {
      if passedOver.count < 64 { passedOver.append(json.text) }
      log.warn(.unknownColumn, "keys not used", naming: Excerpt.name(json.text))
    }
    try json.skip()
  }

  private func readValue(
    _ column: Int, _ row: inout TraceRow, _ record: inout Record
  ) throws(InputError) {
    let meaning = format.columns[column].meaning
    if case .hashBlocks(let tokens) = meaning {
      record.blockTokens = tokens
      // Lists within lists of a file may cross the buffer's end, where they cannot be counted.
      if lines == nil { return try json.skip() }
      if try json.peekByte() != UInt8(ascii: "[") { return try json.skip() }
      if blockNames == nil {
        record.hashCount = try json.countIntegers()
      } else {
        record.hashCount = try json.countIntegers { self.blockNames?.append($0) }
      }
      return
    }
    _ = try json.peekByte()
    if case .unused = meaning { return try json.skip() }
    let place = json.place
    if let other = try json.compoundText() {
      return note(
        &record, .json,
        "expected a single value in '\(format.columns[column].name)', " + "found \(other)",
        at: place)
    }
    let isText = try json.scalar()
    if !isText, json.textIs("null"), format.columns[column].mayBeEmpty { return }
    try take(column, meaning, isText, place, &row, &record)
  }

  private func take(
    _ column: Int, _ meaning: TraceColumn.Meaning, _ isText: Bool, _ place: (Int, Int),
    _ row: inout TraceRow, _ record: inout Record
  ) throws(InputError) {
    var status = ScanStatus.ok
    var clock: TraceClock?
    switch meaning {
    case .time(let own):
      clock = own
      record.hasTime = true
      status = time(own, &row.arrivalNS)
    case .delay(let own):
      clock = own
      status = time(own, &row.delayNS)
      if status != .ok { row.delayNS = -1 }
    case .duration: status = json.decimal(shift: options.unit?.power ?? 9, &record.durationNS)
    case .inputTokens: status = json.whole(&row.inputTokens)
    case .outputTokens: status = json.whole(&row.outputTokens)
    case .totalTokens: status = json.whole(&record.total)
    case .tenant: tenantParts.append(json.text)
    case .session:
      row.session = json.text.withUnsafeBufferPointer { sessions.number(of: $0) }
    case .parent:
      record.hasParent = json.text.first != UInt8(ascii: "-") && !json.text.isEmpty
    case .status(let known, let failed):
      if !known.contains(json.textString) {
        return note(
          &record, .category,
          "unknown status \(json.excerpt) in '\(format.columns[column].name)'",
          hint: NearestName.hint(for: json.textString, in: known), at: place)
      }
      if json.textString == failed { log.warn(.failedRequests) }
    case .hashBlocks, .unused, .run: break
    }
    if status == .ok { return }
    let isTime = clock != nil
    let (name, hint) = json.text.withUnsafeBufferPointer {
      status.fault(isTime: isTime, clock: clock, unit: options.unit, text: $0)
    }
    note(
      &record, name,
      "expected \(expected(clock, status)) in '\(format.columns[column].name)', found "
        + (isText ? "the string " : "") + json.excerpt, hint: hint, at: place)
  }

  private func expected(_ clock: TraceClock?, _ status: ScanStatus) -> String {
    guard let clock else { return "a non-negative integer" }
    if status == .tooLarge { return clock.bound(options.unit) }
    return options.unit.map { "a time in \($0.name)" } ?? clock.expected
  }

  private func time(_ clock: TraceClock, _ value: inout Int64) -> ScanStatus {
    json.text.withUnsafeBufferPointer {
      clock.scan($0, unit: options.unit, &timestamps, &value)
    }
  }

  func note(
    _ record: inout Record, _ name: TraceFault, _ message: String, hint: String? = nil,
    at place: (Int, Int)? = nil
  ) {
    guard record.fault == nil else { return }
    let (line, column) = place ?? json.place
    record.fault = (
      name, Diagnostic(file: json.file, line: line, column: column, message: message, hint: hint)
    )
  }
}
