import Scheduling
import Simulation
import Tables

extension ExperimentReader {
  /// The word that stands for the whole catalogue.
  static let allPolicies = "all"

  /// The policies with their options, each label once.
  ///
  /// - Parameter specs: the tenants without a fault.
  mutating func readPolicies(
    _ fields: inout FieldReader, tenants: [String], specs: [TenantSpec]
  ) -> [PolicyChoice] {
    let items = fields.list("policies")
    if items.isEmpty, let list = fields.optional("policies"), case .array = list.value {
      fields.fault(list, "expected at least one policy in 'policies'")
    }
    var choices: [PolicyChoice] = []
    for item in items {
      if case .string(Self.allPolicies) = item.value {
        choices += wholeCatalogue(item, specs, besides: choices)
        continue
      }
      guard let choice = readPolicy(item, tenants: tenants) else { continue }
      if choices.contains(where: { $0.label == choice.label }) {
        fields.fault(item, "the policy '\(choice.label)' is given twice")
      }
      // With a faulty tenant left out, it would be of others that the policy judges.
      if specs.count == tenants.count,
        let objection = choice.policy.objection(to: specs.map(\.view), choice.options)
          ?? missingMIG(choice.policy)
      {
        fields.fault(item, "'\(choice.label)' \(objection)")
      }
      choices.append(choice)
    }
    return choices
  }

  /// Every policy and bound there is, `space-only` by both its mechanisms; those that these tenants
  /// are not for are left out, which a note says.
  private mutating func wholeCatalogue(
    _ node: JSONNode, _ specs: [TenantSpec], besides given: [PolicyChoice]
  ) -> [PolicyChoice] {
    var choices: [PolicyChoice] = []
    for policy in policies.policies + policies.bounds {
      var variants = [PolicyChoice(policy)]
      if policy.descriptor.name == BuiltInExperiment.twoMechanisms {
        var options = PolicyOptions()
        options.set("mechanism", .word("streams"))
        variants.append(
          PolicyChoice(
            policy, label: "\(policy.descriptor.name)(mechanism=streams)", options: options))
      }
      var objection =
        policy.objection(to: specs.map(\.view), PolicyOptions()) ?? missingMIG(policy)
      let own = variants[0].make()
      if !own.runsTaskGraphs, specs.contains(where: { $0.graph != nil }) {
        objection = "runs no task graphs"
      }
      if own.mechanism == .bound, specs.contains(where: \.waitsForAnswers) {
        objection = "needs arrivals that do not follow from answers"
      }
      if let objection {
        notes.append(
          Diagnostic(
            file: place(of: node).file, line: max(0, node.line), column: node.column,
            severity: .note,
            message: "'\(policy.descriptor.name)' is left out of '\(Self.allPolicies)': it "
              + objection))
        continue
      }
      choices += variants.filter { own in !given.contains { $0.label == own.label } }
    }
    return choices
  }

  /// What a policy that needs MIG says of a GPU without.
  private func missingMIG(_ policy: any SharingPolicy.Type) -> String? {
    guard policy.descriptor.needsMIG, let gpu, gpu.migSlices.isEmpty else { return nil }
    return "needs MIG, which \(gpu.name) does not have; `gpuloom gpus --mig` lists what has"
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
        hint: wayOn(from: name) ?? NearestName.hint(for: name, in: policies.allNames)))
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
}
