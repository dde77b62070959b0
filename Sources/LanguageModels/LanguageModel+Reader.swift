import Hardware
import Tables

extension LanguageModel {
  /// The format's name and version.
  package static let format = "gpuloom.llm/1"

  /// Reads a model's file; its name is the file's where it states none.
  ///
  /// - Throws: as `InputFile.text(at:)`, and `badData` with every fault found.
  package static func read(_ path: String) throws(InputError) -> LanguageModel {
    try read(JSONReader.node(at: path), file: path)
  }

  /// Reads a model from parsed JSON; `file` names it in errors.
  ///
  /// - Throws: `badData` with every fault found.
  package static func read(_ node: JSONNode, file: String) throws(InputError) -> LanguageModel {
    if node["format"] == nil, node["model_type"] != nil || node["hidden_size"] != nil {
      throw InputError(
        Diagnostic(
          file: file, line: node.line, column: node.column,
          message: "expected the format \"\(format)\", found a publisher's configuration",
          hint: "'gpuloom models from \(file)' makes a model of it"))
    }
    var fields = FieldReader(node, file: file, what: "a language model")
    try fields.expectFormat(format)
    var numbers = NumberReader(fields: fields)
    let isMixture = mixtureKeys.contains { numbers.fields.has($0) }
    let experts = isMixture ? readMixture(&numbers) : nil
    let needsFFN = experts.map { $0.denseLayers > 0 } ?? true
    var model = LanguageModel(
      name: numbers.fields.string("name", default: stem(of: file)),
      layers: numbers.integer("layers", 1, mostLayers),
      hidden: numbers.integer("hidden", 1, 1 << 20), heads: numbers.integer("heads", 1, 1 << 16),
      kvHeads: numbers.integer("kv_heads", 1, 1 << 16),
      headDim: numbers.integer("head_dim", 1, 1 << 16),
      ffn: needsFFN || numbers.fields.has("ffn") ? numbers.integer("ffn", 1, 1 << 24) : 0,
      isGated: numbers.fields.bool("gated"), vocab: numbers.integer("vocab", 1, 1 << 26),
      hasTiedEmbedding: numbers.fields.bool("tied_embedding"),
      precision: readPrecision(&numbers.fields), experts: experts,
      maxContext: numbers.integer("max_context", 1, 1 << 30))
    check(&numbers.fields, model)
    let known = numbers.names + ["gated", "tied_embedding", "precision", "config"]
    let (sources, faults) = readSources(
      numbers.fields.required("sources"), file: file, numbers: numbers.names, known: known)
    model.sources = sources
    let all = numbers.fields.finish() + faults
    if !all.isEmpty { throw InputError(diagnostics: all) }
    return model
  }

  /// The most layers: sums over an iteration stay in 64 bits.
  static let mostLayers = 1000
  /// What is said of sizes that no model has.
  static let tooLarge = "expected sizes of at most 10^13 parameters together"

  private static let mixtureKeys = [
    "experts", "experts_per_token", "expert_ffn", "shared_ffn", "dense_layers",
  ]

  private static func readMixture(_ numbers: inout NumberReader) -> ExpertMixture {
    ExpertMixture(
      experts: numbers.integer("experts", 1, 1 << 16),
      perToken: numbers.integer("experts_per_token", 1, 1 << 16),
      ffn: numbers.integer("expert_ffn", 1, 1 << 24),
      sharedFFN: numbers.fields.has("shared_ffn") ? numbers.integer("shared_ffn", 0, 1 << 24) : 0,
      denseLayers: numbers.fields.has("dense_layers")
        ? numbers.integer("dense_layers", 0, mostLayers) : 0)
  }

  private static func readPrecision(_ fields: inout FieldReader) -> WeightPrecision {
    guard let node = fields.required("precision") else { return .bf16 }
    let known = WeightPrecision.allCases.map(\.rawValue)
    guard case .string(let word) = node.value else {
      fields.fault(node, "expected a string in 'precision', found \(node.found)")
      return .bf16
    }
    if let precision = WeightPrecision(rawValue: word) { return precision }
    fields.fault(
      node, "unknown precision '\(Excerpt.word(word))'",
      hint: NearestName.hint(for: word, in: known))
    return .bf16
  }

  /// Faults numbers that contradict each other.
  static func check(_ fields: inout FieldReader, _ model: LanguageModel) {
    guard fields.faults.isEmpty else { return }
    if model.heads % model.kvHeads != 0, let node = fields.optional("kv_heads") {
      fields.fault(
        node, "expected a divisor of the \(model.heads) heads in 'kv_heads', found \(node.found)")
    }
    if model.isTooLarge, let node = fields.optional("hidden") { fields.fault(node, tooLarge) }
    guard let experts = model.experts else { return }
    if experts.perToken > experts.experts, let node = fields.optional("experts_per_token") {
      fields.fault(
        node,
        "expected at most the \(experts.experts) experts in 'experts_per_token', "
          + "found \(node.found)")
    }
    if experts.denseLayers >= model.layers, let node = fields.optional("dense_layers") {
      fields.fault(
        node,
        "expected fewer than the \(model.layers) layers in 'dense_layers', found \(node.found)",
        hint: "a model without experts leaves out 'experts' and what belongs to it")
    }
  }

  /// The sources: a text that stands for all numbers, or an object of them by key, where `config`
  /// stands for all that have no entry.
  private static func readSources(
    _ node: JSONNode?, file: String, numbers: [String], known: [String]
  ) -> (sources: [(key: String, source: String)], faults: [Diagnostic]) {
    guard let node else { return ([], []) }
    if case .string(let text) = node.value { return ([("config", text)], []) }
    var fields = FieldReader(node, file: file, what: "'sources'")
    var sources: [(key: String, source: String)] = []
    let hasConfig = fields.has("config")
    for key in ["config"] + known.filter({ $0 != "config" }) {
      let isNeeded = !hasConfig && numbers.contains(key)
      guard let entry = isNeeded ? fields.required(key) : fields.optional(key) else { continue }
      if case .string(let text) = entry.value {
        sources.append((key, text))
      } else {
        fields.fault(entry, "expected a string in '\(key)', found \(entry.found)")
      }
    }
    return (sources, fields.finish())
  }

  /// A path's last part without its ending.
  static func stem(of path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    return last.hasSuffix(".json") ? String(last.dropLast(5)) : last
  }
}
