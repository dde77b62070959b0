import CommandLine
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
        .plain("--requests", "with --out: every counted request, as requests.csv"),
        .plain("--series", "with --out: the use of the GPU over time, as series.csv"),
        .plain("--why", "split latencies by reason: wait_*_ms behind the columns of summary.csv"),
      ] + TimelineFlags.flags,
      notes: [
        "EXPERIMENT is an experiment.json, or its folder. Without it the flags describe one;\n"
          + "without flags that name tenants, a built-in one runs: three models on one V100 for a\n"
          + "minute. Beside a file --gpu, --testbed, --policy, --duration-s, --seed and --rate-scale\n"
          + "(for all its traces) change what it says, and --set whatever else: PATH is keys with\n"
          + "dots between, elements of lists by name, by number or all as '*'; VALUE is JSON or a\n"
          + "word. Paths on the command line start at the working directory.",
        "Several --model (or one with commas) are several tenants; --replicas, --slo-ms, --trace,\n"
          + "--rate-scale, --start-s and --poisson-rps are then given once for all or once for each.\n"
          + "With several seeds every figure is a mean and half the width of its 95 % confidence\n"
          + "interval, and 'p99 / best' compares the runs of each seed.",
        "Reading traces takes the flags from --as on, one for all; in an experiment file they are\n"
          + "keys beside 'trace' (--as is 'format', --from-first is 'from_first').",
        "With --out: summary.csv, manifest.json (hashes of all inputs, digests of all runs) and\n"
          + "comparison.svg, all of them while it runs already, with the runs that are finished; an\n"
          + "earlier run's requests.csv and series.csv there are removed. series.csv has the four\n"
          + "fractions of the GPU's use and the time each SM had blocks, in some 200 windows of the\n"
          + "measured time; 'gpuloom report' draws them.",
        "With --why: where requests' time went, by mean, in twelve reasons that add up to the mean\n"
          + "latency; 'gpuloom explain' says it of single requests. With --timeline: one run, of one\n"
          + "policy and seed, as Chrome trace JSON, which Perfetto (ui.perfetto.dev) opens: a process\n"
          + "for each tenant with a track for each replica, and one for the GPU with its parts,\n"
          + "super-kernels, slices, switches, and how much of its SMs and DRAM is in use. --from and\n"
          + "--to, in seconds of the run, take a part of it. The results are the same with and\n"
          + "without; the runs take longer.",
      ],
      examples: [
        ("gpuloom compare", "the built-in experiment under every policy"),
        (
          "gpuloom compare --model resnet50 --replicas 8 --trace requests.csv",
          "a recorded trace, eight replicas of one model"
        ),
        (
          "gpuloom compare --policy batched:max_batch=32,space-time --seed 1..3",
          "two policies, three seeds"
        ),
        (
          "gpuloom compare Experiments/isolation-burst --set tenants.neighbour.arrivals.rate_scale=40",
          "what if the neighbour were twice as busy"
        ),
        (
          "gpuloom compare --policy space-time --duration-s 2 --timeline t.json --from 1 --to 1.1",
          "a tenth of a second of one run, for Perfetto"
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
    let followsUse = arguments.bool("--series")
    if followsUse, context.outputFolder == nil {
      arguments.fault("'--series' needs '--out', the folder of series.csv")
    }
    let followsWaits = arguments.bool("--why")
    let timeline = TimelineFlags(&arguments)
    let (loaded, description) = try ExperimentSource.load(&arguments)
    let folder = try context.outputFolder.map { try OutputFolder($0) }
    try folder?.check(
      FinishedRuns.names(logsRequests: logsRequests, followsUse: followsUse))
    if followsWaits { try FollowedRuns.check(loaded.experiment, for: "--why") }
    try timeline?.check(loaded.experiment)
    let judged = try JudgedExperiment(loaded)
    context.report(judged.remarks)
    if context.format == .table {
      context.print(CompareText.legend(loaded))
    } else {
      for words in loaded.overrides { context.note("set: \(words)") }
    }
    var keeper = context.outputFolder.map {
      FinishedRuns(
        folder: $0, description: description, logsRequests: logsRequests, followsUse: followsUse)
    }
    let comparison = context.working("comparing") {
      Comparison.run(
        judged, logsRequests: logsRequests, followsWaits: followsWaits, followsUse: followsUse, $0
      ) {
        keeper?.keep($0) ?? true
      }
    }
    switch context.format {
    case .table:
      context.print(CompareText.tables(comparison, context.tableStyle))
      if followsWaits { context.print(CompareText.waits(comparison, context.tableStyle)) }
    case .csv: context.print(comparison.summaryTable.csv)
    case .json: context.print(comparison.summaryTable.json.text)
    }
    // Where runs could not be kept, those that are finished have just been shown.
    if let fault = keeper?.fault { throw fault }
    if let folder, let keeper {
      try keeper.write(comparison, to: folder)
    }
    if let timeline, comparison.refusals.isEmpty, !comparison.isInterrupted {
      try timeline.write(judged, context)
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

}
