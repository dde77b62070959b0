import Tables

/// Mooncake's traces: in each line an object with `timestamp` in whole ms and two token counts.
///
/// Published at https://github.com/kvcache-ai/Mooncake under Apache-2.0.
final class MooncakeSource: TraceRowSource {
  static let keys = ["timestamp", "input_length", "output_length", "hash_ids"]
  /// Tokens that one entry of `hash_ids` stands for, as the publisher's README says.
  private static let blockTokens: Int64 = 512

  /// Why a row is left out.
  private struct Fault {
    var name = TraceFault.json
    var diagnostic: Diagnostic
  }

  @exclusivity(unchecked) private var lines: LineReader
  private let json: JSONStream
  private let log: TraceLog
  private let isStrict: Bool
  private var rowNumber: Int64 = 0

  init(_ reading: TraceReading) {
    lines = LineReader(reading.stream)
    json = JSONStream(linesOf: reading.input.name)
    log = reading.log
    isStrict = reading.options.isStrict
  }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    while try lines.next() {
      let line = lines.line
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      log.countRecord()
      rowNumber += 1
      row = TraceRow(sourceRow: rowNumber)
      json.start(line, line: lines.lineNumber)
      var fault: Fault?
      do { fault = try parse(&row) } catch { fault = Fault(diagnostic: error.diagnostics[0]) }
      guard let fault else { return true }
      // A fault in the last line without a line feed is taken for a cut.
      let isCut = !lines.isTerminated && fault.name == .json && line.last != UInt8(ascii: "}")
      try log.leaveOut(
        isCut ? .truncated : fault.name, line: fault.diagnostic.line,
        column: fault.diagnostic.column,
        isCut ? "the last row is cut off" : fault.diagnostic.message,
        hint: isCut ? nil : fault.diagnostic.hint)
    }
    return false
  }

  private func parse(_ row: inout TraceRow) throws(InputError) -> Fault? {
    var seen = 0
    var hashCount: Int64 = -1
    try json.enterObject("one JSON object in a line")
    while try json.nextKey() {
      guard let index = keyIndex else {
        let name = json.textString.prefix(100)
        _ = try json.peekByte()
        if isStrict {
          return fault(
            .header, "unknown key '\(name)'",
            hint: NearestName.hint(for: String(name), in: Self.keys))
        }
        log.warn(.unknownColumn, note: "keys not used: \(name)")
        try json.skip()
        continue
      }
      guard seen & (1 << index) == 0 else {
        _ = try json.peekByte()
        return fault(.duplicateKey, "key '\(Self.keys[index])' given twice")
      }
      seen |= 1 << index
      if index == 3 {
        hashCount = try json.countIntegers()
      } else if let fault = try readNumber(index, &row) {
        return fault
      }
    }
    try json.finish()
    if let missing = (0..<3).first(where: { seen & (1 << $0) == 0 }) {
      json.rewind()
      return fault(.json, "the key '\(Self.keys[missing])' is missing")
    }
    let (blocks, rest) = row.inputTokens.quotientAndRemainder(dividingBy: Self.blockTokens)
    if hashCount >= 0, hashCount != blocks + (rest == 0 ? 0 : 1) { log.warn(.hashCount) }
    return nil
  }

  private func fault(_ name: TraceFault, _ message: String, hint: String? = nil) -> Fault {
    Fault(name: name, diagnostic: json.diagnostic(message, hint: hint))
  }

  /// Which of `keys` was read last.
  private var keyIndex: Int? {
    switch json.text.count {
    case 9: json.textIs("timestamp") ? 0 : nil
    case 12: json.textIs("input_length") ? 1 : nil
    case 13: json.textIs("output_length") ? 2 : nil
    case 8: json.textIs("hash_ids") ? 3 : nil
    default: nil
    }
  }

  private func readNumber(_ index: Int, _ row: inout TraceRow) throws(InputError) -> Fault? {
    _ = try json.peekByte()
    let (line, column) = json.place
    let other = try json.numberText()
    var value: Int64 = 0
    var status = other == nil ? json.whole(&value) : .malformed
    switch index {
    case 1: row.inputTokens = value
    case 2: row.outputTokens = value
    default:
      let (time, overflows) = value.multipliedReportingOverflow(by: 1_000_000)
      row.arrivalNS = time
      if status == .ok, overflows { status = .tooLarge }
    }
    if status == .ok { return nil }
    let expected = index == 0 ? "whole milliseconds" : "a non-negative integer"
    let (name, hint) = status.fault(isTime: index == 0)
    return Fault(
      name: name,
      diagnostic: Diagnostic(
        line: line, column: column,
        message: "expected \(expected) in '\(Self.keys[index])', found \(other ?? json.excerpt)",
        hint: hint))
  }
}
