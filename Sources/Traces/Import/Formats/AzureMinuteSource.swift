import Tables

/// Azure Functions 2019: for each function a day's invocations in each of 1440 minutes.
///
/// Published at https://github.com/Azure/AzurePublicDataset under CC BY 4.0; counts are logged
/// after execution. A file runs function by function and a trace minute by minute, so the counts
/// are kept, packed: a byte for most counts and two or three for a run of empty minutes. The
/// invocations themselves are never held: each function in use keeps one generator. Of several days
/// one is held at a time; a function that a day's file lacks has no invocations on that day.
final class AzureMinuteSource: TraceRowSource {
  private static let minutes = MinuteMerge.minutes
  private static let minuteNS = MinuteMerge.minuteNS
  private static let keyFields = 4
  private static let triggers = [
    "http", "timer", "event", "queue", "storage", "orchestration", "others",
  ]

  private let days: [TraceInput]
  private var day = 0
  private var rows = CSVRows(ByteStream(name: "", bytes: []))
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
  @exclusivity(unchecked) private(set) var tenantTotals: [Int64] = []
  private var number: Int32 = 0
  private var sums = BinTotals()
  // Touched for every row and cell by this object alone: see `CSVRows`.
  @exclusivity(unchecked) private var perMinute = [Int64](repeating: 0, count: minutes)
  @exclusivity(unchecked) private var merge: MinuteMerge?
  private var key: [UInt8] = []
  @exclusivity(unchecked) private var cells = [Int64](repeating: 0, count: minutes)

  init(_ reading: TraceReading) throws(InputError) {
    days = reading.input.parts
    wanted = reading.wanted
    log = reading.log
    options = reading.options
    expands = reading.expands
    sums.binNS = Self.minuteNS
    if days.count > Int(Int64.max / Self.minuteNS) / Self.minutes {
      throw log.fatal(.timeParse, "at most 292 years fit")
    }
  }

  var totals: BinTotals? { sums }
  var tenantNames: [String] { functions.names }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    while true {
      if merge?.next(&row) == true { return true }
      merge = nil
      guard day < days.count else {
        if day == days.count { sums.closeRun(at: sums.endNS, gapNS: options.gapNS) }
        day = days.count + 1
        return false
      }
      try readDay()
    }
  }

  private func readDay() throws(InputError) {
    log.file = days[day].name
    if day > 0 {
      try TraceHead.refuseForeign(try days[day].head(TraceHead.size), file: days[day].name)
    }
    rows = CSVRows(try days[day].open(), quoting: .none)
    day += 1
    try readTable()
    if expands {
      merge = MinuteMerge(table: table, day: day - 1, names: functions, options: options)
    }
    table = PackedCounts()
  }

  private func readTable() throws(InputError) {
    var hasHeader = false
    while try rows.next() {
      if rows.isBlank { continue }
      if !hasHeader {
        try checkHeader()
        hasHeader = true
        continue
      }
      log.countRecord()
      rowNumber += 1
      if try readRow() { keepRow() }
    }
    sumDay()
  }

  private func checkHeader() throws(InputError) {
    let header = CSVHeader(rows, isFolded: false)
    let expected =
      TraceFormat.azureFunctionsMinute.required + (1...Self.minutes).map(String.init)
    for (index, name) in expected.enumerated() {
      guard index < header.width else {
        throw log.fatal(
          .header, line: rows.lineNumber, column: rows.line.count + 1,
          "the column '\(name)' is missing: \(header.width) columns of \(expected.count)",
          hint: "one column for each of the minutes 1 to \(Self.minutes)")
      }
      guard header.names[index] == name else {
        throw log.fatal(
          .header, line: rows.lineNumber, column: header.places[index],
          "expected the column '\(name)', found '\(header.names[index].prefix(40))'",
          hint: "minutes run from 1 to \(Self.minutes) without a gap or a repeat")
      }
    }
    if header.width > expected.count {
      throw log.fatal(
        .header, line: rows.lineNumber, column: header.places[expected.count],
        "unknown column '\(header.names[expected.count].prefix(40))' after minute \(Self.minutes)")
    }
  }

  private func readRow() throws(InputError) -> Bool {
    guard rows.count == Self.keyFields + Self.minutes else {
      try log.leaveOutShape(rows, width: Self.keyFields + Self.minutes)
      return false
    }
    guard try isTrigger(rows[Self.keyFields - 1]) else { return false }
    for minute in 0..<Self.minutes {
      let text = rows[Self.keyFields + minute]
      let status = NumberScan.whole(text, &cells[minute])
      if status == .ok, cells[minute] <= options.maximumCount { continue }
      let (fault, expected, hint) = status.countFault(maximum: options.maximumCount)
      try log.leaveOut(
        fault, line: rows.lineNumber, column: rows.column(Self.keyFields + minute),
        "expected \(expected) in minute '\(minute + 1)', found \(Excerpt.of(text))", hint: hint)
      return false
    }
    return try numberFunction(
      UnsafeBufferPointer(rebasing: rows.line[..<(rows.column(Self.keyFields - 1) - 2)]))
  }

  private func isTrigger(_ text: UnsafeBufferPointer<UInt8>) throws(InputError) -> Bool {
    let name = String(decoding: text.prefix(40), as: UTF8.self)
    if Self.triggers.contains(name) { return true }
    try log.leaveOut(
      .category, line: rows.lineNumber, column: rows.column(Self.keyFields - 1),
      "unknown trigger \(Excerpt.of(text)) in 'Trigger'",
      hint: NearestName.hint(for: name, in: Self.triggers))
    return false
  }

  private func numberFunction(_ name: UnsafeBufferPointer<UInt8>) throws(InputError) -> Bool {
    key.removeAll(keepingCapacity: true)
    key.append(contentsOf: name)
    for index in key.indices where key[index] == UInt8(ascii: ",") { key[index] = 0x2F }
    guard let number = key.withUnsafeBufferPointer({ functions.number(of: $0) }) else {
      if let offset = InvalidText.offset(inName: name) {
        try log.leaveOut(
          .binary, line: rows.lineNumber, column: offset + 1,
          InvalidText.message(name, at: offset), hint: "convert the file to UTF-8 first")
        return false
      }
      try log.leaveOut(
        .category, line: rows.lineNumber, column: 1, "more than \(NameTable.limit) functions")
      return false
    }
    if latestDay.count < functions.count {
      latestDay.append(0)
      tenantTotals.append(0)
    }
    guard latestDay[Int(number)] < day else {
      try log.leaveOut(
        .duplicateKey, line: rows.lineNumber, column: 1,
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
    }
  }

  /// Adds the day's minutes and starts anew for the next day's counts.
  private func sumDay() {
    for minute in 0..<Self.minutes {
      let start = Int64((day - 1) * Self.minutes + minute) * Self.minuteNS
      sums.add(
        startNS: start, endNS: start + Self.minuteNS, count: perMinute[minute],
        gapNS: options.gapNS)
      perMinute[minute] = 0
    }
  }
}
