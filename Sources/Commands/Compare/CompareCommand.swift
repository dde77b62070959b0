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
        "Reading traces takes the flags from --as on, one for all; in an experiment file they are\n"
          + "keys beside 'trace' (--as is 'format', --from-first is 'from_first').",
        "With --out: summary.csv, manifest.json (hashes of all inputs, digests of all runs) and\n"
          + "comparison.svg; an earlier run's requests.csv there is removed.",
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
      ["summary.csv", "comparison.svg", "manifest.json"] + (logsRequests ? [requestsName] : []))
    context.report(loaded.notes)
    if context.format == .table { context.print(CompareText.legend(loaded)) }
    let comparison = try context.working("comparing") {
      try Comparison.run(loaded, logsRequests: logsRequests, $0)
    }
    switch context.format {
    case .table: context.print(CompareText.tables(comparison, context.tableStyle))
    case .csv: context.print(comparison.summaryTable.csv)
    case .json: context.print(comparison.summaryTable.json.text)
    }
    if let folder { try write(comparison, description, to: folder, logsRequests: logsRequests) }
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
    do throws(InputError) {
      return (
        try ExperimentReader.read(
          text: flags.description.text, library: library, policies: RegisteredPolicies.all),
        flags.description
      )
    } catch {
      // What is wrong without a file is wrong on the command line.
      let isUsage = error.kind == .badData && error.diagnostics.allSatisfy { $0.file.isEmpty }
      throw InputError(kind: isUsage ? .usage : error.kind, diagnostics: error.diagnostics)
    }
  }

  private static func write(
    _ comparison: Comparison, _ description: JSONReport?, to folder: OutputFolder,
    logsRequests: Bool
  ) throws {
    try folder.write("summary.csv", comparison.summaryTable.csv)
    if logsRequests {
      let file = try folder.open(requestsName)
      try comparison.writeRequests(to: file)
      try file.complete()
    }
    try folder.write("comparison.svg", CompareFigure(comparison).figure.svg)
    let manifest = try Manifest(comparison, description: description)
    try folder.write("manifest.json", manifest.json.text)
    try folder.commit(removing: logsRequests ? [] : leftovers(in: folder))
  }

  private static let requestsName = "requests.csv"

  /// The requests of an earlier run, which would pass for this one's beside its summary; a file of
  /// that name that begins with anything else is the user's own.
  private static func leftovers(in folder: OutputFolder) -> [String] {
    let header = Array(Comparison.requestsHeader.utf8)
    let start = try? ByteStream(path: folder.file(requestsName), mayBePipe: true).peek(header.count)
    return start == header ? [requestsName] : []
  }
}
