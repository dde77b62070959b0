import CommandLine
import Hardware
import Metrics
import Reports
import Simulation
import Studies
import Tables

/// `gpuloom sensitivity`: which constants of testbed and GPU decide a figure, and the order of
/// policies.
enum SensitivityCommand: Command {
  static let name = "sensitivity"
  static let summary = "says which constants of testbed and GPU decide a figure, and who wins"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "[EXPERIMENT]",
      flags: [
        .valued("--figure", "NAME", "a column of summary.csv, or its end: p99, attainment (p99)"),
        .valued("--tenant", "NAME", "whose figure (all tenants together)"),
        .valued("--constants", "NAMES", "vary these alone (all that have a range)"),
        .valued("--trajectories", "R", "of Morris's method; 0 leaves it out (4)"),
        .valued("--ranges", "FILE", "ranges beside those that ship", isRepeatable: true),
      ] + ExperimentFlags.flags,
      notes: [
        "Every constant is set to both ends of its range by itself; then all move together along R\n"
          + "random trajectories (Morris 1991), which gives each an effect over its whole range, µ*,\n"
          + "and σ, how much that hangs on the others. Where two policies that share the GPU change\n"
          + "places at an end, the value at which they do is found to 1 % of the range.",
        "Ranges are those that sources give, in models/ranges/NAME.json of the testbed's and the GPU's\n"
          + "names, or in FILE (gpuloom.ranges/1: \"ranges\" with \"low\", \"high\" and \"source\" by\n"
          + "constant), which comes first. Else a value may be 1.1 times larger or smaller where it is\n"
          + "measured or published, 1.25 times where derived, twice where assumed; what is 0 stays.\n"
          + "Kernel tables stay as they are: a launch alone takes as long as its row says.",
        "With --out: sensitivity.csv, flips.csv and sensitivity.svg.",
      ],
      examples: [
        ("gpuloom sensitivity --duration-s 10", "the built-in tenants, p99 of all"),
        (
          "gpuloom sensitivity Experiments/isolation-calm --figure attainment --tenant victim",
          "one tenant's share inside its SLO"
        ),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    var question = SensitivityStudy.Question()
    if let word = arguments.string("--figure") {
      let figure = figure(word)
      if figure == nil {
        throw InputError(
          message: "unknown figure '\(Excerpt.word(word))'",
          hint: NearestName.hint(for: word, in: SummaryFigure.allCases.map(\.rawValue)))
      }
      question.figure = figure ?? question.figure
    }
    question.tenant = arguments.string("--tenant")
    question.constants = FlagValues.names("--constants", &arguments)
    question.trajectories =
      arguments.integer("--trajectories", atLeast: 0, atMost: 10_000) ?? question.trajectories
    let files = arguments.strings("--ranges")
    let (loaded, _) = try ExperimentSource.load(&arguments)
    let folder = try context.outputFolder.map { try OutputFolder($0) }
    try folder?.check(SensitivityOutput.names)
    let stated = try stated(files, loaded.experiment)
    var study = try SensitivityStudy(loaded.experiment, question, stated: stated)
    context.report(try JudgedExperiment(loaded).remarks)
    context.working("varying") { study.answer($0) }
    guard study.isComplete else {
      context.note("interrupted: nothing is known of some constants")
      return .interrupted
    }
    let output = SensitivityOutput(study)
    switch context.format {
    case .table:
      context.print(CompareText.legend(loaded) + "\n")
      context.print(SensitivityText.text(study, context.tableStyle))
    case .csv: context.print(output.table.csv)
    case .json:
      context.print(
        JSONReport.object([
          ("effects", output.table.json), ("flips", output.flips.json),
        ]).text)
    }
    try folder.map { try output.write(to: $0) }
    return .done
  }

  /// A figure by its column, or by the end of its name that is one figure's alone; "p99" is a
  /// latency.
  private static func figure(_ word: String) -> SummaryFigure? {
    let all = SummaryFigure.allCases
    let ends = all.filter { $0.rawValue.hasSuffix("_" + word) }
    return SummaryFigure(rawValue: word) ?? SummaryFigure(rawValue: "latency_ms_" + word)
      ?? (ends.count == 1 ? ends.first : nil)
  }

  /// The ranges of the files given, then of those that ship for the testbed and the GPU; the first
  /// of a constant counts.
  private static func stated(
    _ files: [String], _ experiment: Experiment
  ) throws(InputError) -> [StatedRange] {
    var ranges: [StatedRange] = []
    for file in files { ranges += try StatedRange.read(file) }
    guard let folder = ModelLibrary.locate().folder else { return ranges }
    for name in [experiment.testbed.name, experiment.gpu.name] {
      // A user's own testbed may have a name that is no file's.
      let path = "\(folder)/ranges/\(try OutputFolder.fileName(name)).json"
      if InputFolder.exists(path) { ranges += try StatedRange.read(path) }
    }
    return ranges
  }
}
