import CommandLine
import Hardware
import KernelData
import Reports
import Tables

/// `gpuloom kernels lint`: whether tables can be believed before anything is simulated with them.
enum KernelsLintCommand: Command {
  static let name = "kernels lint"
  static let summary = "judge kernel tables: what cannot run on the GPU, what cannot be true"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "TABLE|MODEL…",
      flags: [
        .valued("--gpu", "NAME|FILE", "the GPU to judge them for (the one each table names)"),
        .plain("--strict", "warnings fail too"),
      ],
      notes: [
        "A model of the catalogue stands for all its tables, or the one of '--gpu'. Exit code 1\n"
          + "where a finding is an error, 65 where a file is no kernel table.",
        "Rules: " + LintRule.allCases.map(\.rawValue).joined(separator: ", ") + ".",
      ],
      examples: [
        ("gpuloom kernels lint mine.csv --gpu t4", "would this table run on a T4?"),
        ("gpuloom kernels lint resnet50 bert_base --format csv", "every finding, a row each"),
      ])
  }

  /// Findings of one rule and file that are shown to a reader; files hold all of them.
  private static let shownOfRule = 5

  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws -> ExitStatus
  {
    let words = [arguments.positional("a TABLE or MODEL")] + arguments.remainingPositionals()
    let gpuName = arguments.string("--gpu")
    let isStrict = arguments.bool("--strict")
    try arguments.finish()
    let library = ModelLibrary.locate()
    let asked = try gpuName.map { name throws(InputError) in try library.gpu(name) }
    let catalogue = try library.gpus()
    var paths: [String] = []
    for word in words { paths += try KernelsTables.paths(word, gpu: gpuName, library) }
    var findings: [(file: String, findings: [LintFinding])] = []
    var unreadable: InputError?
    for path in paths {
      do throws(InputError) {
        let csv = try KernelsTables.csv(path)
        let found = try KernelLint.findings(in: csv) { table in
          KernelsTables.gpu(of: table, asked: asked, catalogue)
        }
        findings.append((path, found))
      } catch {
        // The other tables are judged all the same.
        unreadable = InputError(
          kind: unreadable?.kind ?? error.kind,
          diagnostics: (unreadable?.diagnostics ?? []) + error.diagnostics)
      }
    }
    try show(findings, context)
    if let unreadable { throw unreadable }
    let all = findings.flatMap(\.findings)
    let errors = all.count { $0.diagnostic.severity == .error }
    func count(_ n: Int, _ what: String) -> String { "\(n) \(what)\(n == 1 ? "" : "s")" }
    context.note(
      [
        count(findings.count, "table"), count(errors, "error"),
        count(all.count - errors, "warning"),
      ].joined(separator: ", "))
    return errors > 0 || isStrict && !all.isEmpty ? .checkFailed : .done
  }

  private static func show(
    _ files: [(file: String, findings: [LintFinding])], _ context: CommandContext
  ) throws {
    var table = ReportTable(
      columns: [
        "file", "line", "column", "severity", "rule", "batch", "kernel", "message", "hint",
      ].map { ReportColumn($0) })
    for finding in files.flatMap(\.findings) {
      let at = finding.diagnostic
      table.append([
        .text(at.file), .integer(Int64(at.line)), .integer(Int64(at.column)),
        .text(at.severity.rawValue), .text(finding.rule.rawValue),
        finding.batch.map { .integer(Int64($0)) } ?? .none,
        finding.kernel.map { .text($0) } ?? .none, .text(at.message),
        at.hint.map { .text($0) } ?? .none,
      ])
    }
    guard context.format == .table else { return try context.emit(table, name: "lint") }
    try context.save("lint.csv", table.csv)
    for (_, findings) in files {
      for diagnostic in findings.diagnostics(upTo: shownOfRule) {
        context.print(
          DiagnosticText.render(diagnostic, hasColor: context.hasOutputColor) + "\n")
      }
    }
  }
}
