import Tables

/// Mooncake's traces: in each line an object with `timestamp` in whole ms and two token counts.
///
/// Published at https://github.com/kvcache-ai/Mooncake under Apache-2.0.
struct MooncakeSource: TraceRowIterator, ~Copyable {
  private static let keys = ["timestamp", "input_length", "output_length", "hash_ids"]
  private static let keyBytes: [StaticString] = [
    "timestamp", "input_length", "output_length", "hash_ids",
  ]
  /// Tokens that one entry of `hash_ids` stands for, as the publisher's README says.
  private static let blockTokens: Int64 = 512

  private var lines: LineReader
  private let log: TraceLog
  private let isStrict: Bool
  private var row = TraceRow()
  private var rowNumber: Int64 = 0
  private var hasFault = false
  private var parser = JSONLineParser()

  init(stream: ByteStream, options: TraceOptions, log: TraceLog) {
    lines = LineReader(stream)
    self.log = log
    isStrict = options.isStrict
  }

  mutating func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    while try lines.next() {
      let line = lines.line
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      log.countRecord()
      rowNumber += 1
      parser.start(line)
      if try parse() {
        row = self.row
        return true
      }
    }
    return false
  }

  /// Leaves the row out; a fault in the last line without a line feed is taken for a cut.
  private func leaveOut(
    _ fault: TraceFault, at offset: Int, _ message: @autoclosure () -> String, hint: String? = nil
  ) throws(InputError) -> Bool {
    let isCut = !lines.isTerminated && fault == .json && lines.line.last != UInt8(ascii: "}")
    let place = (lines.lineNumber, offset + 1)
    if isCut {
      try log.leaveOut(
        .truncated, line: place.0, column: place.1, "the last row is cut off")
    } else {
      try log.leaveOut(fault, line: place.0, column: place.1, message(), hint: hint)
    }
    return false
  }

  private mutating func parse() throws(InputError) -> Bool {
    row = TraceRow(sourceRow: rowNumber)
    var seen = 0
    var hashCount: Int64 = -1
    guard parser.take(UInt8(ascii: "{")) else {
      return try leaveOut(
        .json, at: parser.index, "expected one JSON object in a line, found \(parser.excerpt)")
    }
    if parser.take(UInt8(ascii: "}")) { return try missing(seen) }
    while true {
      guard let key = parser.string(), parser.take(UInt8(ascii: ":")) else {
        return try leaveOut(
          .json, at: parser.index, "expected a key and ':', found \(parser.excerpt)",
          hint: "each object must stand in one line")
      }
      guard let index = Self.index(of: key) else {
        guard try skipUnknown(key) else { return false }
        if try isAtEndOfMember() { break }
        if hasFault { return false }
        continue
      }
      guard seen & (1 << index) == 0 else {
        return try leaveOut(
          .duplicateKey, at: parser.index, "key '\(Self.keys[index])' given twice")
      }
      seen |= 1 << index
      guard try member(index, &hashCount) else { return false }
      if try isAtEndOfMember() { break }
      if hasFault { return false }
    }
    guard parser.isAtEnd else {
      return try leaveOut(
        .json, at: parser.index, "expected the end of the line, found \(parser.excerpt)")
    }
    guard seen & 0b111 == 0b111 else { return try missing(seen) }
    let expected =
      row.inputTokens / Self.blockTokens
      + (row.inputTokens % Self.blockTokens == 0 ? 0 : 1)
    if hashCount >= 0, hashCount != expected { log.warn(.hashCount) }
    return true
  }

  /// Steps over ',' (false) or '}' (true); anything else is a fault, told by `hasFault`.
  private mutating func isAtEndOfMember() throws(InputError) -> Bool {
    hasFault = false
    if parser.take(UInt8(ascii: ",")) { return false }
    if parser.take(UInt8(ascii: "}")) { return true }
    hasFault = true
    return try leaveOut(
      .json, at: parser.index, "expected ',' or '}', found \(parser.excerpt)",
      hint: "each object must stand in one line")
  }

  private static func index(of key: UnsafeBufferPointer<UInt8>) -> Int? {
    let index: Int
    switch key.count {
    case 9: index = 0
    case 12: index = 1
    case 13: index = 2
    case 8: index = 3
    default: return nil
    }
    let name = keyBytes[index]
    for offset in 0..<key.count where key[offset] != name.utf8Start[offset] { return nil }
    return index
  }

  private func missing(_ seen: Int) throws(InputError) -> Bool {
    for index in 0..<3 where seen & (1 << index) == 0 {
      return try leaveOut(.json, at: 0, "the key '\(Self.keys[index])' is missing")
    }
    return false
  }

  private mutating func skipUnknown(_ key: UnsafeBufferPointer<UInt8>) throws(InputError) -> Bool {
    let name = String(decoding: key.prefix(100), as: UTF8.self)
    if isStrict {
      return try leaveOut(
        .header, at: parser.index, "unknown key '\(name)'",
        hint: NearestName.hint(for: name, in: Self.keys))
    }
    guard parser.skipValue() else {
      return try leaveOut(.json, at: parser.index, "expected a value, found \(parser.excerpt)")
    }
    log.warn(.unknownColumn, note: "keys not used: \(name)")
    return true
  }

  private mutating func member(_ index: Int, _ hashCount: inout Int64) throws(InputError) -> Bool {
    if index == 3 {
      guard let count = parser.countIntegers() else {
        return try leaveOut(
          .json, at: parser.index, "expected a list of integers, found \(parser.excerpt)")
      }
      hashCount = count
      return true
    }
    let start = parser.index
    let text = parser.bare()
    var value: Int64 = 0
    let status = NumberScan.whole(text, &value)
    if status == .ok, index > 0 {
      if index == 1 { row.inputTokens = value } else { row.outputTokens = value }
      return true
    }
    if status == .ok, value <= Int64.max / 1_000_000 {
      row.arrivalNS = value * 1_000_000
      return true
    }
    return try badNumber(status, index, text, start)
  }

  private func badNumber(
    _ status: ScanStatus, _ index: Int, _ text: UnsafeBufferPointer<UInt8>, _ start: Int
  ) throws(InputError) -> Bool {
    let fault: TraceFault
    var hint: String?
    switch status {
    case .negative: fault = index == 0 ? .timeNegative : .sizeNegative
    case .notFinite: fault = .notFinite
    case .fractional where index == 0:
      (fault, hint) = (.unit, "a fraction suggests that the unit is seconds, not milliseconds")
    case .ok, .tooLarge: fault = index == 0 ? .timeParse : .sizeParse
    case .empty: fault = .json
    default: fault = index == 0 ? .timeParse : .sizeParse
    }
    let expected = index == 0 ? "whole milliseconds" : "a non-negative integer"
    return try leaveOut(
      fault, at: start,
      "expected \(expected) in '\(Self.keys[index])', found \(Excerpt.of(text))", hint: hint)
  }
}
