import CommandLine
import Hardware
import Reports
import Studies
import Tables

/// `gpuloom check --predictions`: the figures of grids as one file.
enum PredictionsOutput {
  /// Runs the grids behind the paths and writes the file, whole or not at all.
  ///
  /// - Throws: `InputError` where a grid is missing or wrong, `OutputError` where the file cannot be
  ///   written.
  static func write(
    _ path: String, of paths: [String], _ context: CommandContext
  ) throws -> ExitStatus {
    let grids = try files(paths.isEmpty ? ["Experiments"] : paths).map {
      path throws(InputError) in try PredictionGrid(path)
    }
    // Before minutes of work.
    let file = try OutputFile(at: path)
    defer { file.discard() }
    let predictions = try context.working("predicting") { control in
      try Predictions(
        grids, library: ModelLibrary.locate(), policies: RegisteredPolicies.all, control)
    }
    guard let predictions else {
      context.note("interrupted: \(path) is not written")
      return .interrupted
    }
    context.report(predictions.remarks)
    try file.write(predictions.table.csv)
    try file.commit()
    context.note("wrote \(predictions.table.rows.count) rows to \(path)")
    return .done
  }

  /// The grids behind the paths, in order, none twice.
  ///
  /// - Throws: `missingFile` for a path without one.
  private static func files(_ paths: [String]) throws(InputError) -> [String] {
    var found: [String] = []
    var faults: [Diagnostic] = []
    for path in paths {
      var folder = path
      if folder == PredictionGrid.name { folder = "." }
      if folder.hasSuffix("/" + PredictionGrid.name) {
        folder.removeLast(PredictionGrid.name.utf8.count + 1)
      }
      while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
      let folders = [folder] + InputFolder.names(at: folder).sorted().map { "\(folder)/\($0)" }
      let here = folders.map { "\($0)/\(PredictionGrid.name)" }.filter { InputFolder.exists($0) }
      if here.isEmpty {
        faults.append(
          Diagnostic(
            file: path, message: "no predictions.json here, nor in a folder below",
            hint: InputFolder.exists(path) ? nil : "there is no such file or folder"))
      }
      for file in here where !found.contains(file) { found.append(file) }
    }
    if !faults.isEmpty { throw InputError(kind: .missingFile, diagnostics: faults) }
    return found
  }
}
