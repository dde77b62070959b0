import Metrics
import Policies
import Reports
import Simulation
import Tables

/// Published points of an experiment, and what the simulator says in their places
/// (`gpuloom.points/1`): `# x:`, `# y:`, then `figure,series,x,simulated,published`.
///
/// A series is the label of one of the experiment's policies. In an experiment of several tenants a
/// figure is the name of one, who is then alone. `# y: figure` says that the figure's name is the
/// column of the summary; `# x: replica_rank` that it begins with the number of replicas.
struct PointsFile {
  static let format = "gpuloom.points/1"
  static let columns = ["figure", "series", "x", "simulated", "published"]
  /// Lines before the header that mean something.
  static let keys = [
    "format", "x", "y", "constants", "not_fitted", "source", "title", "x_label", "y_label", "note",
  ]

  /// One point of a figure.
  struct Point {
    var figure: String
    var series: String
    var x: Int
    var simulated: Double?
    var published: Double?
    var line: Int
    /// Whose point it is.
    var tenant = 0
    /// What it is the value of.
    var column = SummaryFigure.gflops
    /// How many replicas there are, where x is not their number.
    var replicas: Int?
  }

  let path: String
  let comments: [(key: String, value: String)]
  let axis: SweepAxis
  /// What the points are values of; nil where each figure's name says it.
  let column: SummaryFigure?
  var points: [Point]

  /// The values of all lines of one key.
  func comment(_ key: String) -> String? { comments.first { $0.key == key }?.value }

  /// The constants the file names, in its order.
  var constants: [String] {
    (comment("constants") ?? "").split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
  }

  /// The figures in the order they appear.
  var figures: [String] {
    var names: [String] = []
    for point in points where !names.contains(point.figure) { names.append(point.figure) }
    return names
  }

  /// The series in the order they appear.
  var series: [String] {
    var names: [String] = []
    for point in points where !names.contains(point.series) { names.append(point.series) }
    return names
  }

  /// Whether a fit may use the point: every second of its figure's series, the first included, but none
  /// that a line `# not_fitted: SERIES X` names because the model is known to differ there.
  var isFitted: [Bool] {
    var seen: [String: Int] = [:]
    return points.map { point in
      guard point.published != nil else { return false }
      let key = point.figure + "\n" + point.series
      let count = seen[key, default: 0]
      seen[key] = count + 1
      return count.isMultiple(of: 2) && !isExcepted(point)
    }
  }

  private func isExcepted(_ point: Point) -> Bool {
    comments.contains { $0.key == "not_fitted" && $0.value == "\(point.series) \(point.x)" }
  }

  // MARK: Reading

  /// Reads points that belong to an experiment; nil takes every series and figure for granted.
  ///
  /// - Throws: `InputError` with every fault found.
  static func read(_ path: String, for experiment: Experiment?) throws(InputError) -> PointsFile {
    let table = try CSVReader.table(at: path)
    var faults = table.structuralFaults(required: columns)
    func word<T: CaseIterable & RawRepresentable>(_ key: String, _ fallback: T) -> T
    where T.RawValue == String {
      guard let line = table.comments.first(where: { $0.key == key }) else {
        faults.append(Diagnostic(file: path, message: "the line '# \(key): …' is missing"))
        return fallback
      }
      if let value = T(rawValue: line.value) { return value }
      let known = T.allCases.map(\.rawValue)
      faults.append(
        Diagnostic(
          file: path, line: line.line, column: 1, message: "unknown \(key) '\(line.value)'",
          hint: NearestName.hint(for: line.value, in: known)))
      return fallback
    }
    let axis = word("x", SweepAxis.replicas)
    let isByFigure = table.comments.contains { $0.key == "y" && $0.value == "figure" }
    let column = isByFigure ? nil : word("y", SummaryFigure.gflops)
    faults += commentFaults(table, path)
    if axis == .replicaRank, column != .latencyMean {
      faults.append(
        Diagnostic(file: path, message: "'# x: replica_rank' needs '# y: latency_ms_mean'"))
    }
    if isByFigure, let experiment, experiment.tenants.count > 1 {
      faults.append(
        Diagnostic(file: path, message: "'# y: figure' needs an experiment of one tenant"))
    }
    var points: [Point] = []
    if faults.isEmpty {
      for row in table.rows {
        if var point = point(row, table, experiment, &faults) {
          name(&point, axis, column, table, row, experiment, &faults)
          points.append(point)
        }
        if faults.count >= 20 { break }
      }
      if points.isEmpty, faults.isEmpty {
        faults.append(Diagnostic(file: path, message: "expected at least one point"))
      }
    }
    for line in table.comments where line.key == "not_fitted" {
      if points.contains(where: { "\($0.series) \($0.x)" == line.value }) { continue }
      faults.append(
        Diagnostic(
          file: path, line: line.line, column: 1, message: "no point is '\(line.value)'",
          hint: "a series and an x: '# not_fitted: time-only 1'"))
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    return PointsFile(
      path: path, comments: table.comments.map { ($0.key, $0.value) }, axis: axis, column: column,
      points: points)
  }

  /// Finds what the name of a point's figure means.
  private static func name(
    _ point: inout Point, _ axis: SweepAxis, _ column: SummaryFigure?, _ table: CSVTable,
    _ row: CSVRow, _ experiment: Experiment?, _ faults: inout [Diagnostic]
  ) {
    let at = table.index(of: "figure") ?? 0
    func fault(_ message: String, _ hint: String? = nil) {
      faults.append(table.fault(row, at, message, hint: hint))
    }
    if let column {
      point.column = column
    } else if let named = SummaryFigure(rawValue: point.figure) {
      point.column = named
    } else {
      let known = SummaryFigure.allCases.map(\.rawValue)
      fault("unknown y '\(point.figure)'", NearestName.hint(for: point.figure, in: known))
    }
    if axis == .replicaRank {
      let count = Int(point.figure.prefix { $0.isASCII && $0.isNumber }) ?? 0
      point.replicas = count
      if count < point.x || count > 4_096 {
        fault("the figure '\(point.figure)' does not begin with a number of replicas from x up")
      }
    } else if let experiment, experiment.tenants.count > 1 {
      let known = experiment.tenants.map(\.name)
      if let tenant = known.firstIndex(of: point.figure) {
        point.tenant = tenant
      } else {
        fault(
          "the experiment has no tenant '\(point.figure)'",
          NearestName.hint(for: point.figure, in: known))
      }
    }
  }

  private static func commentFaults(_ table: CSVTable, _ path: String) -> [Diagnostic] {
    var faults: [Diagnostic] = []
    for line in table.comments where !keys.contains(line.key) {
      faults.append(
        Diagnostic(
          file: path, line: line.line, column: 1, message: "unknown key '\(line.key)'",
          hint: NearestName.hint(for: line.key, in: keys)))
    }
    if table.comments.first(where: { $0.key == "format" })?.value != format {
      faults.append(Diagnostic(file: path, message: "expected the line '# format: \(format)'"))
    }
    return faults
  }

  private static func point(
    _ row: CSVRow, _ table: CSVTable, _ experiment: Experiment?, _ faults: inout [Diagnostic]
  ) -> Point? {
    func field(_ name: String) -> (at: Int, text: String) {
      let at = table.index(of: name) ?? 0
      return (at, row.fields[at])
    }
    let before = faults.count
    let (seriesAt, series) = field("series")
    if let labels = experiment?.policies.map(\.label), !labels.contains(series) {
      faults.append(
        table.fault(
          row, seriesAt, "the experiment has no policy '\(series)'",
          hint: NearestName.hint(for: series, in: labels)))
    }
    let (xAt, xText) = field("x")
    let x = Int(xText) ?? 0
    if x < 1 || x > 4_096 {
      faults.append(
        table.fault(row, xAt, "expected an integer from 1 to 4096 in 'x', found \"\(xText)\""))
    }
    func number(_ name: String) -> Double? {
      let (at, text) = field(name)
      if text.isEmpty { return nil }
      let isDecimal = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
      if isDecimal, let value = Double(text), value.isFinite, value > 0 { return value }
      faults.append(
        table.fault(row, at, "expected a number above 0 in '\(name)', found \"\(text)\""))
      return nil
    }
    let (simulated, published) = (number("simulated"), number("published"))
    guard faults.count == before else { return nil }
    return Point(
      figure: field("figure").text, series: series, x: x, simulated: simulated,
      published: published, line: row.line)
  }

  // MARK: Simulating

  /// What the simulator says in every point's place; nil where the policy refuses to run there.
  func simulated(_ experiment: Experiment, jobs: Int) -> [Double?] {
    let (points, axis) = (points, axis)
    let results = ParallelRuns.map(
      count: points.count, jobs: jobs, shouldStop: { false }
    ) { i -> Value? in
      let point = points[i]
      guard let policy = experiment.policies.first(where: { $0.label == point.series }) else {
        return nil
      }
      let one = axis.experiment(
        experiment, tenant: point.tenant, x: point.replicas ?? point.x, policy: policy)
      let value = try? Self.value(one, point)
      return Value(value: value ?? nil)
    }
    return results.map { $0?.value }
  }

  private struct Value: Sendable { var value: Double? }

  private static func value(
    _ experiment: Experiment, _ point: Point
  ) throws(InputError) -> Double? {
    let programs = try Simulation.prepare(experiment)
    var sum = 0.0
    for seed in experiment.seeds {
      let (totals, observer) = try Simulation.run(
        experiment, programs, experiment.policies[0], seed: seed,
        observer: MetricCollector(experiment))
      guard var heard = observer as? MetricCollector else { return nil }
      if point.replicas != nil {
        let means = heard.replicaMeansMS.sorted()
        guard point.x <= means.count else { return nil }
        sum += means[point.x - 1]
        continue
      }
      let summary = heard.summary(
        experiment, policy: "", seed: seed, totals: totals, soloNS: programs.soloLatencyNS)
      guard let value = summary.device[point.column] else { return nil }
      sum += value
    }
    return sum / Double(experiment.seeds.count)
  }

  // MARK: Writing

  /// The file's text with the simulated column as it is now.
  var text: String {
    var text = ""
    for (key, value) in comments { text += "# \(key): \(value)\n" }
    text += Self.columns.joined(separator: ",") + "\n"
    for point in points {
      let numbers = [point.simulated, point.published].map { $0.map(NumberText.exact) ?? "" }
      text +=
        CSVReport.field(point.figure) + "," + CSVReport.field(point.series)
        + ",\(point.x),\(numbers[0]),\(numbers[1])\n"
    }
    return text
  }
}
