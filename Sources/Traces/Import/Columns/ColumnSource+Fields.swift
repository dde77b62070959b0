import Tables

/// Reading of single fields, and what is wrong with rows.
extension ColumnSource {
  /// A field without the blanks around it; nil where there are none.
  static func trimmed(
    _ field: UnsafeBufferPointer<UInt8>
  ) -> UnsafeBufferPointer<UInt8>? {
    var (start, end) = (0, field.count)
    while start < end, field[start] == 0x20 { start += 1 }
    while end > start, field[end - 1] == 0x20 { end -= 1 }
    return end - start < field.count && end > start
      ? UnsafeBufferPointer(rebasing: field[start..<end]) : nil
  }

  /// Reads a number or time once more.
  func again(
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
  func isOfThisRun() -> Bool {
    key.removeAll(keepingCapacity: true)
    for field in plan.runFields {
      if field != plan.runFields[0] { key.append(UInt8(ascii: ",")) }
      rows.appendText(field, to: &key)
    }
    if run.isEmpty { run = key }
    if key == run { return true }
    log.leaveOutOnRequest(.otherRun, count: 1)
    log.warn(
      .otherRuns,
      note: "the file holds several runs; the requests of the first, "
        + "\(Excerpt.name(run)) (policy, seed), are read")
    return false
  }

  func noteParent(_ field: UnsafeBufferPointer<UInt8>) {
    if field.first == UInt8(ascii: "-") { return }
    log.warn(.sessions, note: TraceLog.recordedTimes)
  }

  /// Numbers the tenant: of several columns, their texts with '/' in between.
  func readTenant(_ tenant: inout Int32) throws(InputError) -> Bool {
    var number: Int32?
    if plan.tenantFields.count == 1, rows.isPlain(plan.tenantFields[0]) {
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
  func leaveOut(
    _ fault: TraceFault, _ step: ColumnPlan.Step, _ message: @autoclosure () -> String,
    hint: String? = nil
  ) throws(InputError) -> Bool {
    try log.leaveOut(
      fault, line: rows.lineNumber, column: rows.column(step.field), message(), hint: hint)
    return false
  }

  /// Leaves the row out for a number or time that could not be read.
  func leaveOut(
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

  func reportBlanks() throws(InputError) {
    for offset in 0..<blanks {
      log.countRecord()
      rowNumber += 1
      try log.leaveOut(
        .rowWidth, line: firstBlank + offset, column: 1, "blank line inside the data")
    }
    blanks = 0
  }

  func reportShape() throws(InputError) {
    if rows.quoteFault != 0, rows.isTerminated || rows.count >= plan.width {
      return try log.leaveOut(
        .rowWidth, line: rows.lineNumber, column: rows.quoteFault,
        "expected a closing quote at the end of the field")
    }
    try log.leaveOutShape(rows, width: plan.width)
  }
}
