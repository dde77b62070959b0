import CommandLine
import Reports
import Simulation
import Studies
import Tables

/// `gpuloom explain`: says of single requests where their time went, and who was in the way.
enum ExplainCommand: Command {
  static let name = "explain"
  static let summary = "says why requests took as long as they did, and who was in the way"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "[EXPERIMENT]",
      flags: ExperimentFlags.flags + [
        .valued(
          "--request", "N|TENANT:N", "the N-th request to arrive, of all or of a tenant",
          isRepeatable: true),
        .valued("--worst", "K", "the K slowest requests (5, where no --request is given)"),
        .valued("--tenant", "NAME", "with --worst: of this tenant only"),
      ],
      notes: [
        "EXPERIMENT and the flags that describe or change one are those of 'compare'. One run is\n"
          + "looked at: where there are several policies or seeds, --policy and --seed choose.",
        "A latency is split, to the nanosecond, into:\n"
          + WaitReason.allCases.map { "  \($0.title): \($0.phrase)" }.joined(separator: "\n"),
        "Requests are numbered from 1 as they stand in requests.csv: in the order of their arrival,\n"
          + "those of the warm-up left out. Who was in the way is whose launches were on the SMs,\n"
          + "at the head of the queue, or had the GPU, while it lost time there.",
        "With --out: explain.csv.",
      ],
      examples: [
        (
          "gpuloom explain --policy space-only --duration-s 5 --worst 3",
          "the three slowest requests of the built-in experiment"
        ),
        (
          "gpuloom explain Experiments/isolation-burst --policy space-only --seed 1 "
            + "--request victim:40",
          "the fortieth request of a tenant"
        ),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let choice = ExplainChoice(&arguments)
    let (loaded, _) = try ExperimentSource.load(&arguments)
    let tenants = loaded.experiment.tenants.map(\.name)
    let wanted = try choice.resolved(tenants)
    try FollowedRuns.checkOne(loaded.experiment, for: name, does: "looks at")
    try context.checkOutput("explain.csv")
    let judged = try JudgedExperiment(loaded)
    context.report(judged.remarks)
    let all = context.working("running") {
      Comparison.run(judged, logsRequests: true, $0)
    }
    if all.isInterrupted { return .interrupted }
    guard case .finished(let summary, let requests, _)? = all.runs[0] else {
      context.report(all.refusals.flatMap(\.error.diagnostics))
      return all.refusals.contains { $0.error.kind == .fault } ? .fault : .badData
    }
    let targets = try wanted.targets(among: requests, tenants)
    let explained = try ExplainedRequests(judged, targets, digest: summary.digest)
    if context.format == .table {
      context.print(ExplainText.text(explained, loaded.experiment))
      try context.save("explain.csv", explained.table(loaded.experiment).csv)
    } else {
      try context.emit(explained.table(loaded.experiment), name: "explain")
    }
    return .done
  }
}
