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
        .output(
          "--predictions", "FILE",
          "run the grids of predictions.json in PATH and write their figures to FILE"),
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
        "A folder with a measurements.csv has published figures: each row's is simulated, its\n"
          + "simulated column and figures.md, which says how far off what kind of figure is, are\n"
          + "held and written like an experiment's.",
        "With --predictions nothing is compared: FILE is a CSV with a row for each place of the\n"
          + "grids of the predictions.json in each PATH, or below it (Experiments): latencies over\n"
          + "MPS shares, pairs on disjoint shares, and replicas.",
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
        (
          "gpuloom check --predictions predicted.csv Experiments/truth",
          "figures that nobody fitted to, to compare with what will be measured"
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
    let predictions = arguments.string("--predictions")
    if predictions != nil, isUpdate || isShort {
      arguments.fault("'--predictions' compares nothing: '--update' and '--short' do not apply")
    }
    let first = predictions == nil ? [arguments.positional("PATH")] : []
    let paths = first + arguments.remainingPositionals()
    if predictions != nil, context.formatName != "text" {
      arguments.fault("'--predictions' writes a CSV: '--format' does not apply")
    }
    if predictions != nil, context.outputFolder != nil {
      arguments.fault("'--predictions' writes one file: '--out' does not apply")
    }
    try arguments.finish()
    if let predictions {
      return try PredictionsOutput.write(predictions, of: paths, context)
    }
    let folder = try context.outputFolder.map { try OutputFolder($0) }
    try folder?.check(["check.csv", "junit.xml"])
    let checks: [CheckItem]
    do throws(InputError) {
      checks = try CheckItem.items(of: paths, isUpdate: isUpdate)
    } catch {
      // A reader of files has to hear of it too; there are no results to print otherwise.
      let results = error.diagnostics.map { CheckResult(path: $0.file, faults: [$0]) }
      print(CheckReport(results: results, isUpdate: isUpdate), context)
      throw error
    }
    if isUpdate { for check in checks { try check.checkOutputs() } }
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
}
