import Scheduling
import Simulation
import Tables

extension ExperimentReader {
  /// The policies with their options, each label once.
  mutating func readPolicies(
    _ fields: inout FieldReader, tenants: [String]
  ) -> [PolicyChoice] {
    let items = fields.list("policies")
    if items.isEmpty, let list = fields.optional("policies"), case .array = list.value {
      fields.fault(list, "expected at least one policy in 'policies'")
    }
    var choices: [PolicyChoice] = []
    for item in items {
      guard let choice = readPolicy(item, tenants: tenants) else { continue }
      if choices.contains(where: { $0.label == choice.label }) {
        fields.fault(item, "the policy '\(choice.label)' is given twice")
      }
      choices.append(choice)
    }
    return choices
  }

  /// A name, or an object of `policy` and options.
  private mutating func readPolicy(_ node: JSONNode, tenants: [String]) -> PolicyChoice? {
    if case .string(let name) = node.value {
      return policy(name, node).map { PolicyChoice($0) }
    }
    guard case .object = node.value else {
      faults.append(
        at(node, "expected a policy as a name or an object, found \(node.found)"))
      return nil
    }
    var fields = FieldReader(node, file: file, what: "a policy")
    guard let (word, _) = word("policy", &fields) else {
      faults += fields.finish()
      return nil
    }
    guard let nameNode = fields.optional("policy"), let policy = policy(word, nameNode) else {
      return nil
    }
    let known = policy.descriptor
    let name = known.name
    let before = faults.count
    var options = PolicyOptions()
    var words: [String] = []
    for member in fields.remaining() {
      guard let option = known.options.first(where: { $0.name == member.name }) else {
        faults.append(
          Diagnostic(
            file: file, line: member.line, column: member.column,
            message: "the policy '\(name)' has no option '\(Excerpt.word(member.name))'",
            hint: known.options.isEmpty
              ? "it has no options"
              : NearestName.hint(for: member.name, in: known.options.map(\.name))))
        continue
      }
      if let (value, text) = readValue(option, member.node, tenants: tenants) {
        options.set(option.name, value)
        words.append("\(option.name)=\(text)")
      }
    }
    faults += fields.finish()
    checkMechanism(name, options, node)
    guard faults.count == before else { return nil }
    capBatch(policy, &options, &words, node)
    let label = words.isEmpty ? name : "\(name)(\(words.joined(separator: ",")))"
    return PolicyChoice(policy, label: label, options: options)
  }

  private mutating func policy(_ name: String, _ node: JSONNode) -> (any SharingPolicy.Type)? {
    if let policy = policies.policy(named: name) { return policy }
    faults.append(
      at(
        node, "unknown policy '\(Excerpt.word(name))'",
        hint: wayOn(from: name) ?? NearestName.hint(for: name, in: policies.names)))
    return nil
  }

  /// Where a word is no policy but a choice that one has ("mps"): how it is asked for.
  private func wayOn(from word: String) -> String? {
    let folded = word.lowercased()
    for type in policies.policies {
      let policy = type.descriptor
      for option in policy.options {
        guard case .choice(let words) = option.kind,
          let own = words.first(where: { $0.lowercased() == folded })
        else { continue }
        let isDefault = own == option.fallback
        if file.isEmpty {
          return "'\(own)' is a choice of \(policy.name): --policy "
            + (isDefault ? policy.name : "\(policy.name):\(option.name)=\(own)")
        }
        return "'\(own)' is a choice of \(policy.name): "
          + (isDefault
            ? "\"\(policy.name)\""
            : "{\"policy\": \"\(policy.name)\", \"\(option.name)\": \"\(own)\"}")
      }
    }
    return nil
  }

  /// No batch is larger than the largest in any table: what runs is what the label says.
  private mutating func capBatch(
    _ policy: any SharingPolicy.Type, _ options: inout PolicyOptions, _ words: inout [String],
    _ node: JSONNode
  ) {
    // What is lowered has any batch that is asked for.
    if !lowered.isEmpty { return }
    let largest = tables.values.compactMap { $0.batches.last?.batch }.max() ?? .max
    let asked = policy.init(options).largestBatch
    guard asked > largest else { return }
    for option in policy.descriptor.options where options.has(option.name) {
      guard case .integer(let range) = option.kind, options.integer(option.name, 0) == asked,
        range.contains(largest), let at = words.firstIndex(of: "\(option.name)=\(asked)")
      else { continue }
      options.set(option.name, .number(Double(largest)))
      words[at] = "\(option.name)=\(largest)"
      notes.append(
        Diagnostic(
          file: place(of: node).file, line: max(0, node.line), column: node.column,
          severity: .warning,
          message: "'\(policy.descriptor.name)' runs with \(option.name)=\(largest), not "
            + "\(asked): no table here has a larger batch"))
    }
  }

  /// An option's value, and how labels show it; nil where it does not fit.
  private mutating func readValue(
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
    case .wordByTenant: return readWords(option, node, tenants: tenants)
    }
    return nil
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

  /// Options of the mechanism that was not chosen would do nothing: they are refused.
  private mutating func checkMechanism(
    _ name: String, _ options: PolicyOptions, _ node: JSONNode
  ) {
    guard name == "space-only" else { return }
    guard options.word("mechanism", "mps") == "streams", options.has("active_thread_percentage")
    else { return }
    faults.append(
      at(
        node, "'active_thread_percentage' does nothing with the mechanism 'streams'",
        hint: "add \"mechanism\": \"mps\", or leave it out"))
  }

  func at(_ node: JSONNode, _ message: String, hint: String? = nil) -> Diagnostic {
    Diagnostic(file: file, line: node.line, column: node.column, message: message, hint: hint)
  }

  private static func words(_ range: ClosedRange<Double>) -> String {
    "a number from \(text(range.lowerBound)) to \(text(range.upperBound))"
  }
}
