import Tables

/// One JSON array of gaps in seconds: request i arrives at the sum of the first i gaps, exactly.
final class InterArrivalSource: TraceRowSource {
  private let json: JSONStream
  private let log: TraceLog
  private let isStrict: Bool
  private var isOpen = false
  private var isDone = false
  private var clock: Int64 = 0
  private var index: Int64 = 0

  init(_ reading: TraceReading) throws(InputError) {
    log = reading.log
    json = try log.json(reading.stream)
    isStrict = reading.options.isStrict
  }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    while try nextElement() {
      log.countRecord()
      index += 1
      _ = try json.peekByte()
      let (line, column) = json.place
      let other = try json.numberText()
      if !isStrict, try json.isAtEnd() {
        isDone = true
        try log.leaveOut(.truncated, line: line, column: column, "the last gap is cut")
        return false
      }
      var gap: Int64 = 0
      let status = other == nil ? json.decimal(shift: 9, &gap) : .malformed
      guard status == .ok else {
        try log.leaveOut(
          status.fault(isTime: true).0, line: line, column: column,
          "expected a non-negative gap in seconds, found \(other ?? json.excerpt)")
        continue
      }
      let (sum, overflows) = clock.addingReportingOverflow(gap)
      if overflows {
        throw log.fatal(.timeParse, line: line, column: column, "the gaps sum to over 292 years")
      }
      clock = sum
      row = TraceRow(arrivalNS: clock, sourceRow: index)
      return true
    }
    return false
  }

  /// Moves to the next element; false after the closing bracket, or where lenient reading takes the
  /// end of the file for it.
  private func nextElement() throws(InputError) -> Bool {
    if isDone { return false }
    if !isOpen {
      try json.enterArray("'[' before the gaps")
      isOpen = true
    }
    if try isCutShort() { return false }
    if try json.nextElement() {
      if try isCutShort() { return false }
      return true
    }
    isDone = true
    try json.finish()
    return false
  }

  private func isCutShort() throws(InputError) -> Bool {
    guard !isStrict, try json.peekByte() == 0 else { return false }
    isDone = true
    log.warn(.truncatedLastRow, note: "the array is not closed: the file may be cut off")
    return true
  }
}
