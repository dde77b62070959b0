import Tables

/// A language model from its publisher's `config.json`.
///
/// The keys that decide sizes are read; others (positions, token numbers, training) say nothing
/// about work or memory and are passed over.
package struct PublishedConfig {
  /// A kind of model, as `model_type` names it.
  struct Kind {
    let type: String
    var isGated = true
    var tiesByDefault = false
    var experts = Experts.none
  }

  /// How a kind writes its mixture of experts.
  enum Experts {
    case none
    /// Every layer: `num_local_experts`, each as wide as `intermediate_size`.
    case mixtral
    /// `num_experts` of `moe_intermediate_size`, but for `mlp_only_layers`.
    case qwen
  }

  /// The kinds that are read.
  static let kinds = [
    Kind(type: "llama"), Kind(type: "mistral"), Kind(type: "qwen2"), Kind(type: "qwen3"),
    Kind(type: "phi", isGated: false), Kind(type: "phi3"), Kind(type: "gemma", tiesByDefault: true),
    Kind(type: "starcoder2", isGated: false, tiesByDefault: true), Kind(type: "olmo2"),
    Kind(type: "mixtral", experts: .mixtral), Kind(type: "qwen2_moe", experts: .qwen),
    Kind(type: "qwen3_moe", experts: .qwen),
  ]

  /// The architectures that are read, as `model_type` names them.
  package static var architectures: [String] { kinds.map(\.type) }

  /// Reads a configuration.
  ///
  /// - Parameter name: the model's name; else the configuration's own, else the file's.
  /// - Returns: the model, and what of the configuration is not modelled.
  /// - Throws: as `InputFile.text(at:)`, and `badData` with every fault found.
  package static func read(
    _ path: String, name: String? = nil
  ) throws(InputError) -> (model: LanguageModel, notes: [Diagnostic]) {
    try read(JSONReader.node(at: path, isOurs: false), file: path, name: name)
  }

  /// Reads a configuration from parsed JSON; `file` names it in errors.
  package static func read(
    _ node: JSONNode, file: String, name: String? = nil
  ) throws(InputError) -> (model: LanguageModel, notes: [Diagnostic]) {
    var reader = ConfigReader(node, file: file)
    guard let kind = reader.kind() else { throw InputError(diagnostics: reader.fields.faults) }
    let model = reader.model(kind, name: name)
    let faults = reader.fields.faults
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    return (model, reader.notes)
  }
}

/// Reads one configuration's keys.
private struct ConfigReader {
  var fields: FieldReader
  var notes: [Diagnostic] = []
  let file: String

  init(_ node: JSONNode, file: String) {
    self.file = file
    fields = FieldReader(node, file: file, what: "a model's configuration")
  }

  /// The kind; nil with a fault.
  mutating func kind() -> PublishedConfig.Kind? {
    guard let node = fields.required("model_type") else { return nil }
    guard let word = node.text else {
      fields.fault(node, "expected a string in 'model_type', found \(node.found)")
      return nil
    }
    if let kind = PublishedConfig.kinds.first(where: { $0.type == word }) { return kind }
    fields.fault(
      node, "unknown architecture '\(Excerpt.word(word))' in 'model_type'",
      hint: NearestName.of(word, in: PublishedConfig.kinds.map(\.type)).map {
        "did you mean '\($0)'?"
      } ?? "known: " + PublishedConfig.kinds.map(\.type).joined(separator: ", "))
    return nil
  }

  mutating func model(_ kind: PublishedConfig.Kind, name: String?) -> LanguageModel {
    let layers = fields.integer(
      "num_hidden_layers", atLeast: 1, atMost: LanguageModel.mostLayers)
    let hidden = fields.integer("hidden_size", atLeast: 1, atMost: 1 << 20)
    let heads = fields.integer("num_attention_heads", atLeast: 1, atMost: 1 << 16)
    let kvHeads = optional("num_key_value_heads", heads, 1 << 16)
    let headDim = headDim(hidden: hidden, heads: heads)
    let experts = experts(kind, layers: layers)
    let isDense = experts.map { $0.denseLayers > 0 } ?? true
    var model = LanguageModel(
      name: name ?? ownName(), layers: layers, hidden: hidden, heads: heads, kvHeads: kvHeads,
      headDim: headDim,
      ffn: isDense ? fields.integer("intermediate_size", atLeast: 1, atMost: 1 << 24) : 0,
      isGated: kind.isGated, vocab: fields.integer("vocab_size", atLeast: 1, atMost: 1 << 26),
      hasTiedEmbedding: fields.bool("tie_word_embeddings", default: kind.tiesByDefault),
      precision: precision(), experts: experts,
      maxContext: fields.integer("max_position_embeddings", atLeast: 1, atMost: 1 << 30))
    if heads % kvHeads != 0, let node = fields.optional("num_key_value_heads") {
      fields.fault(
        node,
        "expected a divisor of the \(heads) heads in 'num_key_value_heads', found \(node.found)")
    }
    if fields.faults.isEmpty, model.isTooLarge, let node = fields.optional("hidden_size") {
      fields.fault(node, LanguageModel.tooLarge)
    }
    noteWindow()
    model.sources = [
      ("config", "published: config.json of \(model.name) (model_type \(kind.type))")
    ]
    return model
  }

  /// An integer that may be left out or null.
  private mutating func optional(_ key: String, _ fallback: Int, _ high: Int) -> Int {
    if case .null? = fields.optional(key)?.value { return fallback }
    return fields.integer(key, default: fallback, atLeast: 1, atMost: high)
  }

  private mutating func headDim(hidden: Int, heads: Int) -> Int {
    let stated = optional("head_dim", 0, 1 << 16)
    if stated > 0 { return stated }
    if hidden % heads != 0, let node = fields.optional("hidden_size") {
      fields.fault(
        node, "expected a multiple of the \(heads) heads in 'hidden_size', found \(hidden)",
        hint: "or 'head_dim' beside it")
    }
    return max(1, hidden / heads)
  }

  private mutating func ownName() -> String {
    let path = fields.optional("_name_or_path")?.text ?? ""
    let last = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
    return last.isEmpty || last == "." ? LanguageModel.stem(of: file) : last
  }

  /// fp8 where the weights are quantised so, else the format they are published in.
  private mutating func precision() -> WeightPrecision {
    if let node = fields.optional("quantization_config"), case .object = node.value {
      let method = node["quant_method"]?.text ?? ""
      if method == "fp8" || method == "fbgemm_fp8" { return .fp8 }
      fields.fault(
        node["quant_method"] ?? node,
        "quantised weights are not modelled beyond fp8: "
          + (method.isEmpty ? "no 'quant_method' is given" : "'\(Excerpt.word(method))'"),
        hint: "read the configuration of the model that was quantised")
      return .bf16
    }
    guard let node = fields.optional("torch_dtype") ?? fields.optional("dtype") else {
      note(nil, "no 'torch_dtype': bf16 is assumed")
      return .bf16
    }
    switch node.text {
    case "bfloat16": return .bf16
    case "float16": return .fp16
    case "float32":
      note(node, "weights in float32 are served in bf16")
      return .bf16
    default:
      fields.fault(
        node, "unknown format of weights: \(node.found)",
        hint: NearestName.hint(
          for: node.text ?? "", in: ["bfloat16", "float16", "float32"]))
      return .bf16
    }
  }

  private mutating func note(_ node: JSONNode?, _ message: String) {
    notes.append(
      Diagnostic(
        file: file, line: node?.line ?? 0, column: node?.column ?? 0, severity: .note,
        message: message))
  }

  private mutating func noteWindow() {
    guard let node = fields.optional("sliding_window"), let window = node.integer else { return }
    if case .bool(false)? = fields.optional("use_sliding_window")?.value { return }
    note(node, "a sliding window of \(window) tokens is not modelled: attention sees all of them")
  }

  private mutating func experts(
    _ kind: PublishedConfig.Kind, layers: Int
  ) -> ExpertMixture? {
    let mixture: ExpertMixture
    switch kind.experts {
    case .none: return nil
    case .mixtral:
      mixture = ExpertMixture(
        experts: fields.integer("num_local_experts", atLeast: 1, atMost: 1 << 16),
        perToken: fields.integer("num_experts_per_tok", atLeast: 1, atMost: 1 << 16),
        ffn: fields.integer("intermediate_size", atLeast: 1, atMost: 1 << 24))
    case .qwen:
      if let node = fields.optional("decoder_sparse_step"), node.integer != 1 {
        fields.fault(
          node,
          "expected 1 in 'decoder_sparse_step', found \(node.found): "
            + "experts in some layers only are not modelled")
      }
      mixture = ExpertMixture(
        experts: fields.integer("num_experts", atLeast: 1, atMost: 1 << 16),
        perToken: fields.integer("num_experts_per_tok", atLeast: 1, atMost: 1 << 16),
        ffn: fields.integer("moe_intermediate_size", atLeast: 1, atMost: 1 << 24),
        sharedFFN: fields.integer("shared_expert_intermediate_size", default: 0, atMost: 1 << 24),
        denseLayers: denseLayers(layers))
    }
    if mixture.perToken > mixture.experts, let node = fields.optional("num_experts_per_tok") {
      fields.fault(
        node,
        "expected at most the \(mixture.experts) experts in 'num_experts_per_tok', "
          + "found \(node.found)")
    }
    return mixture
  }

  /// `mlp_only_layers`, which must be the first ones.
  private mutating func denseLayers(_ layers: Int) -> Int {
    let items = fields.list("mlp_only_layers", isRequired: false)
    for (i, item) in items.enumerated() where item.integer != Int64(i) || i >= layers - 1 {
      fields.fault(
        item, "expected the first layers in order in 'mlp_only_layers', found \(item.found)",
        hint: "dense layers elsewhere are not modelled")
      break
    }
    return items.count
  }
}
