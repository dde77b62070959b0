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
    context.report(loaded.notes)
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
    let path = folder + "/points.csv"
    if InputFolder.exists(path) {
      let points = try PointsFile.read(path, for: loaded.experiment)
      self.points = points
      simulated = try points.simulated(
        loaded.experiment, isShort: isShort, jobs: context.jobs)
    } else {
      points = nil
      simulated = []
    }
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
    let path = folder + "/expected.csv"
    guard InputFolder.exists(path) else {
      throw InputError(
        kind: .missingFile,
        Diagnostic(
          file: path, message: "there are no expected figures",
          hint: "'gpuloom check --update \(folder)' writes them"))
    }
    let expected = try ExpectedFile(path)
    var result = CheckResult(folder: folder)
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
          found: value.map(NumberText.exact) ?? "", detail: detail))
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
  }
}

/// Simulated and published points on the same axes.
struct PointsFigure {
  let points: PointsFile

  init(_ points: PointsFile) { self.points = points }

  /// A series in the legend: the policy's name, with its options where another has the same.
  private func legendName(of label: String) -> String {
    let short = label.prefix { $0 != "(" }
    let isAlone = points.series.count { $0.prefix { $0 != "(" } == short } == 1
    return isAlone ? String(short) : label
  }

  /// Over load, times span orders of magnitude.
  private func scale(of figure: String) -> FigureAxis.Scale {
    let isTime = figure.hasPrefix("latency") || figure.hasPrefix("slowdown")
    return points.axis == .load && isTime ? .log : .linear
  }

  /// One panel for each figure of the file.
  var figure: SVGFigure {
    let names = points.figures
    let panels = names.map { title in
      let own = points.points.filter { $0.figure == title }
      var series: [FigureSeries] = []
      for label in points.series {
        let part = own.filter { $0.series == label }
        let line = part.compactMap { p in p.simulated.map { FigurePoint(Double(p.x), $0) } }
        let rings = part.compactMap { p in p.published.map { FigurePoint(Double(p.x), $0) } }
        let short = legendName(of: label)
        if !line.isEmpty { series.append(FigureSeries(short, points: line)) }
        if !rings.isEmpty { series.append(FigureSeries(short, style: .points, points: rings)) }
      }
      return FigurePanel(
        title: names.count > 1 ? title : "",
        x: FigureAxis(points.comment("x_label") ?? points.axis.rawValue),
        y: FigureAxis(
          points.comment("y_label") ?? points.column?.rawValue ?? title, scale: scale(of: title)),
        series: series)
    }
    return SVGFigure(
      title: points.comment("title") ?? names.joined(separator: ", "),
      subtitle: points.comment("note") ?? "", panels: panels, columns: min(2, panels.count))
  }
}
