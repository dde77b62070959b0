import CommandLine
import Hardware
import LanguageModels
import Reports
import Tables

/// The language models of the catalogue in `gpuloom models`.
enum LanguageModelList {
  /// The columns that language models add to the list.
  static let columns = [
    ReportColumn("parameters", decimals: 0),
    ReportColumn("active_parameters", title: "active", decimals: 0),
    ReportColumn("kv_bytes_per_token", title: "KV", unit: "B/token", decimals: 0),
  ]

  /// A row of the list for each model.
  static func rows(_ library: ModelLibrary) throws(InputError) -> [[ReportCell]] {
    var rows: [[ReportCell]] = []
    for name in library.languageModelNames {
      let model = try library.languageModel(name)
      rows.append([
        .text(name), .none, .text(model.precision.rawValue), .none, .none,
        .number(Double(model.weightsBytes) / 1_048_576), .text("sizes"),
        .integer(Int64(model.parameters)), .integer(Int64(model.activeParameters)),
        .integer(Int64(model.kvBytesPerToken)),
      ])
    }
    return rows
  }

  /// One model: its sizes with their sources, and what follows from them.
  static func describe(
    _ name: String, _ library: ModelLibrary, _ context: CommandContext
  ) throws -> ExitStatus {
    let model = try library.languageModel(name)
    var table = ReportTable(columns: [
      ReportColumn("key"), ReportColumn("value"), ReportColumn("source"),
    ])
    let config = model.sources.first { $0.key == "config" }?.source
    func add(_ key: String, _ value: String, _ source: String? = nil) {
      let own = source ?? model.sources.first { $0.key == key }?.source ?? config
      table.append([.text(key), .text(value), own.map { .text($0) } ?? .none])
    }
    add("layers", "\(model.layers)")
    add("hidden", "\(model.hidden)")
    add("heads", "\(model.heads)")
    add("kv_heads", "\(model.kvHeads)")
    add("head_dim", "\(model.headDim)")
    if model.ffn > 0 { add("ffn", "\(model.ffn)") }
    add("gated", "\(model.isGated)")
    add("vocab", "\(model.vocab)")
    add("tied_embedding", "\(model.hasTiedEmbedding)")
    add("precision", model.precision.rawValue)
    if let experts = model.experts {
      add("experts", "\(experts.experts)")
      add("experts_per_token", "\(experts.perToken)")
      add("expert_ffn", "\(experts.ffn)")
      add("shared_ffn", "\(experts.sharedFFN)")
      add("dense_layers", "\(experts.denseLayers)")
    }
    add("max_context", "\(model.maxContext)")
    let sizes = "follows from the sizes; biases left out"
    add("parameters", "\(model.parameters)", sizes)
    add("active_parameters", "\(model.activeParameters)", sizes)
    add("weights_bytes", "\(model.weightsBytes)", sizes)
    add("kv_bytes_per_token", "\(model.kvBytesPerToken)", "follows from the sizes")
    try context.emit(table, name: model.name)
    return .done
  }
}
