import Hardware
import LanguageModels
import Simulation
import Tables

/// A tenant that is a language model: its file, how its replicas serve, and its objectives.
extension ExperimentReader {
  /// What a tenant's member `serving` asks for.
  struct GivenServing {
    var settings = ServingSettings()
    var stack: (name: String, place: NamePlace)?
    var ttftNS: Int64?
    var tpotNS: Int64?
    /// Where the prefix cache was asked for by name.
    var prefixNode: JSONNode?
  }

  /// Reads `serving` and the objectives of tokens, which other models do not have.
  mutating func readServing(_ fields: inout FieldReader) -> GivenServing {
    var given = GivenServing()
    for (key, path) in [
      ("slo_ttft_ms", \GivenServing.ttftNS), ("slo_tpot_ms", \GivenServing.tpotNS),
    ] {
      guard let node = fields.optional(key) else { continue }
      guard wantsTokens else {
        fields.fault(node, "'\(key)' applies to language models only")
        continue
      }
      let slo = fields.double(key, default: 1, atLeast: 1e-6, atMost: 3.6e6)
      given[keyPath: path] = Int64((slo * 1e6).rounded())
    }
    guard let node = fields.optional("serving") else { return given }
    guard wantsTokens else {
      fields.fault(
        node, "'serving' applies to language models only",
        hint: "language models: " + library.languageModelNames.joined(separator: ", "))
      return given
    }
    readServing(node, &given)
    return given
  }

  private mutating func readServing(_ node: JSONNode, _ given: inout GivenServing) {
    var fields = FieldReader(node, file: file, what: "'serving'")
    let defaults = ServingSettings()
    var settings = defaults
    if let scheduler: ServingSettings.Scheduler = choice("scheduler", &fields) {
      settings.scheduler = scheduler
    }
    if let preemption: ServingSettings.Preemption = choice("preemption", &fields) {
      settings.preemption = preemption
      if settings.scheduler == .fixed, let node = fields.optional("preemption") {
        fields.fault(node, "'preemption' has no effect under the scheduler 'static'")
      }
    }
    settings.maxSequences = fields.integer(
      "max_sequences", default: defaults.maxSequences, atLeast: 1, atMost: 65_536)
    settings.maxTokens = fields.integer(
      "max_tokens", default: defaults.maxTokens, atLeast: 1, atMost: 1 << 24)
    if let node = fields.optional("chunked_prefill") {
      settings.chunkedPrefill = fields.bool("chunked_prefill", default: true)
      if settings.scheduler == .prefillFirst, settings.chunkedPrefill {
        fields.fault(node, "the scheduler 'prefill-first' computes prompts whole")
      }
    }
    settings.kvBlock = fields.integer(
      "kv_block", default: defaults.kvBlock, atLeast: 1, atMost: 65_536)
    settings.memoryFraction = fields.double(
      "memory_fraction", default: defaults.memoryFraction, atLeast: 0.01, atMost: 1)
    if let node = fields.optional("prefix_cache") {
      settings.prefixCache = fields.bool("prefix_cache", default: true)
      if settings.prefixCache { given.prefixNode = node }
    }
    if fields.has("stack") { given.stack = word("stack", &fields).map { ($0.text, $0.place) } }
    given.settings = settings
    faults += fields.finish()
  }

  /// A member that is one of a few words.
  private func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ fields: inout FieldReader
  ) -> Choice? where Choice.RawValue == String {
    guard let node = fields.optional(key) else { return nil }
    let known = Choice.allCases.map(\.rawValue)
    guard case .string(let word) = node.value else {
      fields.fault(node, "expected a string in '\(key)', found \(node.found)")
      return nil
    }
    if let choice = Choice(rawValue: word) { return choice }
    fields.fault(
      node, "unknown \(key) '\(Excerpt.word(word))'",
      hint: NearestName.hint(for: word, in: known) ?? "one of " + known.joined(separator: ", "))
    return nil
  }

  /// The part of a tenant that is a language model's; nil where something is wrong with it.
  mutating func readLanguage(
    _ model: String, _ place: NamePlace, _ given: GivenServing
  ) -> LanguageTenant? {
    guard let gpu else { return nil }
    let stackName = given.stack?.name ?? ServingStack.standard
    let found = attempt(
      at: place,
      { [library] () throws(InputError) -> LanguageTenant in
        let own = try library.languageModel(model, at: place)
        let stack = try library.servingStack(stackName, at: given.stack?.place ?? place)
        var slices: [OperatorModel] = []
        for slice in gpu.migSlices {
          slices.append(
            try library.operatorModel(for: gpu.slice(slice.name) ?? gpu, stack: stack))
        }
        return LanguageTenant(
          model: own, stack: stack, operators: try library.operatorModel(for: gpu, stack: stack),
          sliceOperators: slices, settings: given.settings, ttftNS: given.ttftNS,
          tpotNS: given.tpotNS)
      })
    guard let found else { return nil }
    if gpu.flopPerCyclePerSM[.bf16Tensor] == nil {
      faults.append(
        Diagnostic(
          file: place.file, line: place.line, column: place.column,
          message: "the GPU '\(gpu.name)' has no 'bf16_tensor' rate, at which the language model "
            + "'\(Excerpt.word(model))' computes"))
      return nil
    }
    note(input("llm", model, folder: "llms/\(found.model.name).json", place))
    note(input("stack", stackName, folder: "stacks/\(stackName).json", given.stack?.place ?? place))
    return found
  }

  /// Makes sure that requests fit the model's context, and that what is asked for beside them has an
  /// effect.
  mutating func judgeLanguage(
    _ tenant: TenantSpec, _ given: GivenServing, arrivals node: JSONNode?
  ) {
    guard let language = tenant.language, let node else { return }
    let most = language.model.maxContext
    if let requests = tenant.tokens?.recorded?.requests {
      let long = requests.count { Int($0.input) + max(1, Int($0.output)) > most }
      if long > 0, let longest = requests.max(by: { $0.input < $1.input }) {
        faults.append(
          at(
            node,
            "\(long) of \(requests.count) requests of '\(Excerpt.word(tenant.name))' are longer "
              + "than the \(most) tokens of context of '\(language.model.name)'; the longest prompt "
              + "has \(longest.input)",
            hint: "\"tenant\": {\"input_tokens_below\": …} leaves long prompts out"))
      }
    }
    let blocks = tenant.tokens?.recorded?.blocks
    if let prefix = given.prefixNode {
      if let blocks, Int(blocks.tokens) % language.settings.kvBlock != 0 {
        faults.append(
          at(
            prefix,
            "a 'prefix_cache' needs a 'kv_block' that divides the trace's blocks of "
              + "\(blocks.tokens) tokens, found \(language.settings.kvBlock)"))
      } else if blocks == nil {
        notes.append(
          Diagnostic(
            file: file, line: prefix.line, column: prefix.column, severity: .warning,
            message: "no trace says which prompts of '\(Excerpt.word(tenant.name))' begin alike: "
              + "'prefix_cache' has no effect"))
      }
    }
  }
}
