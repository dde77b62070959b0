import Tables

/// Whole counts, one a second: separated by blanks, or as a JSON list.
///
/// A count that cannot be used leaves its second empty: nothing after it moves.
final class RatePerSecondSource: TraceRowSource {
  private static let width: Int64 = 1_000_000_000
  /// Above this the end of the trace would not fit 292 years.
  private static let longest: Int64 = 9_000_000_000

  private let json: JSONStream
  private let log: TraceLog
  private let options: TraceOptions
  private let expands: Bool
  private var second: Int64 = 0
  private var isList: Bool?
  private var isDone = false
  private var sums = BinTotals()
  private var placer: BinPlacer?

  init(_ reading: TraceReading) throws(InputError) {
    log = reading.log
    json = try log.json(reading.stream)
    options = reading.options
    expands = reading.expands
    sums.binNS = Self.width
  }

  var totals: BinTotals? { sums }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    while true {
      if let time = placer?.next() {
        row = TraceRow(arrivalNS: time, sourceRow: second)
        return true
      }
      guard !isDone, try nextElement() else { return false }
      second += 1
      guard second <= Self.longest else {
        throw log.fatal(.timeParse, "more than \(Self.longest) seconds")
      }
      let count = try readCount()
      let start = (second - 1) * Self.width
      sums.add(
        startNS: start, endNS: second * Self.width, count: count, gapNS: options.gapNS)
      if expands, count > 0 {
        placer = BinPlacer(
          startNS: start, widthNS: Self.width, count: count, placement: options.placement,
          seed: BinPlacer.seed(options.seed, series: 0, bin: second - 1))
      }
    }
  }

  /// Moves to the next count; false at the end.
  private func nextElement() throws(InputError) -> Bool {
    var first = try json.peekByte()
    if isList == nil {
      isList = first == UInt8(ascii: "[")
      if isList == true { try json.enterArray() }
      first = try json.peekByte()
    }
    if isList == true {
      if first != 0 {
        if try !json.nextElement() {
          try json.finish()
          return finish()
        }
        first = try json.peekByte()
      }
      if first == 0 {
        log.warn(.truncatedLastRow, note: "the list is not closed: the file may be cut off")
      }
    }
    return first == 0 ? finish() : true
  }

  /// Ends the reading; always returns false.
  private func finish() -> Bool {
    isDone = true
    sums.closeRun(at: sums.endNS, gapNS: options.gapNS)
    return false
  }

  private func readCount() throws(InputError) -> Int64 {
    let (line, column) = json.place
    var other: String?
    if isList == true { other = try json.numberText() } else { try json.word() }
    log.countRecord()
    if try json.isAtEnd() {
      if isList == true {
        try log.leaveOut(.truncated, line: line, column: column, "the last count is cut off")
        return 0
      }
      if !json.textIs("0") {
        log.warn(
          .truncatedLastRow,
          note: "the last count, \(json.excerpt), ends with the file: perhaps cut")
      }
    }
    var value: Int64 = 0
    let status = other == nil ? json.whole(&value) : .malformed
    if status == .ok, value <= options.maximumCount { return value }
    let (fault, expected, hint) = status.countFault(maximum: options.maximumCount)
    try log.leaveOut(
      fault, line: line, column: column, "expected \(expected), found \(other ?? json.excerpt)",
      hint: hint)
    return 0
  }
}
