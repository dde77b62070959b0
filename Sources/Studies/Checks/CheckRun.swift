import Hardware
import Reports
import Scheduling
import Simulation
import Tables

/// One experiment's figures as they are now, beside those written down.
package struct CheckRun {
  package let folder: String
  private let now: ExpectedFile
  private let points: PointsFile?
  private let simulated: [Double?]
  private let isShort: Bool
  /// What the reader of the experiment should know.
  package let remarks: [Diagnostic]

  /// Runs the experiment of a folder; nil where an interrupt kept it from being finished.
  ///
  /// - Throws: `InputError` where experiment or points cannot be read.
  package init?(
    _ folder: String, isShort: Bool, library: ModelLibrary, policies: PolicyCatalog,
    _ control: WorkControl
  ) throws(InputError) {
    self.folder = folder
    self.isShort = isShort
    let loaded = try ExperimentReader.read(
      path: folder + "/experiment.json", library: library, policies: policies)
    // What 'compare' remarks on a run is no news where figures are held.
    let judged = try JudgedExperiment(loaded)
    remarks = judged.remarks.filter { $0.severity != .note }
    let path = folder + "/points.csv"
    points = InputFolder.exists(path) ? try PointsFile.read(path, for: loaded.experiment) : nil
    let comparison = Comparison.run(judged, logsRequests: false, control)
    if comparison.isInterrupted { return nil }
    var now = ExpectedFile()
    for input in loaded.inputs {
      let name = input.role == "experiment" ? "experiment.json" : input.name
      now.inputs.append("\(input.role) \(name) \(try SHA256.hex(ofFile: input.path))")
      now.values += ExpectedFile.values(of: input)
    }
    now.policies = loaded.experiment.policies.map(Self.text)
    now.refusals = comparison.refusals.map { refusal in
      "\(refusal.policy): "
        + refusal.error.diagnostics.map(\.message).joined(separator: "; ")
    }
    now.rows = comparison.summaryTable.rows.map { row in
      // What the work cost is not held: it stands behind the columns that are.
      row.dropLast(SummaryTable.costColumnNames.count).map(Self.text)
    }
    self.now = now
    simulated =
      try points?.simulated(
        loaded.experiment, isShort: isShort, jobs: control.jobs, shouldStop: control.shouldStop)
      ?? []
    // Which of the points were not run cannot be told from those that a policy refuses.
    if points != nil, control.shouldStop() { return nil }
  }

  /// A cell without the quotes of CSV.
  private static func text(_ cell: ReportCell) -> String {
    if case .text(let word) = cell { return word }
    return CSVReport.field(cell)
  }

  /// A policy's label, and the options it leaves at their defaults.
  private static func text(_ choice: PolicyChoice) -> String {
    let options = choice.policy.descriptor.options
    if options.isEmpty { return choice.label }
    return choice.label + " of "
      + options.map { "\($0.name)=\($0.fallback)" }.joined(separator: " ")
  }

  /// Compares with what is written down.
  ///
  /// - Throws: `InputError` where that is missing or wrong.
  package func compare() throws(InputError) -> CheckResult {
    let expected = try ExpectedFile.read(folder)
    var result = CheckResult(path: folder)
    (result.misses, result.held, result.count) = expected.compare(with: now)
    result.changes = expected.changes(to: now)
    holdPoints(&result)
    // Sorted by a stable rule: equals stay in the order of their rows.
    result.misses = result.misses.enumerated().sorted {
      ($1.element.size, $0.offset) < ($0.element.size, $1.offset)
    }.map(\.element)
    // The page shows all figures, of which only some are held here.
    if !expected.holds.isEmpty { return result }
    // Where figures moved, that their page is an old one is no news.
    let page = folder + "/" + FiguresPage.name
    if result.misses.isEmpty, InputFolder.exists(page) {
      result.hold(page, try InputFile.text(at: page), to: try FiguresPage(folder).text)
    }
    return result
  }

  private func holdPoints(_ result: inout CheckResult) {
    guard let points else { return }
    let rule = CheckTolerance.relative(1e-9)
    for (point, value) in zip(points.points, simulated)
    where points.isHeld(point, isShort: isShort) {
      result.count += 1
      if point.simulated == value { continue }
      if let a = point.simulated, let b = value, rule.allows(b, expected: a) { continue }
      var detail = ""
      var size = Double.infinity
      if let a = point.simulated, let b = value {
        detail = ExpectedFile.percent(b / a - 1)
        if a != 0 { size = abs(b / a - 1) }
      }
      result.misses.append(
        .init(
          figure: "points.csv:\(point.line): \(point.series) at \(point.x)",
          expected: point.simulated.map(NumberText.exact) ?? "",
          found: value.map(NumberText.exact) ?? "", detail: detail,
          place: (folder + "/points.csv", point.line), size: size))
    }
  }

  /// The files that hold the figures as they are now, the page of them aside: the expected ones
  /// last, so that an interrupted update shows as a miss.
  ///
  /// - Throws: `InputError` where the tolerances written down cannot be read.
  package func files() throws(InputError) -> [(name: String, text: String)] {
    var written = now
    let path = folder + "/expected.csv"
    if InputFolder.exists(path) {
      let before = try ExpectedFile(path)
      (written.tolerances, written.holds) = (before.tolerances, before.holds)
    }
    var files: [(name: String, text: String)] = []
    if var points {
      for i in points.points.indices { points.points[i].simulated = simulated[i] }
      files.append(("points.csv", points.text))
      files.append(("points.svg", PointsFigure(points).figure.svg))
    }
    return files + [("expected.csv", written.text)]
  }
}
