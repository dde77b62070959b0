/// Reads JSON (RFC 8259) whole, into nodes with positions; refuses duplicate member names.
package enum JSONReader {
  /// The deepest nesting read, against stack overflow.
  static let depthLimit = 64

  /// The value of a whole file.
  ///
  /// - Parameter isOurs: whether files of this kind are the project's own: their names and words
  ///   have no control characters. Of others the caller judges what he takes for a name.
  /// - Throws: as `InputFile.text(at:)`, and `badData` where the text is not JSON or has control
  ///   characters.
  package static func node(at path: String, isOurs: Bool = true) throws(InputError) -> JSONNode {
    let text = try InputFile.text(at: path)
    return try node(of: text, file: path, isOurs: isOurs)
  }

  /// The value of a text; `file` names it in errors.
  package static func node(
    of text: String, file: String, isOurs: Bool = true
  ) throws(InputError) -> JSONNode {
    let json = try JSONStream(ByteStream(name: file, bytes: Array(text.utf8)))
    json.isStrict = true
    json.depthLimit = depthLimit
    if try json.peekByte() == 0 { throw json.fault("expected JSON, found an empty file") }
    let node = try json.node()
    try json.finish()
    if isOurs {
      var faults: [Diagnostic] = []
      node.findControls(&faults, key: "", file: file)
      if !faults.isEmpty { throw InputError(diagnostics: faults) }
    }
    return node
  }
}

extension JSONStream {
  /// Reads one value of any kind as a node.
  func node() throws(InputError) -> JSONNode {
    let first = try peekByte()
    let (line, column) = place
    return JSONNode(value: try value(first), line: line, column: column)
  }

  private func value(_ first: UInt8) throws(InputError) -> JSONNode.Value {
    switch first {
    case UInt8(ascii: "{"): return .object(try nodeMembers())
    case UInt8(ascii: "["):
      var items: [JSONNode] = []
      try enterArray()
      while try nextElement() { items.append(try node()) }
      return .array(items)
    case UInt8(ascii: "\""):
      try string()
      return .string(textString)
    default:
      try scalar()
      if textIs("true") { return .bool(true) }
      if textIs("false") { return .bool(false) }
      return textIs("null") ? .null : .number(textString)
    }
  }

  private func nodeMembers() throws(InputError) -> [JSONNode.Member] {
    var members: [JSONNode.Member] = []
    var names = Set<String>()
    try enterObject()
    while try nextMember() {
      _ = try peekByte()
      let (line, column) = place
      try readKey()
      let name = textString
      if !names.insert(name).inserted {
        throw error(
          Diagnostic(
            file: file, line: line, column: column,
            message: "the key '\(Excerpt.word(name))' is given twice"))
      }
      members.append(.init(name: name, line: line, column: column, node: try node()))
    }
    return members
  }

  /// Reads a number or word to `text` as the grammar has it.
  func readStrictly(_ first: UInt8) throws(InputError) {
    text.removeAll(keepingCapacity: true)
    switch first {
    case UInt8(ascii: "t"): try readWord("true")
    case UInt8(ascii: "f"): try readWord("false")
    case UInt8(ascii: "n"): try readWord("null")
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try readNumber(first)
    default: throw expected("a value")
    }
  }

  private func readWord(_ word: StaticString) throws(InputError) {
    for offset in 0..<word.utf8CodeUnitCount {
      if try isAtEnd() || buffer[position] != word.utf8Start[offset] {
        // The fault is that of the word as a whole.
        position = max(0, position - offset)
        throw expected("a value")
      }
      position += 1
      text.append(word.utf8Start[offset])
    }
  }

  private func readNumber(_ first: UInt8) throws(InputError) {
    func next() throws(InputError) -> UInt8 { try isAtEnd() ? 0 : buffer[position] }
    func take(_ byte: UInt8) {
      text.append(byte)
      position += 1
    }
    func digits() throws(InputError) {
      guard try next() &- 0x30 <= 9 else { throw expected("a digit") }
      while true {
        let digit = try next()
        guard digit &- 0x30 <= 9 else { return }
        take(digit)
      }
    }
    if first == UInt8(ascii: "-") { take(first) }
    if try next() == UInt8(ascii: "0") {
      take(UInt8(ascii: "0"))
      if try next() &- 0x30 <= 9 {
        position -= 1
        throw fault("expected no leading zero in a number")
      }
    } else {
      try digits()
    }
    if try next() == UInt8(ascii: ".") {
      take(UInt8(ascii: "."))
      try digits()
    }
    let mark = try next()
    guard mark | 0x20 == UInt8(ascii: "e") else { return }
    take(mark)
    let sign = try next()
    if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { take(sign) }
    try digits()
  }
}
