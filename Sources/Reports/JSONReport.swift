/// A JSON value to be written; members keep their order, numbers are the shortest exact ones.
package indirect enum JSONReport: Sendable {
  /// Nothing.
  case null
  /// A truth value.
  case bool(Bool)
  /// A count.
  case integer(Int64)
  /// A number; null where it is not finite, which JSON cannot hold.
  case number(Double)
  /// A text.
  case string(String)
  /// A list.
  case array([JSONReport])
  /// An object.
  case object([(String, JSONReport)])

  /// The value as text over several lines, two spaces a level, with a final newline.
  package var text: String {
    var text = ""
    write(to: &text, indent: "\n")
    return text + "\n"
  }

  /// The value on one line, without a newline.
  package var line: String {
    var text = ""
    write(to: &text, indent: nil)
    return text
  }

  private func write(to text: inout String, indent: String?) {
    let inner = indent.map { $0 + "  " }
    switch self {
    case .null: text += "null"
    case .bool(let flag): text += flag ? "true" : "false"
    case .integer(let count): text += "\(count)"
    case .number(let x): text += x.isFinite ? NumberText.exact(x) : "null"
    case .string(let string): text += Self.quoted(string)
    case .array(let items):
      if items.isEmpty { return text += "[]" }
      for (i, item) in items.enumerated() {
        text += (i == 0 ? "[" : ",") + (inner ?? "")
        item.write(to: &text, indent: inner)
      }
      text += (indent ?? "") + "]"
    case .object(let members):
      if members.isEmpty { return text += "{}" }
      for (i, member) in members.enumerated() {
        text += (i == 0 ? "{" : ",") + (inner ?? "") + Self.quoted(member.0)
        text += indent == nil ? ":" : ": "
        member.1.write(to: &text, indent: inner)
      }
      text += (indent ?? "") + "}"
    }
  }

  /// The text as a JSON string.
  package static func quoted(_ string: String) -> String {
    var text = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
