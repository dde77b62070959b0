import CommandLine
import Tables
import Traces
import Workloads

/// `gpuloom trace import`: turns a published trace into the project's own table.
enum TraceImportCommand: Command {
  static let name = "trace import"
  static let summary =
    "turn a published trace into this project's table; every record accounted for"

  static var usage: CommandUsage {
    CommandUsage(
      positionals: "FILE…",
      flags: TraceSink.flags + TraceInputFlags.flags,
      formats: ["csv"],
      notes: [
        "Formats: " + TraceFormat.allCases.map(\.rawValue).joined(separator: ", ") + ".",
        "Commands that replay traces read these files directly; importing is for looking at one\n"
          + "and for changing it elsewhere.",
        "A FILE of - is standard input; packed files (gzip) are unpacked.",
        "Several files are consecutive days of one trace, in the order given; only\n"
          + "\(TraceFormat.azureFunctionsMinute.rawValue) comes so.",
      ],
      examples: [
        (
          "gpuloom trace import AzureLLMInferenceTrace_code.csv --to code.csv",
          "arrivals in nanoseconds from the first, with token counts"
        ),
        (
          "gpuloom trace import invocations_per_function_md.anon.d0[12].csv --to two-days.csv",
          "two days of Azure Functions 2019, function by function"
        ),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let paths = [arguments.positional("a FILE")] + arguments.remainingPositionals()
    let target = arguments.string("--to")
    let reading = TraceInputFlags.read(&arguments)
    try arguments.finish()
    let inputs = try TraceInputFlags.inputs(paths)
    try reading.check(inputs)
    let (format, options) = (reading.format, reading.options)
    let trace = try TraceImport.open(
      try TraceInputFlags.days(inputs), format: format, options: options)
    context.report(diagnostics(trace.summary))
    let flow = try TraceFlow(trace)
    try write(
      flow, try provenance(trace.summary, options, days: inputs), to: target, name: "imported",
      context)
    return .done
  }

  /// Writes a flow's rows.
  static func write(
    _ flow: TraceFlow, _ provenance: [TraceProvenance], to path: String?, name: String,
    _ context: CommandContext
  ) throws {
    let sink = try TraceSink(
      TraceText(tenantNames: flow.tenantNames, hasSizes: flow.hasSizes),
      provenance: provenance, path: path, name: name, context)
    let stage = try flow.makeStage()
    while let row = try stage.next() { try sink.write(row) }
    try sink.finish()
  }

  /// Where a trace comes from: the file or files, their hashes, how they were read, and what they
  /// say of themselves.
  static func provenance(
    _ summary: TraceSummary, _ options: TraceOptions, days: [TraceInput]
  ) throws -> [TraceProvenance] {
    let count = "\(summary.recordsUsed) of \(summary.recordsRead) \(summary.format.recordNoun)s"
    var lines: [TraceProvenance] = []
    for (index, day) in days.enumerated() {
      let key = index == 0 ? "source" : "source_day_\(index + 1)"
      lines.append(TraceProvenance(key, day.name))
      lines.append(TraceProvenance(key + "_sha256", try day.sha256()))
    }
    lines += [
      TraceProvenance("source_format", summary.format.rawValue),
      TraceProvenance("source_used", "\(count), \(summary.requests) requests"),
    ]
    if summary.format.isBinned {
      lines.append(
        TraceProvenance(
          "source_placement", options.placementText(summary.format)))
    }
    if let unit = options.unit { lines.append(TraceProvenance("source_unit", unit.rawValue)) }
    if let tick = options.dequantiseNS {
      lines.append(
        TraceProvenance(
          "source_dequantised", "over \(Double(tick) / 1e9) s with seed \(options.seed)"))
    }
    for line in summary.provenance {
      lines.append(TraceProvenance("source." + line.key, line.value))
    }
    return lines
  }

  /// What the reader should know of how a file was read.
  static func diagnostics(_ summary: TraceSummary) -> [Diagnostic] {
    summary.examples.map { example in
      var warning = example
      warning.severity = .warning
      return warning
    }
      // A cut last record is among the examples already, with its place.
      + summary.warnings.filter { warning in
        warning.name != .truncatedLastRow
          || !summary.examples.contains { $0.hint == TraceFault.truncated.rawValue }
      }.map { warning in
        Diagnostic(
          file: summary.file, severity: .warning,
          message: "\(warning.name.rawValue): \(warning.message)",
          hint: TraceAdvice.advice(for: warning.name.rawValue, in: summary))
      }
  }
}
