import Tables

/// Reads the rows of a table as its format's columns describe it.
final class ColumnSource: TraceRowSource {
  let rows: CSVRows
  let format: TraceFormat
  let options: TraceOptions
  let log: TraceLog
  // Touched for every row by this object alone: see `CSVRows`.
  @exclusivity(unchecked) var plan = ColumnPlan()
  @exclusivity(unchecked) var rowNumber: Int64 = 0
  @exclusivity(unchecked) var timestamps = TimestampScan()
  @exclusivity(unchecked) var tenants = NameTable()
  @exclusivity(unchecked) var key: [UInt8] = []
  @exclusivity(unchecked) var latest: Int64 = 0
  var sessions = SessionTable()
  /// The run that is read, where rows say theirs.
  var run: [UInt8] = []
  @exclusivity(unchecked) private var hasHeader = false
  /// The first of the blank lines met since the last row: they are faults unless the file ends.
  var firstBlank = 0
  @exclusivity(unchecked) var blanks = 0
  private(set) var provenance: [TraceProvenance] = []

  init(_ format: TraceFormat, _ reading: TraceReading) {
    self.format = format
    rows = CSVRows(reading.stream, quoting: .line, isOurs: format.isOurs)
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
      case .session:
        row.session = sessions.number(of: field)
        if sessions.begin(row.session) { log.warn(.sessions, note: TraceLog.recordedTimes) }
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

  // MARK: header

  private func readHeader() throws(InputError) {
    hasHeader = true
    while try rows.nextLine() {
      if rows.isBlank { continue }
      if rows.line.first == UInt8(ascii: "#") {
        // Someone's own note, where the format has no such lines.
        if format.isOwn { try noteProvenance() }
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
