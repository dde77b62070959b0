import Tables

/// Whole counts, one a second: separated by blanks, or as a JSON list.
///
/// A count that cannot be used leaves its second empty: nothing after it moves.
final class RatePerSecondSource: TraceRowSource {
  private static let width: Int64 = 1_000_000_000
  /// Above this the end of the trace would not fit 292 years.
  private static let longest: Int64 = 9_000_000_000

  private static let longestWord = 64

  private let cursor: ByteCursor
  private let log: TraceLog
  private let options: TraceOptions
  private let expands: Bool
  private var word: [UInt8] = []
  private var second: Int64 = 0
  private var isList: Bool?
  private var isDone = false
  private var emptySince: Int64 = 0
  private var sums = BinTotals()
  private var placer: BinPlacer?

  init(
    stream: ByteStream, options: TraceOptions, log: TraceLog, expands: Bool
  ) throws(InputError) {
    cursor = try ByteCursor(stream)
    self.log = log
    self.options = options
    self.expands = expands
    sums.binNS = Self.width
  }

  var totals: BinTotals? { sums }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    while true {
      if let time = placer?.next() {
        row = TraceRow(arrivalNS: time, sourceRow: second)
        return true
      }
      guard let count = try nextCount() else { return false }
      second += 1
      guard second <= Self.longest else {
        throw log.fatal(.timeParse, "more than \(Self.longest) seconds")
      }
      add(count)
      if expands, count > 0 {
        placer = BinPlacer(
          startNS: (second - 1) * Self.width, widthNS: Self.width, count: count,
          placement: options.placement,
          seed: BinPlacer.seed(options.seed, series: 0, bin: second - 1))
      }
    }
  }

  private func add(_ count: Int64) {
    sums.endNS = second * Self.width
    if count == 0 { return }
    // Seconds times the largest count stay far below Int64.max for any file that can be read.
    sums.requests = sums.requests.addingReportingOverflow(count).partialValue
    let start = (second - 1) * Self.width
    if sums.requests == count { sums.firstNS = start }
    closeRun(at: start)
    emptySince = sums.endNS
  }

  private func closeRun(at time: Int64) {
    guard time > emptySince else { return }
    sums.gaps.add(startNS: emptySince, lengthNS: time - emptySince, limit: options.gapNS)
  }

  /// The next second's count; nil at the end.
  private func nextCount() throws(InputError) -> Int64? {
    if isDone { return nil }
    var first = try cursor.skipBlanks()
    if isList == nil {
      isList = first == UInt8(ascii: "[")
      if isList == true {
        cursor.advance()
        first = try cursor.skipBlanks()
        if first == UInt8(ascii: "]") { return try finishList() }
      }
    } else if isList == true {
      if first == UInt8(ascii: "]") { return try finishList() }
      if first == UInt8(ascii: ",") {
        cursor.advance()
        first = try cursor.skipBlanks()
      } else if first != nil {
        throw structure("',' or ']'")
      }
    }
    guard first != nil else { return finish() }
    let (line, column) = (cursor.line, cursor.column)
    try readWord(line, column)
    if word.isEmpty { throw structure("a count") }
    log.countRecord()
    let isCut = try cursor.peek() == nil
    if isCut, isList == true {
      try log.leaveOut(.truncated, line: line, column: column, "the last count is cut off")
      return 0
    }
    if isCut, word != [0x30] {
      let shown = word.withUnsafeBufferPointer { Excerpt.of($0) }
      log.warn(.truncatedLastRow, note: "the last count, \(shown), ends with the file: perhaps cut")
    }
    return try count(line, column)
  }

  private func readWord(_ line: Int, _ column: Int) throws(InputError) {
    word.removeAll(keepingCapacity: true)
    var length = 0
    while let byte = try cursor.peek() {
      if byte <= 0x20 || isList == true && (byte == UInt8(ascii: ",") || byte == 0x5D) { break }
      // What is too long to keep must not be read as what was kept.
      if word.count < Self.longestWord { word.append(byte) } else { word[0] = UInt8(ascii: "?") }
      cursor.advance()
      length += 1
      guard length <= JSONTokens.longestValue else {
        throw log.fatal(
          .countNotInteger, line: line, column: column,
          "a value is longer than \(JSONTokens.longestValue) bytes",
          hint: "is this a text file with separate values?")
      }
    }
  }

  private func count(_ line: Int, _ column: Int) throws(InputError) -> Int64 {
    var value: Int64 = 0
    let status = word.withUnsafeBufferPointer { NumberScan.whole($0, &value) }
    if status == .ok, value <= options.maximumCount { return value }
    let shown = word.withUnsafeBufferPointer { Excerpt.of($0) }
    let fault = CountFault.of(status, maximum: options.maximumCount)
    try log.leaveOut(
      fault.fault, line: line, column: column, "expected \(fault.expected), found \(shown)",
      hint: fault.hint)
    return 0
  }

  private func structure(_ expected: String) -> InputError {
    log.fatal(
      .json, line: cursor.line, column: cursor.column, "expected \(expected) in the list of counts")
  }

  private func finishList() throws(InputError) -> Int64? {
    cursor.advance()
    if try cursor.skipBlanks() != nil { throw structure("nothing after ']'") }
    isList = false
    return finish()
  }

  private func finish() -> Int64? {
    isDone = true
    if isList == true {
      log.warn(.truncatedLastRow, note: "the list is not closed: the file may be cut off")
    }
    closeRun(at: sums.endNS)
    return nil
  }
}

/// Names what is wrong with a count.
struct CountFault {
  let fault: TraceFault
  let expected: String
  var hint: String?

  static func of(_ status: ScanStatus, maximum: Int64) -> CountFault {
    switch status {
    case .negative: return CountFault(fault: .countNegative, expected: "a non-negative integer")
    case .notFinite: return CountFault(fault: .notFinite, expected: "a non-negative integer")
    case .ok, .tooLarge:
      return CountFault(
        fault: .countTooLarge, expected: "a count of at most \(maximum)",
        hint: "raise the limit with --max-count if the count is real")
    default:
      return CountFault(
        fault: .countNotInteger, expected: "a non-negative integer",
        hint: "cells are read as plain numbers and never evaluated")
    }
  }
}
