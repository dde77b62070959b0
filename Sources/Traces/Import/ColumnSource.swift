import Tables

/// Reads the rows of a table as its format's columns describe it.
final class ColumnSource: TraceRowSource {
  private let rows: CSVRows
  private let format: TraceFormat
  private let options: TraceOptions
  private let log: TraceLog
  // Touched for every row by this object alone: see `CSVRows`.
  @exclusivity(unchecked) private var plan = ColumnPlan()
  @exclusivity(unchecked) private var rowNumber: Int64 = 0
  @exclusivity(unchecked) private var timestamps = TimestampScan()
  @exclusivity(unchecked) private var tenants = NameTable()
  @exclusivity(unchecked) private var key: [UInt8] = []
  @exclusivity(unchecked) private var latest: Int64 = 0
  private var sessions = SessionTable()
  /// The run that is read, where rows say theirs.
  private var run: [UInt8] = []
  @exclusivity(unchecked) private var hasHeader = false
  /// The first of the blank lines met since the last row: they are faults unless the file ends.
  private var firstBlank = 0
  @exclusivity(unchecked) private var blanks = 0
  private(set) var provenance: [TraceProvenance] = []

  init(_ format: TraceFormat, _ reading: TraceReading) {
    self.format = format
    rows = CSVRows(reading.stream, quoting: .line)
    options = reading.options
    log = reading.log
  }

  var tenantNames: [String] { tenants.names }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    if !hasHeader { try readHeader() }
    while try rows.next() {
      if rows.isBlank {
        if blanks == 0 { firstBlank = rows.lineNumber }
        blanks += 1
        continue
      }
      if blanks > 0 { try reportBlanks() }
      log.countRecord()
      rowNumber += 1
      if rows.count != plan.width || rows.quoteFault != 0 {
        try reportShape()
        continue
      }
      row = TraceRow(sourceRow: rowNumber)
      if try parse(&row) { return true }
    }
    return false
  }

  // MARK: fields

  private func parse(_ row: inout TraceRow) throws(InputError) -> Bool {
    var total: Int64 = -1
    for step in plan.steps {
      let field = rows[step.field]
      if step.mayBeEmpty, field.isEmpty {
        if step.kind == .input, format.columns[step.column].isRequired { log.warn(.missingSize) }
        continue
      }
      var status = ScanStatus.ok
      switch step.kind {
      case .run: if !isOfThisRun() { return false }
      case .time:
        status = step.clock.scan(field, unit: options.unit, &timestamps, &row.arrivalNS)
        if status == .ok, format.isOwn, try !isInOrder(row, step) { return false }
      case .duration:
        var duration: Int64 = 0
        status = NumberScan.decimal(field, shift: options.unit?.power ?? 9, &duration)
        row.arrivalNS -= duration
        if status == .ok, row.arrivalNS < 0, try !isClamped(&row) { return false }
      case .input: status = NumberScan.whole(field, &row.inputTokens)
      case .output: status = NumberScan.whole(field, &row.outputTokens)
      case .total: status = NumberScan.whole(field, &total)
      case .status: if try !isKnownStatus(field, step) { return false }
      case .parent: noteParent(field)
      case .session: row.session = sessions.number(of: field)
      case .tenant: if try !readTenant(&row.tenant) { return false }
      }
      // Programs that write a blank after each comma mean the number.
      if status == .malformed, let inner = Self.trimmed(field) {
        status = again(step, inner, &row, &total)
      }
      if status != .ok { return try leaveOut(status, step) }
    }
    if total >= 0 {
      let (sum, overflows) = row.inputTokens.addingReportingOverflow(row.outputTokens)
      if overflows || sum != total { log.warn(.totalMismatch) }
    }
    if plan.zeroFails, row.outputTokens == 0 { log.warn(.failedRequests) }
    return true
  }

  /// A field without the blanks around it; nil where there are none.
  private static func trimmed(
    _ field: UnsafeBufferPointer<UInt8>
  ) -> UnsafeBufferPointer<UInt8>? {
    var (start, end) = (0, field.count)
    while start < end, field[start] == 0x20 { start += 1 }
    while end > start, field[end - 1] == 0x20 { end -= 1 }
    return end - start < field.count && end > start
      ? UnsafeBufferPointer(rebasing: field[start..<end]) : nil
  }

  /// Reads a number or time once more.
  private func again(
    _ step: ColumnPlan.Step, _ field: UnsafeBufferPointer<UInt8>, _ row: inout TraceRow,
    _ total: inout Int64
  ) -> ScanStatus {
    switch step.kind {
    case .time: step.clock.scan(field, unit: options.unit, &timestamps, &row.arrivalNS)
    case .input: NumberScan.whole(field, &row.inputTokens)
    case .output: NumberScan.whole(field, &row.outputTokens)
    case .total: NumberScan.whole(field, &total)
    default: .malformed
    }
  }

  /// Whether a row is of the run that the file begins with; those of others are counted.
  private func isOfThisRun() -> Bool {
    key.removeAll(keepingCapacity: true)
    for field in plan.runFields {
      if field != plan.runFields[0] { key.append(UInt8(ascii: ",")) }
      rows.appendText(field, to: &key)
    }
    if run.isEmpty { run = key }
    if key == run { return true }
    log.leaveOutOnRequest(.otherRun, count: 1)
    log.warn(
      .otherRuns, note: "the file holds several runs; the requests of the first, "
        + "\(Excerpt.name(run)) (policy, seed), are read")
    return false
  }

  private func noteParent(_ field: UnsafeBufferPointer<UInt8>) {
    if field.first == UInt8(ascii: "-") { return }
    log.warn(.sessions, note: TraceLog.recordedTimes)
  }

  private func isInOrder(_ row: TraceRow, _ step: ColumnPlan.Step) throws(InputError) -> Bool {
    if options.isStrict, row.arrivalNS < latest {
      return try leaveOut(
        .timeOrder, step,
        "'\(format.columns[step.column].name)' decreases from \(latest) to \(row.arrivalNS)",
        hint: "sort the table by it")
    }
    latest = max(latest, row.arrivalNS)
    return true
  }

  private func isClamped(_ row: inout TraceRow) throws(InputError) -> Bool {
    guard options.clampsNegativeTimes else {
      return try leaveOut(
        .timeNegative, plan.steps.first { $0.kind == .time } ?? plan.steps[0],
        "the request arrives \(SecondsText.of(-row.arrivalNS)) s before the trace's start",
        hint: "such arrivals can be moved to the start: --clamp")
    }
    row.arrivalNS = 0
    log.warn(.clamped)
    return true
  }

  private func isKnownStatus(
    _ field: UnsafeBufferPointer<UInt8>, _ step: ColumnPlan.Step
  ) throws(InputError) -> Bool {
    let column = format.columns[step.column]
    guard case .status(let known, let failed) = column.meaning else { return true }
    let text = String(decoding: field.prefix(Excerpt.limit), as: UTF8.self)
    guard known.contains(text), field.count <= Excerpt.limit else {
      return try leaveOut(
        .category, step, "unknown status \(Excerpt.of(field)) in '\(column.name)'",
        hint: NearestName.hint(for: text, in: known))
    }
    if text == failed { log.warn(.failedRequests) }
    return true
  }

  /// Numbers the tenant: of several columns, their texts with '/' in between.
  private func readTenant(_ tenant: inout Int32) throws(InputError) -> Bool {
    var number: Int32?
    if plan.tenantFields.count == 1, !rows.hasEscapes {
      number = tenants.number(of: rows[plan.tenantFields[0]])
    } else {
      key.removeAll(keepingCapacity: true)
      for field in plan.tenantFields {
        if field != plan.tenantFields[0] { key.append(UInt8(ascii: "/")) }
        rows.appendText(field, to: &key)
      }
      key.withUnsafeBufferPointer { number = tenants.number(of: $0) }
    }
    if let number {
      tenant = number
      return true
    }
    for field in plan.tenantFields {
      guard let offset = InvalidText.offset(in: rows[field]) else { continue }
      try log.leaveOut(
        .binary, line: rows.lineNumber,
        column: rows.column(field) + offset + (rows.isQuoted(field) ? 1 : 0),
        InvalidText.message(rows[field], at: offset), hint: "convert the file to UTF-8 first")
      return false
    }
    try log.leaveOut(
      .category, line: rows.lineNumber, column: rows.column(plan.tenantFields[0]),
      "more than \(NameTable.limit) different names")
    return false
  }

  // MARK: faults

  /// Leaves the row out; always returns false, for `return try leaveOut(…)`.
  private func leaveOut(
    _ fault: TraceFault, _ step: ColumnPlan.Step, _ message: @autoclosure () -> String,
    hint: String? = nil
  ) throws(InputError) -> Bool {
    try log.leaveOut(
      fault, line: rows.lineNumber, column: rows.column(step.field), message(), hint: hint)
    return false
  }

  /// Leaves the row out for a number or time that could not be read.
  private func leaveOut(
    _ status: ScanStatus, _ step: ColumnPlan.Step
  ) throws(InputError) -> Bool {
    let column = format.columns[step.column]
    var expected = "a non-negative integer"
    var clock: TraceClock?
    switch column.meaning {
    case .time(let own):
      clock = own
      expected = options.unit.map { "a time in \($0.name)" } ?? own.expected
      if status == .tooLarge { expected = own.bound(options.unit) }
    case .duration: expected = "a non-negative span in seconds"
    default: break
    }
    let isTime = step.kind == .time || step.kind == .duration
    let (fault, hint) = status.fault(
      isTime: isTime, clock: clock, unit: options.unit, text: rows[step.field])
    return try leaveOut(
      fault, step,
      "expected \(expected) in '\(column.name)', found \(Excerpt.of(rows[step.field]))", hint: hint)
  }

  private func reportBlanks() throws(InputError) {
    for offset in 0..<blanks {
      log.countRecord()
      rowNumber += 1
      try log.leaveOut(
        .rowWidth, line: firstBlank + offset, column: 1, "blank line inside the data")
    }
    blanks = 0
  }

  private func reportShape() throws(InputError) {
    if rows.quoteFault != 0, rows.isTerminated || rows.count >= plan.width {
      return try log.leaveOut(
        .rowWidth, line: rows.lineNumber, column: rows.quoteFault,
        "expected a closing quote at the end of the field")
    }
    try log.leaveOutShape(rows, width: plan.width)
  }

  // MARK: header

  private func readHeader() throws(InputError) {
    hasHeader = true
    while try rows.nextLine() {
      if rows.isBlank { continue }
      if format.isOwn, rows.line.first == UInt8(ascii: "#") {
        try noteProvenance()
        continue
      }
      try rows.split()
      plan = try ColumnPlan(rows, format: format, options: options, log: log)
      return
    }
  }

  private func noteProvenance() throws(InputError) {
    let line = rows.line
    if let offset = InvalidText.offset(in: line) {
      throw log.fatal(
        .binary, line: rows.lineNumber, column: offset + 1, InvalidText.message(line, at: offset),
        hint: "convert the file to UTF-8 first")
    }
    guard line.contains(UInt8(ascii: ":")) else {
      throw log.fatal(
        .header, line: rows.lineNumber, column: 1,
        "expected '# key: value' before the header, found \(Excerpt.of(line))")
    }
    // The bound keeps a file of nothing but comments from filling memory.
    guard provenance.count < 1000 else {
      throw log.fatal(.header, line: rows.lineNumber, "more than 1000 lines before the header")
    }
    let comment = CSVComment(Array(line.prefix(2001))[...], line: rows.lineNumber)
    provenance.append(TraceProvenance(key: comment.key, value: comment.value))
  }
}
