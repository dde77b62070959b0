import CommandLine
import Reports
import Tables
import Traces
import Workloads

/// `gpuloom trace generate --like FILE`.
enum TraceLikenessReport {
  /// Fits, compares, and makes a trace where a place for it is given.
  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws {
    let path = arguments.string("--like") ?? ""
    let duration = arguments.double("--duration-s", atLeast: 1e-9, atMost: 9e9)
    let seed = UInt64(arguments.integer("--seed") ?? 1)
    let target = arguments.string("--to")
    let given = TraceRequest.tokens(&arguments)
    let reading = TraceInputFlags.read(&arguments)
    try arguments.finish()
    let input = try TraceInput.given(path)
    try reading.check([input])
    let (format, options) = (reading.format, reading.options)
    let (trace, statistics) = try TraceImport.statistics(
      input, format: format, options: options)
    context.report(TraceImportCommand.diagnostics(trace.summary))
    let fit = try TraceFit(statistics, file: input.name)
    let likeness = try TraceLikeness(statistics, fit.spec)
    let found = given ?? tokens(of: statistics)
    let span = duration.map { Int64(($0 * 1e9).rounded()) } ?? max(1, statistics.span.nanoseconds)
    let request = TraceRequest(
      spec: fit.spec, durationNS: span, seed: seed, tokens: found.text, laws: found.laws,
      path: target)
    try show(likeness, request, context)
    if target != nil || context.outputFolder != nil {
      try request.write(context)
    }
  }

  /// The laws of a trace's lengths, and how to ask for them.
  private static func tokens(
    of statistics: TraceStatistics
  ) -> (text: String, laws: TokenSizes.Laws?) {
    guard let input = TokenLaw(statistics.inputSizes),
      let output = TokenLaw(statistics.outputSizes)
    else { return ("none", nil) }
    let laws = TokenSizes.Laws(input: input, output: output)
    return (laws.text { NumberText.exact($0) } ?? "none", laws)
  }

  private static func show(
    _ likeness: TraceLikeness, _ request: TraceRequest, _ context: CommandContext
  ) throws {
    var table = ReportTable(columns: [
      ReportColumn("figure"), ReportColumn("trace"), ReportColumn("generated"),
      ReportColumn("least"), ReportColumn("most"), ReportColumn("fitted"),
      ReportColumn("matches"),
    ])
    func cell(_ value: Double?) -> ReportCell { value.map { .number($0) } ?? .none }
    for figure in likeness.figures {
      table.append([
        .text(figure.name), cell(figure.trace), cell(figure.generated),
        cell(figure.range?.lowerBound), cell(figure.range?.upperBound),
        .text(figure.isFitted ? "yes" : "no"),
        figure.isMatched.map { .text($0 ? "yes" : "NO") } ?? .none,
      ])
    }
    try context.emit(table, name: "likeness")
    guard context.format == .table else { return }
    let missed = likeness.mismatches
    context.print("\nmean, least and most of \(TraceLikeness.seeds.count) generated traces\n")
    context.print(
      missed.isEmpty
        ? "every figure matches\n"
        : "does not match: \(missed.joined(separator: ", "))\n")
    context.print("the same again: \(request.commandLine)\n")
  }
}
