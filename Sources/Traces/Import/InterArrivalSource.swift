import Tables

/// One JSON array of gaps in seconds: request i arrives at the sum of the first i gaps, exactly.
final class InterArrivalSource: TraceRowSource {
  private let tokens: JSONTokens
  private let log: TraceLog
  private let isStrict: Bool
  private var isOpen = false
  private var isDone = false
  private var clock: Int64 = 0
  private var index: Int64 = 0

  init(stream: ByteStream, options: TraceOptions, log: TraceLog) throws(InputError) {
    tokens = try JSONTokens(stream, log: log)
    self.log = log
    isStrict = options.isStrict
  }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    while let token = try nextElement() {
      log.countRecord()
      index += 1
      if tokens.isCutByEnd, !isStrict {
        isDone = true
        try log.leaveOut(
          .truncated, line: tokens.line, column: tokens.column, "the last gap is cut")
        return false
      }
      guard let gap = try readGap(token) else { continue }
      let (sum, overflows) = clock.addingReportingOverflow(gap)
      if overflows {
        throw log.fatal(
          .timeParse, line: tokens.line, column: tokens.column, "the gaps sum to over 292 years")
      }
      clock = sum
      row = TraceRow(arrivalNS: clock, sourceRow: index)
      return true
    }
    return false
  }

  /// The first token of the next element; nil after the closing bracket.
  private func nextElement() throws(InputError) -> JSONTokens.Token? {
    if isDone { return nil }
    var token = try tokens.next()
    if !isOpen {
      guard token == .beginArray else { throw tokens.fault("'[' before the gaps", found: token) }
      isOpen = true
      token = try tokens.next()
      if token == .endArray { return try finish() }
    } else {
      if token == .endArray { return try finish() }
      if token == .end, !isStrict { return cutShort() }
      guard token == .comma else { throw tokens.fault("',' or ']' after a gap", found: token) }
      token = try tokens.next()
    }
    switch token {
    case .end:
      if !isStrict { return cutShort() }
      throw tokens.fault("a gap in seconds", found: token)
    case .endArray, .endObject, .comma, .colon:
      throw tokens.fault("a gap in seconds", found: token)
    default: return token
    }
  }

  private func cutShort() -> JSONTokens.Token? {
    isDone = true
    log.warn(.truncatedLastRow, note: "the array is not closed: the file may be cut off")
    return nil
  }

  private func finish() throws(InputError) -> JSONTokens.Token? {
    isDone = true
    let after = try tokens.next()
    guard after == .end else { throw tokens.fault("nothing after the array", found: after) }
    return nil
  }

  private func readGap(_ token: JSONTokens.Token) throws(InputError) -> Int64? {
    let (line, column) = (tokens.line, tokens.column)
    let shown = tokens.describe(token)
    var gap: Int64 = 0
    var status = ScanStatus.malformed
    if token == .number || token == .word {
      tokens.text.withUnsafeBufferPointer { status = NumberScan.decimal($0, shift: 9, &gap) }
      if status == .ok { return gap }
    } else {
      try tokens.skipValue(token)
    }
    let fault: TraceFault
    switch status {
    case .negative: fault = .timeNegative
    case .notFinite: fault = .notFinite
    default: fault = .timeParse
    }
    try log.leaveOut(
      fault, line: line, column: column, "expected a non-negative gap in seconds, found \(shown)")
    return nil
  }
}
