import CommandLine
import Hardware
import Studies
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
          + "and counts must be equal and other numbers within a part in 10^9. With lines\n"
          + "'# hold: COLUMN[ of POLICY][ for TENANT]=RULE' only those figures are held. Where there is a\n"
          + "points.csv, its simulated column is held too, and so is figures.md, the page of all\n"
          + "figures. A README.md that quotes an experiment (a paragraph or row with its folder in\n"
          + "it, or any in that folder) is held to the page: a number with a decimal point must\n"
          + "be on it, rounded as quoted. A PATH ending in .md is such a page by itself.",
        "With --out: check.csv, a row for each figure that moved or is held by itself, and\n"
          + "junit.xml.",
        "--update keeps tolerances and holds, and writes points.csv, points.svg and figures.md as well,\n"
          + "and for a folder of experiments the README.md over them where none is there that\n"
          + "somebody wrote by hand.",
      ],
      examples: [
        ("gpuloom check Experiments", "every experiment of the folder"),
        (
          "gpuloom check --update Experiments README.md",
          "write every figure anew, and say which quoted numbers no longer stand"
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
    try arguments.finish()
    let folder = try context.outputFolder.map { try OutputFolder($0) }
    try folder?.check(["check.csv", "junit.xml"])
    let checks: [Check]
    do throws(InputError) {
      checks = try self.checks(of: paths, isUpdate: isUpdate)
    } catch {
      // A reader of files has to hear of it too; there are no results to print otherwise.
      let results = error.diagnostics.map { CheckResult(path: $0.file, faults: [$0]) }
      print(CheckReport(results: results, isUpdate: isUpdate), context)
      throw error
    }
    var results: [CheckResult] = []
    var missing: [Bool] = []
    // Results are printed even where the rest cannot be: a run takes minutes.
    defer { print(CheckReport(results: results, isUpdate: isUpdate), context) }
    for check in checks {
      var result = CheckResult(path: check.path)
      if Interrupt.isRequested {
        result.leftOut = "interrupted"
      } else if isUpdate, check.isPage, !missing.isEmpty {
        result.leftOut = "an experiment could not be updated"
      } else {
        do {
          try check.hold(&result, isUpdate: isUpdate, isShort: isShort, context)
        } catch let error as InputError {
          result.faults = error.diagnostics
          missing.append(error.kind == .missingFile)
        }
      }
      results.append(result)
    }
    if let folder {
      let report = CheckReport(results: results, isUpdate: isUpdate)
      try folder.write("check.csv", report.table.csv)
      try folder.write("junit.xml", report.junit)
      try folder.commit()
    }
    return try status(of: results, isMissing: missing.allSatisfy(\.self), context)
  }

  private static func print(_ report: CheckReport, _ context: CommandContext) {
    switch context.formatName {
    case "junit": context.print(report.junit)
    case "github": context.print(report.github)
    default: context.print(report.text)
    }
  }

  /// How the command ends.
  ///
  /// - Throws: `InputError` where something could not be checked, but for an interrupted check,
  ///   which reports that and ends as interrupted.
  private static func status(
    of results: [CheckResult], isMissing: Bool, _ context: CommandContext
  ) throws(InputError) -> ExitStatus {
    var faults: [Diagnostic] = []
    // A page that rests on a file that cannot be read has the file's own faults.
    for fault in results.flatMap(\.faults) where !faults.contains(fault) { faults.append(fault) }
    if Interrupt.isRequested {
      let unfinished = results.count { $0.leftOut != nil }
      if unfinished > 0 {
        context.report(faults)
        context.note("interrupted: \(unfinished) of \(results.count) are left out")
        return .interrupted
      }
    }
    if !faults.isEmpty {
      throw InputError(kind: isMissing ? .missingFile : .badData, diagnostics: faults)
    }
    return results.allSatisfy(\.misses.isEmpty) ? .done : .checkFailed
  }

  // MARK: What is checked

  /// Something that is checked by itself.
  private struct Check {
    enum Kind {
      /// An experiment, by its folder.
      case experiment
      /// The page over the experiments of a folder.
      case index([String])
      /// A page written by hand, whose numbers are on other pages.
      case quotes
    }

    var path: String
    var kind = Kind.experiment

    var isPage: Bool {
      if case .experiment = kind { return false }
      return true
    }

    /// Holds its figures to what is written, or writes them anew.
    ///
    /// - Throws: `InputError` where it cannot be read, `OutputError` where it cannot be written.
    func hold(
      _ result: inout CheckResult, isUpdate: Bool, isShort: Bool, _ context: CommandContext
    ) throws {
      result.isPage = isPage
      switch kind {
      case .experiment:
        try holdExperiment(&result, isUpdate: isUpdate, isShort: isShort, context)
      case .index(let names):
        let folder = String(path.dropLast(FiguresIndex.name.utf8.count + 1))
        let text = try FiguresIndex.text(folder, names)
        if isUpdate {
          let file = try OutputFile(at: path)
          try file.write(text)
          try file.commit()
        } else {
          result.hold(path, try InputFile.text(at: path), to: text)
        }
      case .quotes:
        let quotes = try QuotedNumbers(path)
        result.count = quotes.count
        result.misses = quotes.misses.map { miss in
          .init(
            figure: "\(path):\(miss.line)", expected: miss.number, found: "",
            detail: "not on " + miss.pages.joined(separator: ", "), place: (path, miss.line))
        }
      }
    }

    private func holdExperiment(
      _ result: inout CheckResult, isUpdate: Bool, isShort: Bool, _ context: CommandContext
    ) throws {
      let run = try context.working("comparing") { control in
        try CheckRun(
          path, isShort: isShort, library: ModelLibrary.locate(), policies: RegisteredPolicies.all,
          control)
      }
      guard let run else {
        result.leftOut = "interrupted"
        return
      }
      // What 'compare' remarks on a run is no news where figures are held.
      context.report(run.remarks)
      guard isUpdate else { return result = try run.compare() }
      let output = try OutputFolder(path)
      for file in try run.files() { try output.write(file.name, file.text) }
      try output.commit()
      let page = try OutputFolder(path)
      try page.write(FiguresPage.name, try FiguresPage(path).text)
      try page.commit()
    }
  }

  /// What the paths name, in order: experiments, then the pages over them, then those that quote.
  ///
  /// - Throws: `missingFile` for a path without experiments.
  private static func checks(
    of paths: [String], isUpdate: Bool
  ) throws(InputError) -> [Check] {
    let folders = try folders(paths.filter { !$0.hasSuffix(".md") })
    var indexes: [Check] = []
    for path in paths where !InputFolder.exists(path + "/experiment.json") {
      let names = InputFolder.names(at: path).filter {
        InputFolder.exists("\(path)/\($0)/experiment.json")
      }
      if !names.isEmpty, FiguresIndex.isOurs(path),
        isUpdate || InputFolder.exists(path + "/" + FiguresIndex.name)
      {
        indexes.append(Check(path: path + "/" + FiguresIndex.name, kind: .index(names.sorted())))
      }
    }
    let quoting =
      folders.map { $0 + "/README.md" }.filter { InputFolder.exists($0) }
      + paths.filter { $0.hasSuffix(".md") }
    return folders.map { Check(path: $0) } + indexes
      + quoting.map { Check(path: $0, kind: .quotes) }
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
