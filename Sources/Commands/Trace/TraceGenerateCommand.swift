import CommandLine
import Reports
import Tables
import Traces
import Workloads

/// `gpuloom trace generate`: makes a trace from a preset or a process.
enum TraceGenerateCommand: Command {
  static let name = "trace generate"
  static let summary = "make a trace from a preset, a process, or the likeness of another trace"

  static var usage: CommandUsage {
    CommandUsage(
      positionals: "[GENERATOR]",
      flags: [
        .valued("--set", "NAME=VALUE", "a parameter of the generator", isRepeatable: true),
        .valued("--rps", "R", "mean requests per second; short for --set rps=R"),
        .valued("--duration-s", "S", "how long the trace is (600)"),
        .valued("--requests", "N", "stop after so many requests"),
        .valued("--seed", "N", "the seed (1)"),
        .valued(
          "--tokens", "none|code|chat|lognormal:…",
          "prompt and answer lengths (what the generator's source has)"),
        .valued(
          "--like", "FILE", "fit the generator 'modulated' to a trace and say how near it is"),
        .plain("--list", "the generators, or one's parameters with their sources"),
      ] + TraceSink.flags + TraceInputFlags.flags,
      notes: [
        "Generators: " + GeneratorCatalog.names.joined(separator: ", ") + ".",
        "The same command gives the same bytes on every machine. The trace goes to standard\n"
          + "output as CSV unless --to or --out names a file; --format shapes --list and --like.",
        "--like prints how the fit compares with the trace over ten seeds, what was fitted and\n"
          + "what was not, and makes a trace only where --to or --out is given. Reading FILE\n"
          + "takes the flags from --as on.",
        "Lengths of one's own: --tokens lognormal:MEAN,DEVIATION,LARGEST,MEAN,DEVIATION,LARGEST\n"
          + "of the logarithms, prompts first.",
      ],
      examples: [
        (
          "gpuloom trace generate code-onoff --duration-s 3600 --to bursts.csv",
          "an hour of a code assistant's bursts and pauses"
        ),
        ("gpuloom trace generate hawkes --list", "the parameters of a self-exciting process"),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    if arguments.bool("--list") {
      let name = arguments.optionalPositional()
      try arguments.finish()
      try list(name, context)
      return .done
    }
    if arguments.has("--like") {
      try TraceLikenessReport.run(&arguments, context)
      return .done
    }
    try TraceRequest(&arguments).write(context)
    return .done
  }

  private static func list(_ name: String?, _ context: CommandContext) throws {
    guard let name else {
      var table = ReportTable(columns: [
        ReportColumn("generator"), ReportColumn("rps"), ReportColumn("tokens"),
        ReportColumn("summary"),
      ])
      for entry in GeneratorCatalog.entries {
        table.append([
          .text(entry.name), .number(entry.parameters[0].defaultValue),
          .text(entry.sizes.rawValue), .text(entry.summary),
        ])
      }
      try context.emit(table, name: "generators")
      return
    }
    let spec = try GeneratorSpec(name)
    var table = ReportTable(columns: [
      ReportColumn("parameter"), ReportColumn("default"), ReportColumn("least"),
      ReportColumn("most"), ReportColumn("meaning"), ReportColumn("source"),
    ])
    for parameter in GeneratorCatalog.entry(named: spec.name)?.parameters ?? [] {
      table.append([
        .text(parameter.name), .number(parameter.defaultValue),
        .number(parameter.bounds.lowerBound), .number(parameter.bounds.upperBound),
        .text(parameter.meaning), .text(parameter.source),
      ])
    }
    try context.emit(table, name: name)
  }
}
