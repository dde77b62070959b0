/// A JSON value and where it stands.
public struct JSONNode: Sendable {
  /// What the value is. Object members keep the file's order.
  public indirect enum Value: Sendable {
    case null
    case bool(Bool)
    /// A number as written; `JSONNode.double` and `JSONNode.integer` read it.
    case number(String)
    case string(String)
    case array([JSONNode])
    case object([Member])
  }

  /// A member of an object.
  public struct Member: Sendable {
    /// The member's name.
    public var name: String
    /// The name's line, from 1.
    public var line: Int
    /// The name's column in bytes, from 1.
    public var column: Int
    /// The member's value.
    public var node: JSONNode
  }

  /// The value.
  public var value: Value
  /// The line of its first byte, from 1.
  public var line: Int
  /// The column of its first byte, from 1.
  public var column: Int

  /// The number's value, or nil when this is no number or it is not finite.
  public var double: Double? {
    guard case .number(let text) = value, let number = Double(text), number.isFinite else {
      return nil
    }
    return number
  }

  /// The number's value where it is written as an integer that fits.
  public var integer: Int64? {
    guard case .number(let text) = value else { return nil }
    if let exact = Int64(text) { return exact }
    guard let number = Double(text), number == number.rounded(), abs(number) < 9e15 else {
      return nil
    }
    return Int64(number)
  }

  /// The value in a few words, for error sentences.
  public var found: String {
    switch value {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let text): text.count > 40 ? "\(text.prefix(40))…" : text
    case .string(let text): "\"\(text.count > 40 ? "\(text.prefix(40))…" : text)\""
    case .array(let items): "a list of \(items.count)"
    case .object: "an object"
    }
  }
}

/// Parses JSON (RFC 8259) into nodes with positions; refuses duplicate member names.
public enum JSONReader {
  /// The deepest nesting read, against stack overflow.
  static let depthLimit = 64

  /// The value of a whole file.
  ///
  /// - Throws: as `InputFile.text(at:)`, and `badData` where the text is not JSON.
  public static func node(at path: String) throws(InputError) -> JSONNode {
    let text = try InputFile.text(at: path)
    return try node(of: text, file: path)
  }

  /// The value of a text; `file` names it in errors.
  public static func node(of text: String, file: String) throws(InputError) -> JSONNode {
    var parser = JSONParser(bytes: Array(text.utf8), file: file)
    return try parser.parseDocument()
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  let file: String
  var at = 0
  var line = 1
  var lineStart = 0

  init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  var column: Int { at - lineStart + 1 }

  func fault(_ message: String, hint: String? = nil) -> InputError {
    InputError(
      Diagnostic(file: file, line: line, column: column, message: message, hint: hint))
  }

  /// What stands at the cursor, for error sentences.
  var here: String {
    guard at < bytes.count else { return "the end of the file" }
    let byte = bytes[at]
    return byte >= 0x20 && byte < 0x7F
      ? "'\(Character(UnicodeScalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
  }

  mutating func skipSpace() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x20, 0x09, 0x0D: at += 1
      case 0x0A:
        at += 1
        line += 1
        lineStart = at
      default: return
      }
    }
  }

  mutating func parseDocument() throws(InputError) -> JSONNode {
    skipSpace()
    if at == bytes.count { throw fault("expected JSON, found an empty file") }
    let node = try parseValue(depth: 0)
    skipSpace()
    if at < bytes.count { throw fault("expected the end of the file, found \(here)") }
    return node
  }

  mutating func parseValue(depth: Int) throws(InputError) -> JSONNode {
    if depth > JSONReader.depthLimit {
      throw fault("expected at most \(JSONReader.depthLimit) levels of nesting")
    }
    let (startLine, startColumn) = (line, column)
    func node(_ value: JSONNode.Value) -> JSONNode {
      JSONNode(value: value, line: startLine, column: startColumn)
    }
    guard at < bytes.count else { throw fault("expected a value, found \(here)") }
    switch bytes[at] {
    case UInt8(ascii: "{"): return node(.object(try parseObject(depth: depth)))
    case UInt8(ascii: "["): return node(.array(try parseArray(depth: depth)))
    case UInt8(ascii: "\""): return node(.string(try parseString()))
    case UInt8(ascii: "t"): return node(try parseWord("true", .bool(true)))
    case UInt8(ascii: "f"): return node(try parseWord("false", .bool(false)))
    case UInt8(ascii: "n"): return node(try parseWord("null", .null))
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return node(.number(try parseNumber()))
    default: throw fault("expected a value, found \(here)")
    }
  }

  mutating func parseWord(_ word: String, _ value: JSONNode.Value) throws(InputError)
    -> JSONNode.Value
  {
    guard bytes[at...].starts(with: word.utf8) else {
      throw fault("expected a value, found \(here)")
    }
    at += word.utf8.count
    return value
  }

  mutating func parseArray(depth: Int) throws(InputError) -> [JSONNode] {
    at += 1
    var items: [JSONNode] = []
    skipSpace()
    if at < bytes.count, bytes[at] == UInt8(ascii: "]") {
      at += 1
      return items
    }
    while true {
      skipSpace()
      items.append(try parseValue(depth: depth + 1))
      skipSpace()
      guard at < bytes.count else { throw fault("expected ',' or ']', found \(here)") }
      if bytes[at] == UInt8(ascii: "]") {
        at += 1
        return items
      }
      guard bytes[at] == UInt8(ascii: ",") else {
        throw fault("expected ',' or ']', found \(here)")
      }
      at += 1
    }
  }

  mutating func parseObject(depth: Int) throws(InputError) -> [JSONNode.Member] {
    at += 1
    var members: [JSONNode.Member] = []
    var names = Set<String>()
    skipSpace()
    if at < bytes.count, bytes[at] == UInt8(ascii: "}") {
      at += 1
      return members
    }
    while true {
      skipSpace()
      guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
        throw fault("expected a name in quotes, found \(here)")
      }
      let (nameLine, nameColumn) = (line, column)
      let name = try parseString()
      if !names.insert(name).inserted {
        throw InputError(
          Diagnostic(
            file: file, line: nameLine, column: nameColumn,
            message: "the key '\(name)' is given twice"))
      }
      skipSpace()
      guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else {
        throw fault("expected ':' after '\(name)', found \(here)")
      }
      at += 1
      skipSpace()
      let node = try parseValue(depth: depth + 1)
      members.append(.init(name: name, line: nameLine, column: nameColumn, node: node))
      skipSpace()
      guard at < bytes.count else { throw fault("expected ',' or '}', found \(here)") }
      if bytes[at] == UInt8(ascii: "}") {
        at += 1
        return members
      }
      guard bytes[at] == UInt8(ascii: ",") else {
        throw fault("expected ',' or '}', found \(here)")
      }
      at += 1
    }
  }

  mutating func parseNumber() throws(InputError) -> String {
    let start = at
    func isDigit(_ i: Int) -> Bool { i < bytes.count && bytes[i] >= 0x30 && bytes[i] <= 0x39 }
    if bytes[at] == UInt8(ascii: "-") { at += 1 }
    guard isDigit(at) else { throw fault("expected a digit, found \(here)") }
    if bytes[at] == UInt8(ascii: "0"), isDigit(at + 1) {
      throw fault("expected no leading zero in a number")
    }
    while isDigit(at) { at += 1 }
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      at += 1
      guard isDigit(at) else { throw fault("expected a digit, found \(here)") }
      while isDigit(at) { at += 1 }
    }
    if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
      at += 1
      if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") {
        at += 1
      }
      guard isDigit(at) else { throw fault("expected a digit, found \(here)") }
      while isDigit(at) { at += 1 }
    }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  mutating func parseString() throws(InputError) -> String {
    at += 1
    var text: [UInt8] = []
    while true {
      guard at < bytes.count else { throw fault("expected '\"', found \(here)") }
      let byte = bytes[at]
      if byte == UInt8(ascii: "\"") {
        at += 1
        return String(decoding: text, as: UTF8.self)
      }
      if byte < 0x20 { throw fault("expected '\"' before the end of the line, found \(here)") }
      if byte == UInt8(ascii: "\\") {
        try parseEscape(into: &text)
      } else {
        text.append(byte)
        at += 1
      }
    }
  }

  mutating func parseEscape(into text: inout [UInt8]) throws(InputError) {
    at += 1
    guard at < bytes.count else { throw fault("expected an escape, found \(here)") }
    switch bytes[at] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[at])
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      var unit = try parseHex()
      if unit & 0xFC00 == 0xD800, at + 2 < bytes.count, bytes[at + 1] == UInt8(ascii: "\\"),
        bytes[at + 2] == UInt8(ascii: "u")
      {
        at += 2
        let low = try parseHex()
        unit = 0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF)
      }
      guard let scalar = UnicodeScalar(unit) else { throw fault("expected a Unicode scalar") }
      text.append(contentsOf: Array(String(Character(scalar)).utf8))
    default: throw fault("expected an escape, found \(here)")
    }
    at += 1
  }

  /// Reads `uXXXX`, leaving the cursor on its last digit.
  mutating func parseHex() throws(InputError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      at += 1
      guard at < bytes.count, let digit = Character(UnicodeScalar(bytes[at])).hexDigitValue else {
        throw fault("expected four hexadecimal digits, found \(here)")
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
