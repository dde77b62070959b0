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
      case .date: status = timestamps.scan(field, &row.arrivalNS)
      case .seconds: status = NumberScan.decimal(field, shift: 9, &row.arrivalNS)
      case .whole:
        status = NumberScan.whole(field, &row.arrivalNS)
        let (time, overflows) = row.arrivalNS.multipliedReportingOverflow(by: step.unitNS)
        row.arrivalNS = time
        if status == .ok, overflows { status = .tooLarge }
        if status == .ok, format.isOwn, try !isInOrder(row, step) { return false }
      case .duration:
        var duration: Int64 = 0
        status = NumberScan.decimal(field, shift: 9, &duration)
        row.arrivalNS -= duration
        if status == .ok, row.arrivalNS < 0, try !isClamped(&row) { return false }
      case .input: status = NumberScan.whole(field, &row.inputTokens)
      case .output: status = NumberScan.whole(field, &row.outputTokens)
      case .total: status = NumberScan.whole(field, &total)
      case .status: if try !isKnownStatus(field, step) { return false }
      case .tenant: if try !readTenant(&row.tenant) { return false }
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
        .timeNegative, plan.steps[0],
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
      guard let offset = InvalidText.offset(inName: rows[field]) else { continue }
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
    switch column.meaning {
    case .time(let clock): expected = clock.expected
    case .duration: expected = "a non-negative span in seconds"
    default: break
    }
    let isTime = step.kind.rawValue <= ColumnPlan.Kind.duration.rawValue
    let (fault, hint) = status.fault(isTime: isTime)
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
