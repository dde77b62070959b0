import GPUModel
import Policies
import Reports
import Simulation
import Tables

/// One experiment's figures as they are now, beside those written down.
struct CheckRun {
  let folder: String
  private let now: ExpectedFile
  private let points: PointsFile?
  private let simulated: [Double?]
  private let isShort: Bool

  /// Runs the experiment of a folder; nil where an interrupt kept it from being finished.
  ///
  /// - Throws: `InputError` where experiment or points cannot be read.
  init?(_ folder: String, isShort: Bool, _ context: CommandContext) throws {
    self.folder = folder
    self.isShort = isShort
    let loaded = try ExperimentReader.read(
      path: folder + "/experiment.json", library: ModelLibrary.locate())
    // What 'compare' remarks on a run is no news where figures are held.
    context.report(loaded.notes.filter { $0.severity != .note })
    let path = folder + "/points.csv"
    points = InputFolder.exists(path) ? try PointsFile.read(path, for: loaded.experiment) : nil
    let comparison = try Comparison.run(loaded, logsRequests: false, context)
    if comparison.isInterrupted { return nil }
    var now = ExpectedFile()
    for input in loaded.inputs {
      let name = input.role == "experiment" ? "experiment.json" : input.name
      now.inputs.append("\(input.role) \(name) \(try SHA256.hex(ofFile: input.path))")
    }
    now.policies = loaded.experiment.policies.map(Self.text)
    now.refusals = comparison.refusals.map { refusal in
      "\(refusal.policy): "
        + refusal.error.diagnostics.map(\.message).joined(separator: "; ")
    }
    now.rows = comparison.summaryTable.rows.map { $0.map(Self.text) }
    self.now = now
    simulated =
      try points?.simulated(
        loaded.experiment, isShort: isShort, jobs: context.jobs,
        shouldStop: { Interrupt.isRequested }) ?? []
    // Which of the points were not run cannot be told from those that a policy refuses.
    if points != nil, Interrupt.isRequested { return nil }
  }

  /// A cell without the quotes of CSV.
  private static func text(_ cell: ReportCell) -> String {
    if case .text(let word) = cell { return word }
    return CSVReport.field(cell)
  }

  /// A policy's label, and the options it leaves at their defaults.
  private static func text(_ choice: PolicyChoice) -> String {
    let options = PolicyCatalog.policy(named: choice.name)?.descriptor.options ?? []
    if options.isEmpty { return choice.label }
    return choice.label + " of "
      + options.map { "\($0.name)=\($0.fallback)" }.joined(separator: " ")
  }

  /// Compares with what is written down.
  ///
  /// - Throws: `InputError` where that is missing or wrong.
  func compare() throws(InputError) -> CheckResult {
    let expected = try ExpectedFile.read(folder)
    var result = CheckResult(path: folder)
    (result.misses, result.count) = expected.compare(with: now)
    result.changes = expected.changes(to: now)
    guard let points else { return result }
    let rule = CheckTolerance.relative(1e-9)
    for (point, value) in zip(points.points, simulated)
    where points.isHeld(point, isShort: isShort) {
      result.count += 1
      if point.simulated == value { continue }
      if let a = point.simulated, let b = value, rule.allows(b, expected: a) { continue }
      var detail = ""
      if let a = point.simulated, let b = value { detail = ExpectedFile.percent(b / a - 1) }
      result.misses.append(
        .init(
          figure: "points.csv:\(point.line): \(point.series) at \(point.x)",
          expected: point.simulated.map(NumberText.exact) ?? "",
          found: value.map(NumberText.exact) ?? "", detail: detail,
          place: (folder + "/points.csv", point.line)))
    }
    return result
  }

  /// Writes the figures as they are now: the expected ones last, so that an interrupted update
  /// shows as a miss.
  func update() throws {
    let output = try OutputFolder(folder)
    var written = now
    let path = folder + "/expected.csv"
    if InputFolder.exists(path) { written.tolerances = try ExpectedFile(path).tolerances }
    if var points {
      for i in points.points.indices { points.points[i].simulated = simulated[i] }
      try output.write("points.csv", points.text)
      try output.write("points.svg", PointsFigure(points).figure.svg)
    }
    try output.write("expected.csv", written.text)
    try output.commit()
  }
}
