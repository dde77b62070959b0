import Hardware

extension LanguageModel {
  /// The model as its file's text; reading it again gives an equal model.
  package var jsonText: String {
    var members: [(key: String, value: String)] = [
      ("format", JSONText.quoted(Self.format)), ("name", JSONText.quoted(name)),
      ("layers", "\(layers)"), ("hidden", "\(hidden)"), ("heads", "\(heads)"),
      ("kv_heads", "\(kvHeads)"), ("head_dim", "\(headDim)"),
    ]
    if ffn > 0 { members.append(("ffn", "\(ffn)")) }
    members += [
      ("gated", "\(isGated)"), ("vocab", "\(vocab)"), ("tied_embedding", "\(hasTiedEmbedding)"),
      ("precision", JSONText.quoted(precision.rawValue)),
    ]
    if let experts {
      members += [
        ("experts", "\(experts.experts)"), ("experts_per_token", "\(experts.perToken)"),
        ("expert_ffn", "\(experts.ffn)"), ("shared_ffn", "\(experts.sharedFFN)"),
        ("dense_layers", "\(experts.denseLayers)"),
      ]
    }
    members.append(("max_context", "\(maxContext)"))
    let entries = sources.map { "    \(JSONText.quoted($0.key)): \(JSONText.quoted($0.source))" }
    members.append(("sources", "{\n" + entries.joined(separator: ",\n") + "\n  }"))
    let lines = members.map { "  \(JSONText.quoted($0.key)): \($0.value)" }
    return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
  }
}
