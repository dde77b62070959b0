import CommandLine
import Hardware
import Metrics
import Reports
import Simulation
import Studies
import Tables

/// `gpuloom compare`: runs the policies of an experiment on the same arrivals and shows what each
/// makes of them.
enum CompareCommand: Command {
  static let name = "compare"
  static let summary = "runs sharing policies on the same arrivals and compares them"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "[EXPERIMENT]",
      flags: ExperimentFlags.flags + [
        .plain("--requests", "with --out: every counted request, as requests.csv")
      ],
      notes: [
        "EXPERIMENT is an experiment.json. Without it the flags describe one; without flags that\n"
          + "name tenants, a built-in one runs: three models on one V100 for a minute.",
        "Several --model are several tenants; --replicas, --slo-ms, --trace, --rate-scale and\n"
          + "--poisson-rps are then given once for all or once for each. With several seeds every\n"
          + "figure is a mean and half the width of its 95 % confidence interval.",
        "With --out: summary.csv, manifest.json (hashes of all inputs, digests of all runs) and\n"
          + "comparison.svg, all of them while it runs already, with the runs that are finished; an\n"
          + "earlier run's requests.csv there is removed.",
      ],
      examples: [
        ("gpuloom compare", "the built-in experiment under every policy"),
        (
          "gpuloom compare --model resnet50 --replicas 8 --trace requests.csv",
          "a recorded trace, eight replicas of one model"
        ),
        (
          "gpuloom compare --policy batched:max_batch=32 --policy space-time --seed 1,2,3",
          "two policies, three seeds"
        ),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let logsRequests = arguments.bool("--requests")
    if logsRequests, context.outputFolder == nil {
      arguments.fault("'--requests' needs '--out', the folder of requests.csv")
    }
    let (loaded, description) = try load(&arguments)
    let folder = try context.outputFolder.map { try OutputFolder($0) }
    try folder?.check(
      FinishedRuns.names(logsRequests: logsRequests))
    context.report(loaded.notes)
    if context.format == .table { context.print(CompareText.legend(loaded)) }
    var keeper = context.outputFolder.map {
      FinishedRuns(folder: $0, description: description, logsRequests: logsRequests)
    }
    let comparison = try context.working("comparing") {
      try Comparison.run(loaded, logsRequests: logsRequests, $0) { keeper?.keep($0) ?? true }
    }
    if let fault = keeper?.fault { throw fault }
    switch context.format {
    case .table: context.print(CompareText.tables(comparison, context.tableStyle))
    case .csv: context.print(comparison.summaryTable.csv)
    case .json: context.print(comparison.summaryTable.json.text)
    }
    if let folder, let keeper {
      try keeper.write(comparison, to: folder)
    }
    context.report(comparison.refusals.flatMap(\.error.diagnostics))
    if comparison.isInterrupted {
      context.note(
        "interrupted: \(comparison.finishedCount) of \(comparison.runs.count) runs are finished")
      return .interrupted
    }
    if comparison.refusals.contains(where: { $0.error.kind == .fault }) { return .fault }
    return comparison.refusals.isEmpty ? .done : .badData
  }

  /// Reads the file, or what the flags describe; the description is nil for a file.
  private static func load(
    _ arguments: inout ArgumentReader
  ) throws(InputError) -> (LoadedExperiment, JSONReport?) {
    let library = ModelLibrary.locate()
    if let path = arguments.optionalPositional() {
      for flag in ExperimentFlags.given(arguments) {
        arguments.fault("'\(flag)' and an experiment file exclude each other")
        _ = arguments.strings(flag)
      }
      try arguments.finish()
      let loaded = try ExperimentReader.read(
        path: path, library: library, policies: RegisteredPolicies.all)
      return (loaded, nil)
    }
    let root = library.folder.map { $0 + "/../" } ?? ""
    let hasTrace =
      InputFolder.exists(BuiltInExperiment.trace)
      || InputFolder.exists(root + BuiltInExperiment.trace)
    let flags = try ExperimentFlags(&arguments, hasTrace: hasTrace)
    return (
      try ExperimentReader.read(
        text: flags.description.text, library: library, policies: RegisteredPolicies.all),
      flags.description
    )
  }
}
