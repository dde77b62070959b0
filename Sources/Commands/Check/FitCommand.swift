import CommandLine
import Hardware
import Reports
import Simulation
import Studies
import Tables

/// `gpuloom fit`: finds constants of a testbed or of kernel tables from measured points by running
/// the simulator.
enum FitCommand: Command {
  static let name = "fit"
  static let summary = "fits constants of a testbed or of kernel tables to measured points"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "EXPERIMENT",
      flags: [
        .valued("--to", "POINTS.csv", "the measured points: figure,series,x,simulated,published"),
        .valued(
          "--constants", "NAMES",
          "the constants to find (else those the points name)"),
        .valued("--seed", "N", "of the resampling behind the intervals (1)"),
      ],
      notes: [
        "Least squares on the logarithm of simulated over published, on every second point of each\n"
          + "series; the others are left out and only judged. A constant that changes nothing, and\n"
          + "constants that the points cannot tell apart, are refused. 'gpuloom testbeds' lists\n"
          + "the testbed's constants; those of kernel tables are factors on a column: "
          + KernelColumn.allCases.prefix(3).map(\.rawValue).joined(separator: ",\n") + ", "
          + KernelColumn.allCases.dropFirst(3).map(\.rawValue).joined(separator: ", ")
          + ",\nof one tenant's table as 'TENANT.duration_ns_scale'.",
        "With --out: points.csv, testbed.json with the constants found, and TENANT.csv for each\n"
          + "kernel table that was changed.",
      ],
      examples: [
        (
          "gpuloom fit Experiments/paper-fig7/experiment.json --to Experiments/paper-fig7/points.csv",
          "the constants behind a throughput figure"
        )
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let path = arguments.positional("EXPERIMENT")
    let given = arguments.string("--to")
    if given == nil { arguments.fault("'fit' needs '--to POINTS.csv', the measured points") }
    let names = arguments.string("--constants")
    let seed = arguments.integer("--seed") ?? 1
    try arguments.finish()
    let loaded = try ExperimentReader.read(
      path: path, library: ModelLibrary.locate(), policies: RegisteredPolicies.all)
    var points = try PointsFile.read(given ?? "", for: loaded.experiment)
    if points.axis == .load {
      throw InputError(
        Diagnostic(
          file: points.path, message: "points over load cannot be fitted: nobody measured them"))
    }
    let chosen = names.map(PointsFile.words) ?? points.constants
    let constants = try FitConstant.constants(chosen, of: loaded.experiment)
    let folder = try context.outputFolder.map { try OutputFolder($0) }
    let files = FitConstant.files(constants, of: loaded.experiment).map(\.name) + [pointsName]
    try folder?.check(files)
    let fit = PointsFit(constants, loaded.experiment, points, jobs: context.jobs)
    let (experiment, result) = try fit.run(seed: UInt64(seed))
    let simulated = try points.simulated(experiment, jobs: context.jobs)
    for i in points.points.indices { points.points[i].simulated = simulated[i] }
    if let folder {
      for file in FitConstant.files(constants, of: experiment) {
        try folder.write(file.name, file.text)
      }
      try folder.write(pointsName, points.text)
      try folder.commit()
      context.report(try leftovers(in: folder, beside: files, of: experiment))
    }
    show(constants, result, points, context)
    return .done
  }

  private static let pointsName = "points.csv"

  /// What an earlier fit wrote that this one does not: it may be an input by now, so it stays.
  private static func leftovers(
    in folder: OutputFolder, beside files: [String], of experiment: Experiment
  ) throws(InputError) -> [Diagnostic] {
    var found: [Diagnostic] = []
    for name in ["testbed.json"] + experiment.tenants.map({ $0.name + ".csv" })
    where !files.contains(name) {
      let path = folder.file(try OutputFolder.fileName(name))
      guard let text = try? InputFile.text(at: path), text.contains("fitted to ") else { continue }
      found.append(
        Diagnostic(
          file: path, severity: .warning, message: "an earlier fit wrote this, not this one"))
    }
    return found
  }

  // MARK: Showing

  private static func show(
    _ constants: [FitConstant], _ result: LeastSquaresFit.Result,
    _ points: PointsFile, _ context: CommandContext
  ) {
    var table = ReportTable(columns: [
      ReportColumn("constant"), ReportColumn("start", decimals: 3),
      ReportColumn("found", decimals: 3), ReportColumn("half_width", decimals: 3),
    ])
    for (i, constant) in constants.enumerated() {
      table.append([
        .text(constant.name), .number(constant.start), .number(result.values[i]),
        .number(result.halfWidths[i]),
      ])
    }
    let errors = PointErrors(points, isSplit: true).table
    switch context.format {
    case .table:
      context.print(table.text(context.tableStyle))
      context.print("\n" + errors.text(context.tableStyle))
    case .csv: context.print(table.csv + errors.csv)
    case .json:
      context.print(
        JSONReport.object([("constants", table.json), ("errors", errors.json)]).text)
    }
  }
}
