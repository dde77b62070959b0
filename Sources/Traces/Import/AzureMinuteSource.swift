import Tables

/// Azure Functions 2019: for each function a day's invocations in each of 1440 minutes.
///
/// Published at https://github.com/Azure/AzurePublicDataset under CC BY 4.0; counts are logged
/// after execution. A file runs function by function and a trace minute by minute, so the counts
/// are kept, packed: a byte for most counts and two or three for a run of empty minutes. The
/// invocations themselves are never held: each function in use keeps one generator. Of several days
/// one is held at a time; a function that a day's file lacks has no invocations on that day.
final class AzureMinuteSource: TraceRowSource {
  static let minutes = 1440
  static let minuteNS: Int64 = 60_000_000_000
  private static let keyFields = 4
  private static let triggers = [
    "http", "timer", "event", "queue", "storage", "orchestration", "others",
  ]

  private let days: [TraceInput]
  private var day = 0
  private var lines: LineReader
  private let log: TraceLog
  private let options: TraceOptions
  private let expands: Bool
  /// Which functions are placed, by number; all where it is nil.
  private let wanted: [Bool]?
  private var rowNumber: Int64 = 0
  private var functions = NameTable()
  private var table = PackedCounts()
  /// For each function the latest day, from 1, on which it has a row.
  private var latestDay: [Int] = []
  private(set) var tenantTotals: [Int64] = []
  private var number: Int32 = 0
  private var emptySince = 0
  private var hasFirst = false
  private var sums = BinTotals()
  private var perMinute = [Int64](repeating: 0, count: minutes)
  private var merge: MinuteMerge?
  private var key: [UInt8] = []
  private var cells = [Int64](repeating: 0, count: minutes)

  init(
    days: [TraceInput], options: TraceOptions, log: TraceLog, expands: Bool, wanted: [Bool]?
  ) throws(InputError) {
    self.days = days
    self.wanted = wanted
    lines = LineReader(ByteStream(name: "", bytes: []))
    self.log = log
    self.options = options
    self.expands = expands
    sums.binNS = Self.minuteNS
    let (end, overflows) = (Int64(Self.minutes) * Self.minuteNS)
      .multipliedReportingOverflow(by: Int64(days.count))
    if overflows { throw log.fatal(.timeParse, "at most 292 years fit") }
    sums.endNS = end
  }

  var totals: BinTotals? { sums }
  var tenantNames: [String] { functions.names }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    while true {
      if merge?.next(&row) == true { return true }
      merge = nil
      guard day < days.count else {
        if day == days.count { closeRun(at: day * Self.minutes) }
        day = days.count + 1
        return false
      }
      try readDay()
    }
  }

  private func readDay() throws(InputError) {
    log.file = days[day].name
    if day > 0 {
      try FormatDetection.refuseForeign(
        try days[day].head(FormatDetection.headSize), file: days[day].name)
    }
    lines = LineReader(try days[day].open())
    day += 1
    try readTable()
    if expands {
      merge = MinuteMerge(table: table, day: day - 1, names: functions, options: options)
    }
    table = PackedCounts()
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
    sumDay()
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
          .rowWidth, line: lines.lineNumber, column: 1,
          "expected \(expected) fields, found \(width)"
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
    guard let number = key.withUnsafeBufferPointer({ functions.number(of: $0) }) else {
      if let offset = InvalidText.offset(in: name) {
        try log.leaveOut(
          .binary, line: lines.lineNumber, column: offset + 1,
          InvalidText.message(name, at: offset), hint: "convert the file to UTF-8 first")
        return false
      }
      try log.leaveOut(
        .category, line: lines.lineNumber, column: 1, "more than \(NameTable.limit) functions")
      return false
    }
    if latestDay.count < functions.count {
      latestDay.append(0)
      tenantTotals.append(0)
    }
    guard latestDay[Int(number)] < day else {
      try log.leaveOut(
        .duplicateKey, line: lines.lineNumber, column: 1,
        "the function \(Excerpt.of(name)) is given twice")
      return false
    }
    latestDay[Int(number)] = day
    self.number = number
    return true
  }

  private func keepRow() {
    let isWanted = wanted.map { $0.indices.contains(Int(number)) && $0[Int(number)] } ?? true
    if isWanted { table.append(cells, sourceRow: rowNumber, function: number) }
    for minute in 0..<Self.minutes {
      // A million functions times the largest count stay below Int64.max.
      perMinute[minute] &+= cells[minute]
      tenantTotals[Int(number)] &+= cells[minute]
      sums.requests &+= cells[minute]
    }
  }

  /// Notes the day's empty minutes and starts anew for the next day's counts.
  private func sumDay() {
    let first = (day - 1) * Self.minutes
    for minute in 0..<Self.minutes where perMinute[minute] > 0 {
      perMinute[minute] = 0
      let absolute = first + minute
      if !hasFirst {
        sums.firstNS = Int64(absolute) * Self.minuteNS
        hasFirst = true
      }
      closeRun(at: absolute)
      emptySince = absolute + 1
    }
  }

  private func closeRun(at minute: Int) {
    guard minute > emptySince else { return }
    sums.gaps.add(
      startNS: Int64(emptySince) * Self.minuteNS,
      lengthNS: Int64(minute - emptySince) * Self.minuteNS, limit: options.gapNS)
  }
}
