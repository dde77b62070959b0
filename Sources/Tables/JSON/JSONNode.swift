/// A JSON value and where it stands.
package struct JSONNode: Sendable {
  /// What the value is. Object members keep the file's order.
  package indirect enum Value: Sendable {
    case null
    case bool(Bool)
    /// A number as written; `JSONNode.double` and `JSONNode.integer` read it.
    case number(String)
    case string(String)
    case array([JSONNode])
    case object([Member])
  }

  /// A member of an object.
  package struct Member: Sendable {
    /// The member's name.
    package var name: String
    /// The name's line, from 1.
    package var line: Int
    /// The name's column in bytes, from 1.
    package var column: Int
    /// The member's value.
    package var node: JSONNode

    /// Creates a member.
    package init(name: String, line: Int, column: Int, node: JSONNode) {
      self.name = name
      self.line = line
      self.column = column
      self.node = node
    }
  }

  /// The value.
  package var value: Value
  /// The line of its first byte, from 1.
  package var line: Int
  /// The column of its first byte, from 1.
  package var column: Int

  /// Creates a node.
  package init(value: Value, line: Int, column: Int) {
    self.value = value
    self.line = line
    self.column = column
  }

  /// The number's value, or nil when this is no number or it is not finite.
  package var double: Double? {
    guard case .number(let text) = value, let number = Double(text), number.isFinite else {
      return nil
    }
    return number
  }

  /// The number's value where it is written as an integer that fits.
  package var integer: Int64? {
    guard case .number(let text) = value else { return nil }
    if let exact = Int64(text) { return exact }
    guard let number = Double(text), number == number.rounded(), abs(number) < 9e15 else {
      return nil
    }
    return Int64(number)
  }

  /// The value in a few words, for error sentences.
  package var found: String {
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

/// The parts of a node that is expected to be of some kind.
extension JSONNode {
  /// The member of an object; nil where there is none or this is no object.
  package subscript(_ name: String) -> JSONNode? { members.first { $0.name == name }?.node }

  /// The elements of a list; empty for anything else.
  package var elements: [JSONNode] {
    if case .array(let items) = value { return items }
    return []
  }

  /// The members of an object; empty for anything else.
  package var members: [Member] {
    if case .object(let members) = value { return members }
    return []
  }

  /// The text of a string.
  package var text: String? {
    if case .string(let text) = value { return text }
    return nil
  }

  /// A number read exactly.
  package var decimal: ExactDecimal? {
    guard case .number(let text) = value else { return nil }
    return ExactDecimal(text)
  }
}

extension JSONNode {
  /// Adds the keys and strings within that hold control characters to `faults`, up to 20 in all.
  func findControls(_ faults: inout [Diagnostic], key: String, file: String) {
    func judge(_ text: String, _ line: Int, _ column: Int, _ place: String) {
      guard let objection = InvalidText.objection(toName: text) else { return }
      faults.append(
        Diagnostic(file: file, line: line, column: column, message: objection + place))
    }
    if faults.count >= 20 { return }
    switch value {
    case .string(let text): judge(text, line, column, key.isEmpty ? "" : " in '\(key)'")
    case .array(let items):
      for item in items { item.findControls(&faults, key: key, file: file) }
    case .object(let members):
      for member in members {
        judge(member.name, member.line, member.column, "")
        member.node.findControls(&faults, key: Excerpt.name(member.name), file: file)
      }
    case .null, .bool, .number: break
    }
  }
}
