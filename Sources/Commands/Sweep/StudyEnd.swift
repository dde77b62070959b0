import CommandLine
import Studies
import Tables

/// How a study that is whole is shown and how its command ends, whoever put it together.
enum StudyEnd {
  /// Prints the results and says what a reader must know.
  static func show(
    _ results: StudyResults, csv: String, _ listing: StudyListing, _ context: CommandContext
  ) throws -> ExitStatus {
    switch context.format {
    case .table:
      context.print(StudyText.table(results, listing).text(context.tableStyle))
      context.print(StudyText.notes(results, listing))
    case .csv: context.print(csv)
    case .json: context.print(try StudyText.json(csv, listing))
    }
    context.report(results.remarks.map { Diagnostic(severity: .warning, message: $0) })
    context.report(
      results.idleAxes.map {
        Diagnostic(
          severity: .warning,
          message: "the axis '\($0)' changed nothing: every run is the same whatever its value")
      })
    context.report(
      results.refusals.map {
        Diagnostic(
          message: $0.reason
            + ($0.count > 1 ? " (and so in \($0.count) runs of '\($0.policy)')" : ""))
      })
    return results.refusals.isEmpty ? .done : .badData
  }
}
