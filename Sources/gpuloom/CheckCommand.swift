import GPUModel
import Reports
import Simulation
import Tables

/// `gpuloom check`: runs experiments and holds their figures to those that are written down.
enum CheckCommand: Command {
  static let name = "check"
  static let summary = "runs experiments and compares with their expected figures"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "PATH…",
      flags: [
        .plain("--update", "write the expected figures anew instead of comparing"),
        .plain("--short", "only the places of points.csv that its '# short:' line names"),
      ],
      formats: ["text", "junit", "github"],
      notes: [
        "PATH is an experiment's folder, its experiment.json, or a folder of such folders. Each\n"
          + "has an expected.csv: what 'compare --format csv' prints, below lines of the form\n"
          + "'# tolerance: COLUMN=RULE', where RULE is 'relative X', 'absolute X' or\n"
          + "'not-worse-than lower|higher P%' (the word names the good end). Without a rule words\n"
          + "and counts must be equal and other numbers within a part in 10^9. Where there is a\n"
          + "points.csv, its simulated column is held too, and so are the numbers that README.md\n"
          + "quotes between its marks. A PATH ending in .md is such a file by itself.",
        "--update keeps the tolerances, and writes points.csv, points.svg and the numbers of\n"
          + "README.md as well: <!-- figures -->, <!-- table … -->, <!-- points … --> and\n"
          + "<!-- = … -->, as the READMEs of this project's experiments have them.",
      ],
      examples: [
        ("gpuloom check Experiments", "every experiment of the folder"),
        (
          "gpuloom check --update Experiments README.md",
          "write every figure and every quoted number anew"
        ),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let isUpdate = arguments.bool("--update")
    let isShort = arguments.bool("--short")
    if isUpdate, isShort {
      arguments.fault("'--update' and '--short' exclude each other: figures are written in full")
    }
    let paths = [arguments.positional("PATH")] + arguments.remainingPositionals()
    if context.outputFolder != nil {
      arguments.fault("the flag '--out' does not apply here: files are beside each experiment")
    }
    try arguments.finish()
    let folders = try folders(paths.filter { !$0.hasSuffix(".md") })
    var results: [CheckResult] = []
    var faults: [Diagnostic] = []
    var kinds: [InputError.Kind] = []
    func attempt(_ body: () throws -> CheckResult?) throws -> Bool {
      do {
        guard let result = try body() else { return false }
        results.append(result)
      } catch let error as InputError {
        faults += error.diagnostics
        kinds.append(error.kind)
      }
      return true
    }
    for folder in folders {
      let isFinished = try attempt {
        guard let run = try CheckRun(folder, isShort: isShort, context) else { return nil }
        if !isUpdate { return try run.compare() }
        try run.update()
        return CheckResult(folder: folder)
      }
      if !isFinished { return .interrupted }
    }
    // READMEs last: they may quote the figures of other folders.
    let readmes =
      folders.map { $0 + "/README.md" }.filter { InputFolder.exists($0) }
      + paths.filter { $0.hasSuffix(".md") }
    for path in readmes where faults.isEmpty {
      _ = try attempt { try readme(path, isUpdate: isUpdate) }
    }
    let report = CheckReport(results: results, isUpdate: isUpdate)
    switch context.formatName {
    case "junit": context.print(report.junit)
    case "github": context.print(report.github)
    default: context.print(report.text)
    }
    if !faults.isEmpty {
      let isMissing = kinds.allSatisfy { $0 == .missingFile }
      throw InputError(kind: isMissing ? .missingFile : .badData, diagnostics: faults)
    }
    return results.allSatisfy(\.misses.isEmpty) ? .done : .checkFailed
  }

  /// Holds the numbers that a README quotes to the figures, or writes them anew.
  private static func readme(_ path: String, isUpdate: Bool) throws -> CheckResult {
    var readme = try ReadmeFigures(path)
    let (text, changes) = try readme.updated()
    var result = CheckResult(folder: path, count: readme.count)
    if isUpdate {
      if !changes.isEmpty {
        let file = try OutputFile(at: path)
        try file.write(text)
        try file.commit()
      }
    } else {
      result.misses = changes.map {
        .init(figure: "line \($0)", expected: "what the figures say", found: "something else")
      }
    }
    return result
  }

  /// The experiments' folders behind the paths, in order, none twice.
  ///
  /// - Throws: `missingFile` for a path without experiments.
  private static func folders(_ paths: [String]) throws(InputError) -> [String] {
    var found: [String] = []
    var faults: [Diagnostic] = []
    for path in paths {
      var folder = path
      if folder.hasSuffix("/experiment.json") { folder = String(folder.dropLast(16)) }
      if folder == "experiment.json" { folder = "." }
      while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
      var here: [String] = []
      if InputFolder.exists(folder + "/experiment.json") {
        here.append(folder)
      } else {
        for name in InputFolder.names(at: folder).sorted()
        where InputFolder.exists("\(folder)/\(name)/experiment.json") {
          here.append("\(folder)/\(name)")
        }
      }
      if here.isEmpty {
        faults.append(
          Diagnostic(
            file: path, message: "no experiment.json here, nor in a folder below",
            hint: InputFolder.exists(path) ? nil : "there is no such file or folder"))
      }
      for folder in here where !found.contains(folder) { found.append(folder) }
    }
    if !faults.isEmpty { throw InputError(kind: .missingFile, diagnostics: faults) }
    return found
  }
}

/// What became of one experiment's check.
struct CheckResult {
  /// A figure that is not as expected.
  struct Miss {
    /// Which figure, by row and column.
    var figure: String
    var expected: String
    var found: String
    /// How far it moved, and what would have been allowed; empty for words.
    var detail = ""

    var text: String {
      "\(figure): \(expected.isEmpty ? "nothing" : expected) -> "
        + (found.isEmpty ? "nothing" : found) + (detail.isEmpty ? "" : " (\(detail))")
    }
  }

  let folder: String
  var misses: [Miss] = []
  /// The inputs that are not those the figures were written with.
  var changes: [String] = []
  /// How many figures were compared.
  var count = 0
}

/// The results of a check as text, for JUnit readers, and as annotations of a hosted run.
struct CheckReport {
  /// How many misses of one experiment are shown.
  private static let most = 12

  let results: [CheckResult]
  let isUpdate: Bool

  var text: String {
    var text = ""
    for result in results {
      if isUpdate {
        text += "updated  \(result.folder)\n"
      } else if result.misses.isEmpty {
        text += "ok       \(result.folder): \(result.count) figures\n"
        text += result.changes.map { "  note: \($0)\n" }.joined()
      } else {
        text +=
          "MISSED   \(result.folder): \(result.misses.count) of \(result.count) figures moved\n"
        text += lines(result).map { "  \($0)\n" }.joined()
      }
    }
    return DiagnosticText.printable(text)
  }

  private func lines(_ result: CheckResult) -> [String] {
    var lines = result.misses.prefix(Self.most).map(\.text)
    if result.misses.count > Self.most {
      lines.append("and \(result.misses.count - Self.most) more")
    }
    if result.changes.isEmpty {
      lines.append("no input changed: the simulator itself did")
    }
    return lines + result.changes
  }

  var junit: String {
    func escaped(_ text: String) -> String { XMLText.escaped(DiagnosticText.printable(text)) }
    let failures = results.count { !$0.misses.isEmpty }
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuite name=\"gpuloom check\" tests=\"\(results.count)\""
    text += " failures=\"\(failures)\">\n"
    for result in results {
      text += "  <testcase classname=\"experiments\" name=\"\(escaped(result.folder))\""
      if result.misses.isEmpty {
        text += "/>\n"
        continue
      }
      let first = result.misses.first?.text ?? ""
      text += ">\n    <failure message=\"\(escaped(first))\">"
      text += lines(result).map(escaped).joined(separator: "\n") + "</failure>\n  </testcase>\n"
    }
    return text + "</testsuite>\n"
  }

  var github: String {
    func escaped(_ text: String) -> String {
      DiagnosticText.printable(text).reduce(into: "") { result, character in
        switch character {
        case "%": result += "%25"
        case "\n": result += "%0A"
        default: result.append(character)
        }
      }
    }
    var text = ""
    for result in results where !result.misses.isEmpty {
      let title = "\(result.folder): \(result.misses.count) figures moved"
      text += "::error file=\(escaped(result.folder))/expected.csv,title=\(escaped(title))::"
      text += escaped(lines(result).joined(separator: "\n")) + "\n"
    }
    return text
  }
}
