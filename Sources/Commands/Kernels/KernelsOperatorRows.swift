import CommandLine
import Hardware
import KernelData
import LanguageModels
import Reports
import SimBasics
import Tables

/// Rows of language models' operators in `kernels predict` and `kernels fit`.
enum KernelsOperatorRows {
  /// What files hold.
  enum Content {
    /// One file of plain products.
    case products(CSVTable)
    /// Operators of language models.
    case operators([OperatorSampleFile])
  }

  /// Reads files, their kind told from their columns.
  ///
  /// - Throws: `badData` for faults of a file, or files of both kinds.
  static func read(
    _ paths: [String], library: ModelLibrary
  ) throws(InputError) -> Content {
    var files: [OperatorSampleFile] = []
    for path in paths {
      let table = try CSVReader.table(at: path, isOurs: false)
      guard let family = OperatorSampleFile.family(of: table.header.fields) else {
        if paths.count == 1 { return .products(table) }
        throw InputError(
          file: path, message: "expected the columns of a language model's operators",
          hint: "several files are read together where all of them have these; plain products are "
            + "given one file at a time")
      }
      files.append(try OperatorSampleFile.of(table, family, library: library))
    }
    return .operators(files)
  }

  /// The flags given that plain products have and these rows have not, as faults.
  static func refuse(_ given: [(flag: String, isGiven: Bool)]) throws(InputError) {
    for (flag, isGiven) in given where isGiven {
      throw InputError(
        kind: .usage,
        message: "'\(flag)' is of plain products; rows of language models' operators have none")
    }
  }

  /// `kernels predict` on such rows.
  static func predict(
    _ files: [OperatorSampleFile], minimum: SimDuration, transfersAll: Bool, wantsRows: Bool,
    library: ModelLibrary, _ context: CommandContext
  ) throws -> ExitStatus {
    let catalogue = try library.operatorCatalogue()
    context.report(files.flatMap(\.notes))
    let samples = files.flatMap(\.samples)
    let report = try OperatorPrediction.report(
      samples, catalogue: catalogue, library: library, minimum: minimum,
      transfersAll: transfersAll)
    for note in report.notes { context.note(note) }
    if wantsRows || report.isUnmeasured {
      let shown = samples.filter { ($0.latency ?? minimum) >= minimum }
      let rows = try OperatorPrediction.rows(
        shown, catalogue: catalogue, library: library, transfersAll: transfersAll)
      try context.emit(table(rows), name: "rows")
      return .done
    }
    var table = ReportTable(columns: KernelErrors.columns)
    for group in report.groups { table.append(KernelErrors.cells(group)) }
    try context.emit(table, name: "predict")
    return .done
  }

  /// `kernels fit` on such rows.
  static func fit(
    _ files: [OperatorSampleFile], minimum: SimDuration, library: ModelLibrary,
    _ context: CommandContext
  ) throws -> ExitStatus {
    context.report(files.flatMap(\.notes))
    let fit = try OperatorFitting(
      files, catalogue: try library.operatorCatalogue(), library: library, minimum: minimum)
    var table = ReportTable(columns: [ReportColumn("judged")] + KernelErrors.columns)
    let parts = [
      ("held_out", fit.heldOut), ("fitted", fit.inSample), ("left_out_gpu", fit.leftOut),
    ]
    for (name, report) in parts {
      table.beginGroup()
      for group in report.groups { table.append([.text(name)] + KernelErrors.cells(group)) }
    }
    let folder = try context.outputFolder.map { try OutputFolder($0) }
    for file in fit.files { try folder?.write("\(file.gpu).json", file.jsonText) }
    try context.emit(table, name: "errors", with: folder)
    return .done
  }

  /// Predictions with their error bars.
  private static func table(_ rows: [OperatorPrediction.Row]) -> ReportTable {
    func time(_ name: String, _ title: String) -> ReportColumn {
      ReportColumn(name, title: title, unit: "ms")
    }
    var table = ReportTable(
      columns: ["gpu", "op", "dtype", "sizes"].map { ReportColumn($0) } + [
        time("measured_ms", "measured"), time("predicted_ms", "predicted"),
        ReportColumn("error_percent", title: "±", unit: "%", decimals: 1),
        ReportColumn("constants"),
      ])
    for row in rows {
      table.append([
        .text(row.sample.gpu), .text(row.sample.shape.family.rawValue),
        .text(row.sample.precision.rawValue), .text(row.sample.shape.text),
        row.sample.latency.map { .number($0.inMilliseconds) } ?? .none,
        .number(row.ns.rounded() / 1e6), .number(row.errorPercent),
        .text(row.isFitted ? "fitted" : "transferred"),
      ])
    }
    return table
  }
}
