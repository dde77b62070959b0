import CommandLine
import Reports
import Tables
import Traces
import Workloads

/// `gpuloom trace stats`: what is in a trace, before a result is believed.
enum TraceStatsCommand: Command {
  static let name = "trace stats"
  static let summary = "what is in a trace: rate, bursts, clock, gaps, sizes, and what to beware of"

  static var usage: CommandUsage {
    CommandUsage(
      positionals: "FILE…",
      flags: [
        .output("--svg", "FILE", "draw the rate over time and the gaps (one trace)"),
        .plain("--days", "the files are consecutive days of one trace"),
      ]
        + TraceInputFlags.flags,
      notes: [
        "Dispersion is variance over mean of the counts in windows of 1, 10 and 60 s: 1 for\n"
          + "Poisson arrivals, more for bursts. cv is the deviation of the gaps over their mean.",
        "Formats: " + TraceFormat.allCases.map(\.rawValue).joined(separator: ", ") + ".",
      ],
      examples: [
        ("gpuloom trace stats AzureLLMInferenceTrace_code.csv", "the file as published"),
        ("gpuloom trace stats traces/*.csv --format csv", "one row for each"),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let paths = [arguments.positional("a FILE")] + arguments.remainingPositionals()
    let svg = arguments.string("--svg")
    let areDays = arguments.bool("--days")
    let reading = TraceInputFlags.read(&arguments)
    if svg != nil, paths.count > 1, !areDays {
      arguments.fault("'--svg' draws one trace, not \(paths.count)")
    }
    try arguments.finish()
    let files = try TraceInputFlags.inputs(paths)
    try reading.check(files)
    let (format, options) = (reading.format, reading.options)
    var table = TraceStatsTable()
    let folder = try context.outputFolder.map { try OutputFolder($0) }
    let inputs = areDays ? [try TraceInputFlags.days(files)] : files
    for (index, input) in inputs.enumerated() {
      let (trace, statistics) = try TraceImport.statistics(
        input, format: format, options: options)
      let report = TraceReport(trace.summary, statistics, tenants: trace.tenantNames.count)
      table.append(report)
      try folder?.write(report.shortName + ".svg", TraceFigure(report).svg)
      if context.format == .table {
        context.print((index > 0 ? "\n" : "") + report.text(width: context.terminal.width))
      }
      if context.format != .table { context.report(trace.summary.examples) }
      if let svg { try write(TraceFigure(report).svg, to: svg, context) }
    }
    switch context.format {
    case .table:
      try folder?.write("stats.csv", table.table.csv)
      try folder?.commit()
    default: try context.emit(table.table, name: "stats", with: folder)
    }
    return .done
  }

  private static func write(_ text: String, to path: String, _ context: CommandContext) throws {
    try OutputFile.write(text, to: path)
    context.note("drew \(path)")
  }
}

/// The one-row-a-trace table of `trace stats`.
struct TraceStatsTable {
  private(set) var table = ReportTable(
    columns: [
      "file", "format", "requests", "left_out", "span_s", "mean_rps", "cv", "peak_to_mean_1s",
      "dispersion_1s", "dispersion_10s", "dispersion_60s", "ties", "tick_ns", "warnings",
    ].map { ReportColumn($0) })

  mutating func append(_ report: TraceReport) {
    let (summary, statistics) = (report.summary, report.statistics)
    func number(_ value: Double?) -> ReportCell { value.map { .number($0) } ?? .none }
    table.append([
      .text(summary.file), .text(summary.format.rawValue), .integer(statistics.requests),
      .integer(summary.leftOutCount), .number(statistics.span.inSeconds),
      number(statistics.requestsPerSecond), number(statistics.variation),
      number(statistics.peakToMean(seconds: 1)), number(statistics.dispersion(seconds: 1)),
      number(statistics.dispersion(seconds: 10)), number(statistics.dispersion(seconds: 60)),
      .integer(statistics.ties), report.tickNS.map { .integer($0) } ?? .none,
      .text(report.warnings.map(\.name).joined(separator: ";")),
    ])
  }
}
