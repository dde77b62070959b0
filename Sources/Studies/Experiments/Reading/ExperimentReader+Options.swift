import Scheduling
import Tables

/// Values of policies' options.
extension ExperimentReader {
  /// An option's value, and how labels show it; nil where it does not fit.
  mutating func readValue(
    _ option: PolicyOption, _ node: JSONNode, tenants: [String]
  ) -> (PolicyOptions.Value, String)? {
    func expected(_ what: String) -> Diagnostic {
      at(node, "expected \(what) in '\(option.name)', found \(node.found)")
    }
    switch option.kind {
    case .integer(let range):
      if let value = node.integer, value >= range.lowerBound, value <= range.upperBound {
        return (.number(Double(value)), "\(value)")
      }
      faults.append(expected("an integer from \(range.lowerBound) to \(range.upperBound)"))
    case .number(let range):
      if let value = node.double, range.contains(value) {
        return (.number(value), Self.text(value))
      }
      faults.append(expected(Self.words(range)))
    case .flag:
      if case .bool(let value) = node.value { return (.flag(value), value ? "true" : "false") }
      faults.append(expected("true or false"))
    case .choice(let words):
      if case .string(let word) = node.value, words.contains(word) { return (.word(word), word) }
      var fault = expected("one of " + words.joined(separator: ", "))
      if case .string(let word) = node.value {
        fault.hint = NearestName.of(word, in: words).map { "did you mean '\($0)'?" }
      }
      faults.append(fault)
    case .numberByTenant(let range):
      if let value = node.double, range.contains(value) {
        return (.number(value), Self.text(value))
      }
      guard case .object(let members) = node.value else {
        faults.append(expected(Self.words(range) + ", or an object of one per tenant"))
        return nil
      }
      return readNumbers(option, members, range, tenants: tenants)
    case .integers(let range): return readIntegers(option, node, range)
    case .wordByTenant: return readWords(option, node, tenants: tenants)
    }
    return nil
  }

  /// A list of integers; a word of them with `+` between, as the command line has it; or one alone.
  private mutating func readIntegers(
    _ option: PolicyOption, _ node: JSONNode, _ range: ClosedRange<Int>
  ) -> (PolicyOptions.Value, String)? {
    var numbers: [Int?] = []
    switch node.value {
    case .array(let items): numbers = items.map { $0.integer.flatMap { Int(exactly: $0) } }
    case .string(let word): numbers = word.split(separator: "+").map { Int($0) }
    default: numbers = [node.integer.flatMap { Int(exactly: $0) }]
    }
    let good = numbers.compactMap { $0 }.filter { range.contains($0) }
    guard !good.isEmpty, good.count == numbers.count else {
      faults.append(
        at(
          node,
          "expected integers from \(range.lowerBound) to \(range.upperBound) in "
            + "'\(option.name)', found \(node.found)",
          hint: "a list like [4, 8]; on the command line 4+8"))
      return nil
    }
    return (.integers(good), good.map { "\($0)" }.joined(separator: "+"))
  }

  /// A word for all tenants, or one for each of some.
  private mutating func readWords(
    _ option: PolicyOption, _ node: JSONNode, tenants: [String]
  ) -> (PolicyOptions.Value, String)? {
    if case .string(let word) = node.value, !word.isEmpty { return (.word(word), word) }
    guard case .object(let members) = node.value else {
      faults.append(
        at(
          node,
          "expected a word in '\(option.name)', or an object of one per tenant, "
            + "found \(node.found)"))
      return nil
    }
    let before = faults.count
    var words: [String: String] = [:]
    for member in members {
      if !tenants.contains(member.name) {
        faults.append(unknownTenant(member, option, tenants))
      } else if case .string(let word) = member.node.value, !word.isEmpty {
        words[member.name] = word
      } else {
        faults.append(
          at(member.node, "expected a word in '\(member.name)', found \(member.node.found)"))
      }
    }
    let shown = members.map { "\($0.name):\(words[$0.name] ?? "")" }
    return faults.count == before ? (.words(words), shown.joined(separator: "+")) : nil
  }

  private func unknownTenant(
    _ member: JSONNode.Member, _ option: PolicyOption, _ tenants: [String]
  ) -> Diagnostic {
    Diagnostic(
      file: file, line: member.line, column: member.column,
      message: "'\(option.name)' names the unknown tenant '\(Excerpt.word(member.name))'",
      hint: NearestName.hint(for: member.name, in: tenants))
  }

  private mutating func readNumbers(
    _ option: PolicyOption, _ members: [JSONNode.Member], _ range: ClosedRange<Double>,
    tenants: [String]
  ) -> (PolicyOptions.Value, String)? {
    let before = faults.count
    var numbers: [String: Double] = [:]
    var words: [String] = []
    for member in members {
      if !tenants.contains(member.name) {
        faults.append(unknownTenant(member, option, tenants))
      } else if let value = member.node.double, range.contains(value) {
        numbers[member.name] = value
        words.append("\(member.name):\(Self.text(value))")
      } else {
        faults.append(
          at(
            member.node,
            "expected \(Self.words(range)) in '\(member.name)', found \(member.node.found)"))
      }
    }
    return faults.count == before ? (.numbers(numbers), words.joined(separator: "+")) : nil
  }

  private static func words(_ range: ClosedRange<Double>) -> String {
    "a number from \(text(range.lowerBound)) to \(text(range.upperBound))"
  }
}
