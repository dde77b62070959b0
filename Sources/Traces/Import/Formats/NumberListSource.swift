import Tables

/// Numbers alone, as a JSON list or between blanks: gaps, of which request i arrives at the sum of the
/// first i, exactly; or times.
final class NumberListSource: TraceRowSource {
  /// What the numbers are.
  enum Meaning: String { case gap, time }

  private let json: JSONStream
  private let log: TraceLog
  private let isStrict: Bool
  private let meaning: Meaning
  private let unit: TimeUnit
  private var isList: Bool?
  private var isDone = false
  private var clock: Int64 = 0
  private var index: Int64 = 0

  /// - Parameter unit: that of the format; nil where the user must say it.
  init(_ reading: TraceReading, _ meaning: Meaning, unit: TimeUnit?) throws(InputError) {
    log = reading.log
    self.meaning = meaning
    guard let unit = reading.options.unit ?? unit else {
      throw log.fatal(
        .unit, "the unit of the \(meaning.rawValue)s is not in the file",
        hint: "say it: --unit s, --unit ms, --unit us or --unit ns")
    }
    self.unit = unit
    json = try log.json(reading.stream)
    isStrict = reading.options.isStrict
  }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    while try nextElement() {
      log.countRecord()
      index += 1
      _ = try json.peekByte()
      let (line, column) = json.place
      var other: String?
      if isList == true { other = try json.numberText() } else { try json.word() }
      if isList == true, !isStrict, try json.isAtEnd() {
        isDone = true
        try log.leaveOut(
          .truncated, line: line, column: column, "the last \(meaning.rawValue) is cut")
        return false
      }
      var number: Int64 = 0
      let status = other == nil ? json.decimal(shift: unit.power, &number) : .malformed
      guard status == .ok else {
        let (fault, hint) = json.text.withUnsafeBufferPointer {
          status.fault(isTime: true, clock: .seconds, unit: unit, text: $0)
        }
        try log.leaveOut(
          fault, line: line, column: column,
          "expected a non-negative \(meaning.rawValue) in \(unit.name), found "
            + (other ?? json.excerpt), hint: status == .tooLarge ? hint : nil)
        continue
      }
      if meaning == .gap {
        let (sum, overflows) = clock.addingReportingOverflow(number)
        if overflows {
          throw log.fatal(.timeParse, line: line, column: column, "the gaps sum to over 292 years")
        }
        number = sum
      }
      clock = number
      row = TraceRow(arrivalNS: clock, sourceRow: index)
      return true
    }
    return false
  }

  /// Moves to the next element; false after the last, or where lenient reading takes the end of the
  /// file for the closing bracket.
  private func nextElement() throws(InputError) -> Bool {
    if isDone { return false }
    if isList == nil {
      isList = try json.peekByte() == UInt8(ascii: "[")
      if isList == true { try json.enterArray() }
    }
    guard isList == true else { return try json.peekByte() != 0 }
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
