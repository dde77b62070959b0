import CommandLine
import Reports

/// The values of `--policy`: `NAME`, `NAME:OPTION=VALUE,…` or, as reports show it,
/// `NAME(OPTION=VALUE,…)`, several of them with commas between.
enum PolicyFlag {
  /// The policies given, as an experiment's file would have them.
  static func policies(_ arguments: inout ArgumentReader) -> [JSONReport] {
    var policies: [JSONReport] = []
    for text in arguments.strings("--policy") {
      policies += Self.policies(of: text, flag: "--policy", &arguments)
    }
    return policies
  }

  /// The policies of one list.
  static func policies(
    of text: String, flag: String, _ arguments: inout ArgumentReader
  ) -> [JSONReport] {
    split(text).compactMap { policy($0, flag, &arguments) }
  }

  /// Cuts a list at its commas, but for those between options: what follows them has a `=`.
  static func split(_ text: String) -> [String] {
    var parts: [String] = []
    for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
      let hasOptions = parts.last.map { $0.contains(":") || $0.contains("(") } ?? false
      let isClosed = parts.last?.hasSuffix(")") ?? false
      // "a:x=1,b:y=2" are two policies, though the second has a "=" too.
      let equals = piece.firstIndex(of: "=") ?? piece.endIndex
      let begins = piece[..<equals].contains(":") || piece[..<equals].contains("(")
      if hasOptions, !isClosed, equals < piece.endIndex, !begins {
        parts[parts.count - 1] += "," + piece
      } else {
        parts.append(String(piece))
      }
    }
    return parts
  }

  private static func policy(
    _ text: String, _ flag: String, _ arguments: inout ArgumentReader
  ) -> JSONReport? {
    var body = text[...]
    if body.hasSuffix(")"), body.contains("(") { body = body.dropLast() }
    guard let cut = body.firstIndex(where: { $0 == ":" || $0 == "(" }) else {
      if text.isEmpty { arguments.fault("expected a policy's name in '\(flag)', found nothing") }
      return text.isEmpty ? nil : .string(text)
    }
    var members: [(String, JSONReport)] = [("policy", .string(String(body[..<cut])))]
    for part in body[body.index(after: cut)...].split(
      separator: ",", omittingEmptySubsequences: false)
    {
      guard let equals = part.firstIndex(of: "="), equals > part.startIndex else {
        arguments.fault(
          "expected OPTION=VALUE in '\(flag)', found \"\(part)\"",
          hint: "for example --policy space-time:window_us=200")
        return nil
      }
      let name = String(part[..<equals])
      let value = part[part.index(after: equals)...]
      if members.contains(where: { $0.0 == name }) {
        arguments.fault("the option '\(name)' is given twice in '\(flag)'")
        return nil
      }
      switch value {
      case "true": members.append((name, .bool(true)))
      case "false": members.append((name, .bool(false)))
      default:
        members.append(
          (name, FlagValues.decimal(value).map { .number($0) } ?? .string(String(value))))
      }
    }
    return .object(members)
  }
}
