import CommandLine
import Hardware
import KernelData
import Reports
import SimBasics
import Tables

/// `gpuloom kernels predict`: predicted against measured durations of matrix products.
enum KernelsPredictCommand: Command {
  static let name = "kernels predict"
  static let summary = "predict measured matrix products and tell how far off that is"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "ROWS.csv…",
      flags: [
        .valued("--min-us", "T", "leave out measured rows below this duration (0)"),
        .valued("--gpu", "NAME", "the GPU of rows that do not name theirs"),
        .plain("--shapes-only", "predict from sizes alone, even where the kernel is named"),
        .plain("--no-waves", "without rounding blocks per SM up: the ablation"),
        .plain("--left-out", "predict each GPU from the other GPUs' constants"),
        .plain("--rows", "every row with its prediction and error bar"),
      ],
      notes: [
        "Rows without 'latency_ms' are predicted all the same: '--rows' shows them, and so does a\n"
          + "file without any measurement. The bar is the mean error of the GPU's constants on\n"
          + "rows they were not fitted on; for a GPU that was never measured, the worst mean found\n"
          + "when a fitted GPU was left out.",
        "Rows have the columns gpu, op, m, n, k, batch, dtype, latency_ms and what else was "
          + "recorded; what 'cutlass_profiler --output' writes is read too. Errors are absolute, in\n"
          + "per cent of the measured duration.",
        "Rows of language models' operators (AIConfigurator's: products, attention of prompts and\n"
          + "of decodes, experts) are told from their columns; several such files are read together.",
        "Operators: \(GEMMSampleFile.operators.joined(separator: ", ")); an empty cell is linear,\n"
          + "or bmm where the batch is above 1.",
      ],
      examples: [("gpuloom kernels predict rows.csv --min-us 300", "errors by GPU and operator")])
  }

  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws -> ExitStatus
  {
    let files = [arguments.positional("ROWS.csv")] + arguments.remainingPositionals()
    var options = PredictionOptions()
    options.minimum = KernelErrors.minimum(&arguments)
    options.gpu = arguments.string("--gpu")
    options.usesKernels = !arguments.bool("--shapes-only")
    options.hasWaves = !arguments.bool("--no-waves")
    options.transfersAll = arguments.bool("--left-out")
    let wantsRows = arguments.bool("--rows")
    try arguments.finish()
    let library = ModelLibrary.locate()
    let catalogue = try GEMMCatalogue.read(folder: KernelErrors.folder())
    let file: CSVTable
    switch try KernelsOperatorRows.read(files, library: library) {
    case .products(let table): file = table
    case .operators(let files):
      try KernelsOperatorRows.refuse([
        ("--gpu", options.gpu != nil), ("--shapes-only", !options.usesKernels),
        ("--no-waves", !options.hasWaves),
      ])
      return try KernelsOperatorRows.predict(
        files, minimum: options.minimum, transfersAll: options.transfersAll, wantsRows: wantsRows,
        library: library, context)
    }
    let report = try GEMMPrediction.run(file, catalogue: catalogue, options: options)
    context.report(report.remarks)
    for note in report.notes { context.note(note) }
    // Nothing to compare with: the predictions are what was asked for.
    if wantsRows || report.isUnmeasured {
      let rows = try GEMMPrediction.rows(file, catalogue: catalogue, options: options)
      if rows.contains(where: { !$0.isFitted }) {
        context.note("transferred: the GPU's own kernels were not measured")
      }
      try context.emit(KernelErrors.table(rows), name: "rows")
      return .done
    }
    var table = ReportTable(columns: KernelErrors.columns)
    for group in report.groups { table.append(KernelErrors.cells(group)) }
    try context.emit(table, name: "predict")
    return .done
  }
}

/// `gpuloom kernels fit`: constants from measured rows, and how far they carry.
enum KernelsFitCommand: Command {
  static let name = "kernels fit"
  static let summary = "fit constants per GPU and kernel family, with held-out errors"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "ROWS.csv…",
      flags: [
        .valued("--min-us", "T", "judge only rows of at least this duration (0)"),
        .valued("--gpu", "NAME", "the GPU of rows that do not name theirs"),
      ],
      notes: [
        "Half of the shapes, chosen by a hash, are fitted; errors are told for the other half "
          + "(held_out), the same without wave quantisation (held_out_no_waves), from shapes alone "
          + "(held_out_shapes), on the fitted rows (fitted) and for each GPU predicted from the "
          + "others (left_out_gpu). With --out the constants are written, a file for each GPU.",
        "Of language models' operators, families that the rows lack keep the constants they have.",
      ],
      examples: [("gpuloom kernels fit rows.csv --min-us 300 --out constants", "fit and keep")])
  }

  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws -> ExitStatus
  {
    let files = [arguments.positional("ROWS.csv")] + arguments.remainingPositionals()
    let minimum = KernelErrors.minimum(&arguments)
    let gpu = arguments.string("--gpu")
    try arguments.finish()
    let catalogue = try GEMMCatalogue.read(folder: KernelErrors.folder())
    let library = ModelLibrary.locate()
    let file: CSVTable
    switch try KernelsOperatorRows.read(files, library: library) {
    case .products(let table): file = table
    case .operators(let files):
      try KernelsOperatorRows.refuse([("--gpu", gpu != nil)])
      return try KernelsOperatorRows.fit(files, minimum: minimum, library: library, context)
    }
    let fit = try GEMMFitting.run(file, catalogue: catalogue, minimum: minimum, gpu: gpu)
    for note in fit.heldOut.notes where note.contains("disagree") { context.note(note) }
    var table = ReportTable(
      columns: [ReportColumn("judged")] + KernelErrors.columns + [ReportColumn("constants")])
    let parts = [
      ("held_out", fit.heldOut), ("held_out_no_waves", fit.withoutWaves),
      ("held_out_shapes", fit.shapesAlone), ("fitted", fit.inSample),
      ("left_out_gpu", fit.leftOut),
    ]
    for (name, report) in parts {
      table.beginGroup()
      for group in report.groups {
        let own = fit.constants.filter { $0.gpu == group.gpu }.reduce(0) { $0 + $1.count }
        let count = name == "left_out_gpu" ? 0 : own
        table.append([.text(name)] + KernelErrors.cells(group) + [.integer(Int64(count))])
      }
    }
    let folder = try context.outputFolder.map { try OutputFolder($0) }
    for constants in fit.constants {
      let name = "\(constants.gpu)-\(constants.precision.rawValue).json"
      try folder?.write(name, constants.jsonText)
    }
    try context.emit(table, name: "errors", with: folder)
    return .done
  }
}

/// `gpuloom kernels lower`: a kernel table from a model's published layer shapes.
enum KernelsLowerCommand: Command {
  static let name = "kernels lower"
  static let summary = "make a kernel table from a model's published layer shapes"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "MODEL[:PRECISION]",
      flags: [
        .valued("--gpu", "NAME|FILE", "the GPU to make it for"),
        .valued(
          "--batches", "N,N,…", "the batches (the model's own)", isRepeatable: true),
        .valued(
          "--stack", "NAME|FILE", "the runtime that runs it (inference-PRECISION, fp32)"),
        .output("--to", "TABLE.csv", "write the table into this file, not to standard output"),
      ],
      formats: ["csv"],
      notes: ["Models: " + Lowering.modelNames.joined(separator: ", ") + "."],
      examples: [
        ("gpuloom kernels lower resnet50 --gpu t4 --to resnet50-t4.csv", "ResNet-50 on a T4"),
        ("gpuloom kernels lower resnet50:fp16 --gpu t4", "the same in half precision"),
      ])
  }

  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws -> ExitStatus
  {
    let word = arguments.positional("MODEL")
    let name = arguments.string("--gpu")
    let batches = arguments.integers("--batches", atLeast: 1, atMost: 4096)
    let givenStack = arguments.string("--stack")
    if givenStack != nil, word.contains(":") {
      arguments.fault("a precision after the model and '--stack' exclude each other")
    }
    let target = arguments.string("--to")
    if name == nil { arguments.fault("the flag '--gpu' is needed: --gpu NAME|FILE") }
    try arguments.finish()
    let library = ModelLibrary.locate()
    let gpu = try library.gpu(name ?? "")
    let (model, precision) = try Lowering.parts(of: word)
    let stack = givenStack ?? Lowering.stack(for: precision ?? .fp32)
    let table = try Lowering.table(
      model: model, gpu: gpu, batches: batches, stack: stack, library: library)
    try context.save("\(gpu.name).csv", in: model, table.csvText)
    try context.deliver(table.csvText, to: target)
    return .done
  }
}
