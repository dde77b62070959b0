import Tables

/// Azure Functions 2019: for each function a day's invocations in each of 1440 minutes.
///
/// Published at https://github.com/Azure/AzurePublicDataset under CC BY 4.0; counts are logged
/// after execution. A file runs function by function and a trace minute by minute, so the counts
/// are kept, packed: a byte for most counts and two or three for a run of empty minutes. The
/// invocations themselves are never held: each function in use keeps one generator.
final class AzureMinuteSource: TraceRowSource {
  static let minutes = 1440
  static let minuteNS: Int64 = 60_000_000_000
  private static let keyFields = 4
  private static let triggers = [
    "http", "timer", "event", "queue", "storage", "orchestration", "others",
  ]

  private var lines: LineReader
  private let log: TraceLog
  private let options: TraceOptions
  private let expands: Bool
  private var rowNumber: Int64 = 0
  private var functions = NameTable()
  private var table = PackedCounts()
  private var isRead = false
  private var sums = BinTotals()
  private var perMinute = [Int64](repeating: 0, count: minutes)
  private var merge: MinuteMerge?
  private var key: [UInt8] = []
  private var cells = [Int64](repeating: 0, count: minutes)

  init(stream: ByteStream, options: TraceOptions, log: TraceLog, expands: Bool) {
    lines = LineReader(stream)
    self.log = log
    self.options = options
    self.expands = expands
    sums.binNS = Self.minuteNS
    sums.endNS = Int64(Self.minutes) * Self.minuteNS
  }

  var totals: BinTotals? { sums }
  var tenantNames: [String] { functions.names }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    if !isRead {
      isRead = true
      try readTable()
      if expands {
        merge = MinuteMerge(table: table, names: functions, options: options)
        table = PackedCounts()
      }
    }
    return merge?.next(&row) ?? false
  }

  private func readTable() throws(InputError) {
    var hasHeader = false
    while try lines.next() {
      let line = lines.line
      if line.isEmpty { continue }
      if !hasHeader {
        try checkHeader(line)
        hasHeader = true
        continue
      }
      log.countRecord()
      rowNumber += 1
      if try readRow(line) { keepRow() }
    }
    closeRuns()
  }

  private func checkHeader(_ line: UnsafeBufferPointer<UInt8>) throws(InputError) {
    let names = CSVHeader.names(line)
    let keys = TraceFormat.azureFunctionsMinute.columns.required
    let expected = keys + (1...Self.minutes).map(String.init)
    for (index, name) in expected.enumerated() {
      guard index < names.count else {
        throw log.fatal(
          .header, line: lines.lineNumber, column: line.count + 1,
          "the column '\(name)' is missing: \(names.count) columns of \(expected.count)",
          hint: "one column for each of the minutes 1 to \(Self.minutes)")
      }
      guard names[index].text == name else {
        throw log.fatal(
          .header, line: lines.lineNumber, column: names[index].column,
          "expected the column '\(name)', found '\(names[index].text.prefix(40))'",
          hint: "minutes run from 1 to \(Self.minutes) without a gap or a repeat")
      }
    }
    if names.count > expected.count {
      throw log.fatal(
        .header, line: lines.lineNumber, column: names[expected.count].column,
        "unknown column '\(names[expected.count].text.prefix(40))' after minute \(Self.minutes)")
    }
  }

  private func readRow(_ line: UnsafeBufferPointer<UInt8>) throws(InputError) -> Bool {
    let width = line.reduce(1) { $0 + ($1 == UInt8(ascii: ",") ? 1 : 0) }
    let expected = Self.keyFields + Self.minutes
    guard width == expected else {
      if width < expected, !lines.isTerminated {
        try log.leaveOut(
          .truncated, line: lines.lineNumber,
          "the last row is cut off after \(width) fields of \(expected)")
      } else {
        try log.leaveOut(
          .rowWidth, line: lines.lineNumber, column: 1, "expected \(expected) fields, found \(width)"
        )
      }
      return false
    }
    var start = 0
    var field = 0
    var keyEnd = 0
    for index in 0...line.count where index == line.count || line[index] == UInt8(ascii: ",") {
      let text = UnsafeBufferPointer(rebasing: line[start..<index])
      if field >= Self.keyFields {
        guard try readCell(text, field - Self.keyFields, start) else { return false }
      } else if field == Self.keyFields - 1 {
        guard try isTrigger(text, start) else { return false }
      } else {
        keyEnd = index
      }
      field += 1
      start = index + 1
    }
    return try numberFunction(UnsafeBufferPointer(rebasing: line[..<keyEnd]))
  }

  private func readCell(
    _ text: UnsafeBufferPointer<UInt8>, _ minute: Int, _ start: Int
  ) throws(InputError) -> Bool {
    let status = NumberScan.whole(text, &cells[minute])
    if status == .ok, cells[minute] <= options.maximumCount { return true }
    let fault = CountFault.of(status, maximum: options.maximumCount)
    try log.leaveOut(
      fault.fault, line: lines.lineNumber, column: start + 1,
      "expected \(fault.expected) in minute '\(minute + 1)', found \(Excerpt.of(text))",
      hint: fault.hint)
    return false
  }

  private func isTrigger(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int
  ) throws(InputError) -> Bool {
    let name = String(decoding: text.prefix(40), as: UTF8.self)
    if Self.triggers.contains(name) { return true }
    try log.leaveOut(
      .category, line: lines.lineNumber, column: start + 1,
      "unknown trigger \(Excerpt.of(text)) in 'Trigger'",
      hint: NearestName.hint(for: name, in: Self.triggers))
    return false
  }

  private func numberFunction(_ name: UnsafeBufferPointer<UInt8>) throws(InputError) -> Bool {
    key.removeAll(keepingCapacity: true)
    key.append(contentsOf: name)
    for index in key.indices where key[index] == UInt8(ascii: ",") { key[index] = 0x2F }
    let known = functions.count
    let number = key.withUnsafeBufferPointer { functions.number(of: $0) }
    if number.map({ Int($0) == known }) == true { return true }
    try log.leaveOut(
      .duplicateKey, line: lines.lineNumber, column: 1,
      number == nil
        ? "more than \(NameTable.limit) functions"
        : "the function \(Excerpt.of(name)) is given twice")
    return false
  }

  private func keepRow() {
    table.append(cells, sourceRow: rowNumber)
    for minute in 0..<Self.minutes {
      // A million functions times the largest count stay below Int64.max.
      perMinute[minute] &+= cells[minute]
      sums.requests &+= cells[minute]
    }
  }

  private func closeRuns() {
    var emptySince = 0
    var isFirst = true
    for minute in 0...Self.minutes {
      let isEnd = minute == Self.minutes
      guard isEnd || perMinute[minute] > 0 else { continue }
      let start = Int64(minute) * Self.minuteNS
      if !isEnd, isFirst {
        sums.firstNS = start
        isFirst = false
      }
      if minute > emptySince {
        let from = Int64(emptySince) * Self.minuteNS
        sums.gaps.add(startNS: from, lengthNS: start - from, limit: options.gapNS)
      }
      emptySince = minute + 1
    }
  }
}
