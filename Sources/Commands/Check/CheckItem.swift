import CommandLine
import Hardware
import Studies
import Tables

/// Something that is checked by itself.
struct CheckItem {
  enum Kind {
    /// An experiment, by its folder.
    case experiment
    /// Measurements, by their folder.
    case truth
    /// The page over the experiments of a folder.
    case index([String])
    /// A page written by hand, whose numbers are on other pages.
    case quotes
  }

  var path: String
  var kind = Kind.experiment

  var isPage: Bool {
    switch kind {
    case .experiment, .truth: false
    case .index, .quotes: true
    }
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
    case .truth: try holdTruth(&result, isUpdate: isUpdate, context)
    case .index(let names):
      let folder = String(path.dropLast(FiguresIndex.name.utf8.count + 1))
      let text = try FiguresIndex.text(folder, names)
      if isUpdate {
        try OutputFile.write(text, to: path)
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

  /// Holds, before minutes of runs, that what `--update` writes can be written.
  ///
  /// - Throws: as `OutputPlace.check`.
  func checkOutputs() throws {
    switch kind {
    case .experiment, .truth: try OutputPlace.folder.check(path)
    case .index: try OutputPlace.file.check(path)
    case .quotes: break
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

  private func holdTruth(
    _ result: inout CheckResult, isUpdate: Bool, _ context: CommandContext
  ) throws {
    let check = try context.working("measuring") { control in
      try TruthCheck(
        path, library: ModelLibrary.locate(), policies: RegisteredPolicies.all, control)
    }
    guard let check else {
      result.leftOut = "interrupted"
      return
    }
    guard isUpdate else { return result = try check.compare() }
    let output = try OutputFolder(path)
    for file in try check.files() { try output.write(file.name, file.text) }
    try output.commit()
  }
}

extension CheckItem {
  /// What the paths name, in order: experiments, then measurements, whose pages have figures of
  /// experiments too, then the pages over them, then those that quote.
  ///
  /// - Throws: `missingFile` for a path without experiments.
  static func items(
    of paths: [String], isUpdate: Bool
  ) throws(InputError) -> [CheckItem] {
    let folders = try folders(paths.filter { !$0.hasSuffix(".md") })
    var indexes: [CheckItem] = []
    for path in paths where !FiguresFolder.isOne(path) {
      let names = FiguresFolder.names(in: path)
      if !names.isEmpty, FiguresIndex.isOurs(path),
        isUpdate || InputFolder.exists(path + "/" + FiguresIndex.name)
      {
        indexes.append(CheckItem(path: path + "/" + FiguresIndex.name, kind: .index(names)))
      }
    }
    let quoting =
      folders.map { $0 + "/README.md" }.filter { InputFolder.exists($0) }
      + paths.filter { $0.hasSuffix(".md") }
    let isTruth = TruthCheck.isTruth
    return folders.filter { !isTruth($0) }.map { CheckItem(path: $0) }
      + folders.filter(isTruth).map { CheckItem(path: $0, kind: .truth) } + indexes
      + quoting.map { CheckItem(path: $0, kind: .quotes) }
  }

  /// The experiments' folders behind the paths, in order, none twice.
  ///
  /// - Throws: `missingFile` for a path without experiments.
  private static func folders(_ paths: [String]) throws(InputError) -> [String] {
    var found: [String] = []
    var faults: [Diagnostic] = []
    for path in paths {
      var folder = path
      for name in FiguresFolder.definitions {
        if folder.hasSuffix("/" + name) { folder.removeLast(name.utf8.count + 1) }
        if folder == name { folder = "." }
      }
      while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
      var here: [String] = []
      if FiguresFolder.isOne(folder) {
        here.append(folder)
      } else {
        here = FiguresFolder.names(in: folder).map { "\(folder)/\($0)" }
      }
      if here.isEmpty {
        faults.append(
          Diagnostic(
            file: path,
            message: "no experiment.json or measurements.csv here, nor in a folder below",
            hint: InputFolder.exists(path) ? nil : "there is no such file or folder"))
      }
      for folder in here where !found.contains(folder) { found.append(folder) }
    }
    if !faults.isEmpty { throw InputError(kind: .missingFile, diagnostics: faults) }
    return found
  }
}
