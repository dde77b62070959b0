import Reports

/// How far a column's figures may be from what is expected.
package enum CheckTolerance: Equatable {
  case relative(Double)
  case absolute(Double)
  /// The share by which a figure may move away from its good end.
  case notWorse(isLowerBetter: Bool, share: Double)

  /// The forms a rule has, for errors.
  static let forms = "'relative X', 'absolute X' or 'not-worse-than lower|higher P%'"

  /// Reads a rule: `relative 1e-9`, `relative 5%`, `absolute 0.5`, `not-worse-than lower 5%`.
  ///
  /// A relative distance is at most 1: beyond, per cent were meant.
  package init?(_ text: String) {
    let words = text.split(separator: " ").map(String.init)
    switch (words.first, words.count) {
    case ("relative", 2):
      let isPercent = words[1].hasSuffix("%")
      guard let value = Self.number(isPercent ? String(words[1].dropLast()) : words[1]),
        value / (isPercent ? 100 : 1) <= 1
      else { return nil }
      self = .relative(isPercent ? value / 100 : value)
    case ("absolute", 2):
      guard let value = Self.number(words[1]) else { return nil }
      self = .absolute(value)
    case ("not-worse-than", 3):
      guard words[1] == "lower" || words[1] == "higher", words[2].hasSuffix("%"),
        let value = Self.number(String(words[2].dropLast()))
      else { return nil }
      self = .notWorse(isLowerBetter: words[1] == "lower", share: value / 100)
    default: return nil
    }
  }

  private static func number(_ word: String) -> Double? {
    let isDecimal = word.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
    guard isDecimal, let value = Double(word), value.isFinite, value >= 0 else { return nil }
    return value
  }

  /// The way on from a rule that cannot be read, where one is known.
  static func hint(for text: String) -> String? {
    let words = text.split(separator: " ").map(String.init)
    guard words.count == 2, words[0] == "relative", let value = number(words[1]), value > 1 else {
      return nil
    }
    return "a relative distance of \(words[1]) holds nothing: "
      + "'relative \(NumberText.exact(value / 100))' or 'relative \(words[1])%'"
  }

  /// The rule as it is written.
  package var text: String {
    switch self {
    case .relative(let x): "relative \(NumberText.exact(x))"
    case .absolute(let x): "absolute \(NumberText.exact(x))"
    case .notWorse(let isLowerBetter, let share):
      "not-worse-than \(isLowerBetter ? "lower" : "higher") \(NumberText.exact(share * 100))%"
    }
  }

  package func allows(_ found: Double, expected: Double) -> Bool {
    switch self {
    case .relative(let x): abs(found - expected) <= x * abs(expected)
    case .absolute(let x): abs(found - expected) <= x
    case .notWorse(let isLowerBetter, let share):
      isLowerBetter
        ? found <= expected + share * abs(expected) : found >= expected - share * abs(expected)
    }
  }
}

/// A figure that is held by itself: `# hold: COLUMN[ of POLICY][ for TENANT]=RULE`. Where a file has
/// such lines, nothing else of its rows is held.
package struct HeldFigure {
  package let column: String
  /// The policy's label; nil for every policy.
  package let policy: String?
  /// The tenant, `*` for the device; nil for every row.
  package let tenant: String?
  package let rule: CheckTolerance

  /// The line's value.
  package var text: String {
    column + (policy.map { " of \($0)" } ?? "") + (tenant.map { " for \($0)" } ?? "") + "="
      + rule.text
  }

  /// Reads the value of such a line; the fault in words where it is none.
  static func read(_ text: String) -> (figure: HeldFigure?, fault: String, hint: String?) {
    // A policy's label may hold "=", a rule does not.
    guard let cut = text.lastIndex(of: "=") else {
      return (nil, "expected COLUMN=RULE after 'hold', found \"\(text)\"", nil)
    }
    let ruleText = String(text[text.index(after: cut)...])
    guard let rule = CheckTolerance(ruleText) else {
      return (
        nil, "expected \(CheckTolerance.forms), found \"\(ruleText)\"",
        CheckTolerance.hint(for: ruleText)
      )
    }
    var place = text[..<cut]
    var (policy, tenant): (String?, String?)
    if let word = place.firstRange(of: " for ") {
      tenant = String(place[word.upperBound...])
      place = place[..<word.lowerBound]
    }
    if let word = place.firstRange(of: " of ") {
      policy = String(place[word.upperBound...])
      place = place[..<word.lowerBound]
    }
    return (
      HeldFigure(column: String(place), policy: policy, tenant: tenant, rule: rule), "", nil
    )
  }
}
