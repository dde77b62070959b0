import CommandLine
import Hardware
import KernelData
import LanguageModels
import Reports
import Tables

/// `gpuloom models`: lists the catalogue's models, or shows one's kernel table batch by batch.
enum ModelsCommand: Command {
  static let name = "models"
  static let summary = "lists the models, or describes one, batch by batch or by its sizes"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "[NAME[:PRECISION]|FILE]",
      flags: [
        .valued("--gpu", "NAME|FILE", "the GPU whose table is shown (the first there is)")
      ],
      notes: [
        "A table that does not ship is lowered from the model's layer shapes when it is asked for,\n"
          + "for any GPU and, where the GPU states a rate, in "
          + LoweringPrecision.allCases.map(\.rawValue).joined(separator: ", ") + ".",
        "Language models have sizes in place of a table; their launches follow from each batch.\n"
          + "'gpuloom models from config.json' describes one that is not listed.",
      ],
      examples: [
        ("gpuloom models", "all models and the GPUs they have tables for"),
        ("gpuloom models resnet50 --gpu v100-sxm2-16gb", "launches, FLOP and bytes per batch"),
        ("gpuloom models resnet50:fp16 --gpu a100-sxm4-40gb", "the same, lowered for an A100"),
        ("gpuloom models llama-3.1-8b", "a language model's sizes, and where they come from"),
      ])
  }

  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws -> ExitStatus
  {
    let name = arguments.optionalPositional()
    let gpu = name == nil ? nil : arguments.string("--gpu")
    try arguments.finish()
    let library = ModelLibrary.locate()
    guard let name else {
      try context.emit(try list(library), name: "models")
      context.note(
        "all with a table are lowered for any other GPU when asked, in "
          + LoweringPrecision.allCases.map(\.rawValue).joined(separator: ", ")
          + ": gpuloom models resnet50:fp16 --gpu a100-sxm4-40gb")
      return .done
    }
    if library.isLanguageModel(name) {
      if let gpu {
        throw InputError(
          kind: .usage,
          message: "'\(name)' is a language model, described by its sizes: '--gpu \(gpu)' says "
            + "nothing of them")
      }
      return try LanguageModelList.describe(name, library, context)
    }
    let found = try table(of: name, gpu: gpu, library)
    if let note = found.note { context.note(note) }
    let table = found.table
    let heading =
      "\(table.model) on \(table.gpu), \(table.precision.rawValue), \(table.stack)\n"
      + "\(table.provenance): \(table.source)\n\n"
    try context.emit(batches(of: table), name: "\(table.model)-\(table.gpu)", heading: heading)
    return .done
  }

  /// A model's table for the GPU; a file is one GPU's, and must be this one's.
  private static func table(
    of name: String, gpu: String?, _ library: ModelLibrary
  ) throws(InputError) -> ModelTable {
    guard ModelLibrary.isPath(name) else {
      return try KernelsTables.found(name, on: gpu, library)
    }
    let table = try KernelTable.read(name)
    guard let gpu else { return ModelTable(table: table, name: name) }
    let asked = try library.gpu(gpu)
    if GPUSpec.find(table.gpu, among: [asked]) != nil {
      return ModelTable(table: table, name: name)
    }
    throw InputError(
      kind: .usage,
      Diagnostic(
        file: name, message: "the table is of the GPU '\(table.gpu)', not of '\(asked.name)'",
        hint: "'gpuloom kernels show' shows it on another GPU"))
  }

  private static func list(_ library: ModelLibrary) throws(InputError) -> ReportTable {
    var rows = ReportTable(
      columns: [
        ReportColumn("model"), ReportColumn("gpu"), ReportColumn("precision"),
        ReportColumn("batches"), ReportColumn("launches"),
        ReportColumn("weights_mib", title: "weights", unit: "MiB", decimals: 1),
        ReportColumn("provenance"),
      ] + LanguageModelList.columns)
    for model in try Catalogue.names(library.allModelNames, of: "models", library) {
      if library.tableGPUs(of: model).isEmpty, let batches = Lowering.batches(of: model) {
        rows.append([
          .text(model), .none, .none, .text(batches.map { "\($0)" }.joined(separator: " ")), .none,
          .none, .text("lowered"), .none, .none, .none,
        ])
      }
      for gpu in library.tableGPUs(of: model) {
        let table = try library.kernelTable(model, gpu: gpu)
        rows.append([
          .text(model), .text(gpu), .text(table.precision.rawValue),
          .text(table.batches.map { "\($0.batch)" }.joined(separator: " ")),
          .integer(Int64(table.batches.first?.launches.count ?? 0)), .number(table.weightsMiB),
          .text(table.provenance), .none, .none, .none,
        ])
      }
    }
    rows.beginGroup()
    for row in try LanguageModelList.rows(library) { rows.append(row) }
    return rows
  }

  private static func batches(of table: KernelTable) -> ReportTable {
    var rows = ReportTable(columns: [
      ReportColumn("batch"), ReportColumn("launches"), ReportColumn("kernels"),
      ReportColumn("blocks", decimals: 0), ReportColumn("gflop", title: "work", unit: "GFLOP"),
      ReportColumn("dram_mib", title: "DRAM", unit: "MiB", decimals: 1),
      ReportColumn("duration_ms", title: "back to back", unit: "ms"),
    ])
    for (batch, launches) in table.batches {
      // Sums in floating point: a user's table may hold numbers that overflow together.
      func sum(_ value: (KernelProfile) -> Double?) -> ReportCell {
        let known = launches.compactMap(value)
        return known.count == launches.count ? .number(known.reduce(0, +)) : .none
      }
      rows.append([
        .integer(Int64(batch)), .integer(Int64(launches.count)),
        .integer(Int64(Set(launches.map(\.name)).count)), sum { Double($0.grid.count) },
        sum { $0.flop.map { Double($0) / 1e9 } },
        sum { $0.dramBytes.map { Double($0) / 1_048_576 } },
        sum { $0.durationNS.map { Double($0) / 1e6 } },
      ])
    }
    return rows
  }
}
