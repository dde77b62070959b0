import Tables

/// Splits a JSON document into tokens as it streams by; nothing but the current token is kept.
///
/// Literals are read as words and never evaluated; `NaN` and `Infinity`, which Python writes though
/// JSON has no such thing, are words too, so that the caller can name them.
final class JSONTokens {
  enum Token: Equatable {
    case beginArray, endArray, beginObject, endObject, comma, colon
    case string, number, word
    /// A byte that starts no token.
    case stray
    case end
  }

  /// Longer strings and numbers than this are cut, and marked so that no cut number is read as one:
  /// the names in traces are far shorter.
  static let longestText = 4096
  /// Where nothing ends a value for so many bytes, the file is no such JSON, and the rest of it, which
  /// may be gigabytes, is not read.
  static let longestValue = 1 << 20
  private static let deepest = 64

  let cursor: ByteCursor
  /// The text of the current string (without quotes, escapes resolved), number or word.
  private(set) var text: [UInt8] = []
  /// The current token's place.
  private(set) var line = 1
  private(set) var column = 1
  /// Whether the current number or word, or an open string, ran into the end of the file.
  private(set) var isCutByEnd = false
  /// Bytes of the current value, kept or not.
  private var length = 0
  private let log: TraceLog

  init(_ stream: ByteStream, log: TraceLog) throws(InputError) {
    cursor = try ByteCursor(stream)
    self.log = log
  }

  /// The fault "expected …" at the current token.
  func fault(_ expected: String, found token: Token) -> InputError {
    log.fatal(
      .json, line: line, column: column, "expected \(expected), found \(describe(token))",
      hint: token == .end ? "the file may be cut off" : nil)
  }

  /// The current token as a sentence names it.
  func describe(_ token: Token) -> String {
    switch token {
    case .end: return "the end of the file"
    case .beginArray: return "'['"
    case .endArray: return "']'"
    case .beginObject: return "'{'"
    case .endObject: return "'}'"
    case .comma: return "','"
    case .colon: return "':'"
    default: return text.withUnsafeBufferPointer { Excerpt.of($0) }
    }
  }

  /// Moves to the next token.
  func next() throws(InputError) -> Token {
    isCutByEnd = false
    let first = try cursor.skipBlanks()
    line = cursor.line
    column = cursor.column
    guard let first else { return .end }
    switch first {
    case UInt8(ascii: "["): return single(.beginArray)
    case UInt8(ascii: "]"): return single(.endArray)
    case UInt8(ascii: "{"): return single(.beginObject)
    case UInt8(ascii: "}"): return single(.endObject)
    case UInt8(ascii: ","): return single(.comma)
    case UInt8(ascii: ":"): return single(.colon)
    case UInt8(ascii: "\""): return try string()
    default: return try bare(first)
    }
  }

  /// Steps over the value that starts with `token`, however deep it is.
  func skipValue(_ token: Token) throws(InputError) {
    var open: [Token] = []
    var token = token
    while true {
      switch token {
      case .beginArray, .beginObject:
        guard open.count < Self.deepest else {
          throw log.fatal(
            .json, line: line, column: column, "nested deeper than \(Self.deepest) levels")
        }
        open.append(token == .beginArray ? .endArray : .endObject)
      case .endArray, .endObject:
        guard open.last == token else { throw fault("a value", found: token) }
        open.removeLast()
      case .comma, .colon:
        guard !open.isEmpty else { throw fault("a value", found: token) }
      case .stray, .end: throw fault("a value", found: token)
      case .string, .number, .word: break
      }
      if open.isEmpty { return }
      token = try next()
    }
  }

  private func single(_ token: Token) -> Token {
    cursor.advance()
    return token
  }

  private func string() throws(InputError) -> Token {
    text.removeAll(keepingCapacity: true)
    length = 0
    cursor.advance()
    while let byte = try cursor.peek() {
      if byte == UInt8(ascii: "\"") {
        cursor.advance()
        return .string
      }
      guard byte >= 0x20 else { break }
      cursor.advance()
      if byte == UInt8(ascii: "\\") {
        // The keys and names that matter hold no escapes: the escaped byte stands for itself.
        guard let escaped = try cursor.peek(), escaped >= 0x20 else { break }
        cursor.advance()
        try append(escaped)
      } else {
        try append(byte)
      }
    }
    isCutByEnd = try cursor.peek() == nil
    throw log.fatal(
      .json, line: line, column: column, "the string is not closed",
      hint: isCutByEnd ? "the file may be cut off" : nil)
  }

  private func append(_ byte: UInt8) throws(InputError) {
    length += 1
    guard length <= Self.longestValue else {
      throw log.fatal(
        .json, line: line, column: column, "a value is longer than \(Self.longestValue) bytes",
        hint: "is this a text file with separate values?")
    }
    if text.count < Self.longestText { text.append(byte) } else { text[0] = UInt8(ascii: "?") }
  }

  /// A number or a word: everything up to a separator, so that a fault shows the whole of it.
  private func bare(_ first: UInt8) throws(InputError) -> Token {
    text.removeAll(keepingCapacity: true)
    length = 0
    while let byte = try cursor.peek() {
      let ends =
        byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]")
        || byte == UInt8(ascii: "}") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "[")
        || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "\"")
      if ends { break }
      try append(byte)
      cursor.advance()
    }
    if text.isEmpty {
      text = [first]
      cursor.advance()
      return .stray
    }
    isCutByEnd = try cursor.peek() == nil
    let isNumber = first == UInt8(ascii: "-") || (first >= 0x30 && first <= 0x39)
    let isWord = (first | 0x20) >= UInt8(ascii: "a") && (first | 0x20) <= UInt8(ascii: "z")
    return isNumber ? .number : isWord ? .word : .stray
  }
}
