import CommandLine
import Reports
import Simulation
import Studies
import Tables

/// `gpuloom capacity`: how much each policy serves before requests are late, and what limits it.
enum CapacityCommand: Command {
  static let name = "capacity"
  static let summary = "finds the load, replicas or tenants that each policy serves inside SLOs"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "[EXPERIMENT…]",
      flags: [
        .valued(
          "--of", CapacityAxis.allCases.map(\.rawValue).joined(separator: "|"),
          "what is raised (load)"),
        .valued("--share", "S", "of each tenant's requests, those that must be in time (0.99)"),
        .valued(
          "--tolerance", "T", "how far above the capacity a load may be that fails (0.02)"),
        .valued(
          "--tenant", "NAME", "raise this tenant alone, the others stay (all)", isRepeatable: true),
        .valued("--gpus", "NAMES", "on each of these GPUs, in place of the experiment's"),
        .plain("--no-limits", "do not ask what limits each policy"),
      ] + ExperimentFlags.flags,
      notes: notes,
      examples: [
        ("gpuloom capacity", "the built-in tenants: how many times their load"),
        (
          "gpuloom capacity Experiments/capacity/mixed --of tenants --gpus v100-sxm2-16gb,t4",
          "how many tenants share each of two GPUs"
        ),
        (
          "gpuloom capacity --model bert_base --poisson-rps 20 --slo-ms 50 --duration-s 20 "
            + "--of replicas",
          "replicas of one model, each with its requests"
        ),
      ])
  }

  private static var notes: [String] {
    [
      "A place is served where at least the share of every tenant's counted requests is done\n"
        + "inside its SLO; what is dropped is not. Every request's fate is waited for: a run ends\n"
        + "an SLO after its last arrival. Along an axis arrivals are the same:\n"
        + CapacityAxis.allCases.map { "  " + $0.meaning }.joined(separator: "\n") + ".\n"
        + "A copy of a tenant draws from its own name, or has the trace begun at another instant.",
      "The capacity is the largest place at which all that was tried up to it is served, found by\n"
        + "doubling and bisection for each seed; places on both sides are tried too, and where more\n"
        + "is served above one that is not, that is said. Without '--seed' drawn arrivals have the\n"
        + "seeds 1 to 3. A run ends with the request that makes one too many late.",
      "What limits a policy is asked of the simulator: "
        + CapacityResource.allCases.prefix(3).map(\.meaning).joined(separator: ", ") + ",\n"
        + CapacityResource.allCases.dropFirst(3).map(\.meaning).joined(separator: ", ")
        + ", each by itself;\nwhat moves the capacity most, by 5 % at least, limits it.",
      "With --out: capacity.csv, tried.csv (every run), capacity.svg and manifest.json.",
    ]
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let question = question(&arguments, isDrawn: context.outputFolder != nil)
    let gpus = FlagValues.names("--gpus", &arguments)
    if !gpus.isEmpty, arguments.has("--gpu") {
      arguments.fault("'--gpu' and '--gpus' exclude each other")
    }
    var (loaded, description) = try ExperimentSource.loadAll(
      &arguments, gpus: gpus, flag: "--gpus", command: name)
    let folder = try context.outputFolder.map { try OutputFolder($0) }
    try folder?.check(CapacityOutput.names)
    var studies: [CapacityStudy] = []
    var remarks: [Diagnostic] = []
    for i in loaded.indices {
      if !loaded[i].hasSeeds { loaded[i].experiment.seeds = [1, 2, 3] }
      studies.append(try study(loaded[i], question))
      loaded[i].experiment.seeds = studies[i].seeds
      // What is remarked on the runs of 'compare' holds here too; seeds aside, which are chosen here.
      for remark in try JudgedExperiment(loaded[i]).remarks where !remarks.contains(remark) {
        remarks.append(remark)
      }
    }
    context.report(remarks)
    try context.working("searching") { try CapacityStudy.answer(&studies, $0) }
    let output = CapacityOutput(studies)
    switch context.format {
    case .table:
      for (one, study) in zip(loaded, studies) {
        context.print(CompareText.legend(one) + "\n")
        context.print(CapacityText.table(study).text(context.tableStyle) + "\n")
      }
      context.print(CapacityText.notes(studies))
    case .csv: context.print(output.table.csv)
    case .json: context.print(output.table.json.text)
    }
    if let folder { try output.write(to: folder, loaded, description) }
    let faults = studies.flatMap(\.faults)
    context.report(faults.flatMap(\.diagnostics))
    if !studies.allSatisfy(\.isComplete) {
      context.note("interrupted: what was not finished is left out")
      return .interrupted
    }
    return faults.isEmpty ? .done : .fault
  }

  private static func question(
    _ arguments: inout ArgumentReader, isDrawn: Bool
  ) -> CapacityStudy.Question {
    var question = CapacityStudy.Question()
    let words = CapacityAxis.allCases.map(\.rawValue)
    if let axis = arguments.choice("--of", of: words).flatMap(CapacityAxis.init(rawValue:)) {
      question.axis = axis
    }
    if let share = arguments.double("--share", atLeast: 1e-6, atMost: 1) { question.share = share }
    if let tolerance = arguments.double("--tolerance", atLeast: 1e-4, atMost: 1) {
      question.tolerance = tolerance
      if question.axis.isWhole {
        arguments.fault("'--tolerance' applies to '--of load': whole numbers are found exactly")
      }
    }
    question.tenants = FlagValues.names("--tenant", &arguments)
    if !question.tenants.isEmpty, question.axis == .load {
      arguments.fault(
        "'--tenant' applies to '--of replicas' and '--of tenants': a load is all tenants' clock")
    }
    question.asksLimits = !arguments.bool("--no-limits")
    question.isDrawn = isDrawn
    return question
  }

  /// The study; its faults are told of the experiment's file.
  private static func study(
    _ loaded: LoadedExperiment, _ question: CapacityStudy.Question
  ) throws(InputError) -> CapacityStudy {
    do throws(InputError) { return try CapacityStudy(loaded.experiment, question) } catch {
      var error = error
      for i in error.diagnostics.indices where error.diagnostics[i].file.isEmpty {
        error.diagnostics[i].file = loaded.file
      }
      throw error
    }
  }
}
