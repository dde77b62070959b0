import Metrics
import Reports
import Scheduling
import Simulation
import Tables

/// Published points of an experiment, and what the simulator says in their places
/// (`gpuloom.points/1`): `# x:`, `# y:`, then `figure,series,x,simulated,published`.
///
/// A series is the label of one of the experiment's policies. In an experiment of several tenants a
/// figure is the name of one, who is then alone. `# y: figure` says that the figure's name is the
/// column of the summary; `# x: replica_rank` that it begins with the number of replicas. Over
/// `# x: load` all tenants are there; a figure is a column, of one of them where its name follows. Over
/// `# x: request` figures are those of single requests (`RequestFigure`), numbered as they arrive.
package struct PointsFile {
  package static let format = "gpuloom.points/1"
  package static let columns = ["figure", "series", "x", "simulated", "published"]
  /// Lines before the header that mean something.
  package static let keys = [
    "format", "x", "y", "constants", "not_fitted", "not_fitted_figure", "source", "title",
    "x_label", "y_label", "note", "load_of", "short",
  ]
  /// The keys of which there may be several lines.
  package static let repeatable = ["not_fitted", "not_fitted_figure"]

  /// One point of a figure.
  package struct Point {
    package var figure: String
    package var series: String
    package var x: Int
    package var simulated: Double?
    package var published: Double?
    package var line: Int
    /// Whose point it is.
    package var tenant = 0
    /// What it is the value of.
    package var column = SummaryFigure.gflops
    /// How many replicas there are, where x is not their number.
    package var replicas: Int?
    /// What it is the value of, where x is a request's number.
    package var ofRequest: RequestFigure?
    /// Of which tenant it is the value, where all are there; nil for the device.
    package var ofTenant: Int?

    /// As lines that name a point have it.
    package var name: String { "\(series) \(x)" }
  }

  package let path: String
  package let comments: [(key: String, value: String)]
  package let axis: SweepAxis
  /// What the points are values of; nil where each figure's name says it.
  package let column: SummaryFigure?
  package var points: [Point]

  /// The value of a key; nil where the file does not say it.
  package func comment(_ key: String) -> String? { comments.first { $0.key == key }?.value }

  /// The constants the file names, in its order.
  package var constants: [String] { Self.words(comment("constants") ?? "") }

  /// What spaces and commas part.
  package static func words(_ line: String) -> [String] {
    line.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
  }

  /// The figures in the order they appear.
  package var figures: [String] {
    var names: [String] = []
    for point in points where !names.contains(point.figure) { names.append(point.figure) }
    return names
  }

  /// The series in the order they appear.
  package var series: [String] {
    var names: [String] = []
    for point in points where !names.contains(point.series) { names.append(point.series) }
    return names
  }

  /// The places of x that have a point, from the least up.
  package var places: [Int] { Set(points.map(\.x)).sorted() }

  /// The place that a word of the file or of a README says; nil where no point is there.
  package func place(_ word: String) -> Int? { places.first { "\($0)" == word } }

  /// For a word that is no place: the place nearest to it as a number, or as a name.
  package func placeHint(for word: String) -> String? {
    guard let x = Int32(word).map(Int.init) else {
      return NearestName.hint(for: word, in: places.map { "\($0)" })
    }
    return places.min { abs($0 - x) < abs($1 - x) }.map { "the nearest is at '\($0)'" }
  }

  /// The points of one series.
  package func points(of series: String) -> [Point] { points.filter { $0.series == series } }

  /// Whether a fit may use the point: every second of its figure's series, the first included, but
  /// none that a line `# not_fitted: SERIES X` or `# not_fitted_figure: FIGURE` names because the
  /// model is known to differ there.
  package var isFitted: [Bool] {
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
    comments.contains { line in
      line.key == "not_fitted" && line.value == point.name
        || line.key == "not_fitted_figure" && line.value == point.figure
    }
  }

  // MARK: Reading

  /// Reads points that belong to an experiment; nil takes every series and figure for granted.
  ///
  /// - Throws: `InputError` with every fault found.
  package static func read(_ path: String, for experiment: Experiment?) throws(InputError)
    -> PointsFile
  {
    let table = try CSVReader.table(at: path)
    var faults = table.structuralFaults(required: columns)
    func word<T: CaseIterable & RawRepresentable>(
      _ key: String, _ fallback: T, or others: [String] = []
    ) -> T where T.RawValue == String {
      guard let line = table.comment(key) else {
        faults.append(Diagnostic(file: path, message: "the line '# \(key): …' is missing"))
        return fallback
      }
      if let value = T(rawValue: line.value) { return value }
      let known = others + T.allCases.map(\.rawValue)
      faults.append(
        table.fault(
          line, "unknown \(key) '\(Excerpt.word(line.value))'",
          hint: NearestName.hint(for: line.value, in: known)))
      return fallback
    }
    let before = faults.count
    let axis = word("x", SweepAxis.replicas)
    let isByFigure = table.comment("y")?.value == "figure"
    let column = isByFigure ? nil : word("y", SummaryFigure.gflops, or: ["figure"])
    let areKnown = faults.count == before
    faults += commentFaults(table)
    if areKnown, axis == .replicaRank, column != .latencyMean {
      faults.append(
        Diagnostic(file: path, message: "'# x: replica_rank' needs '# y: latency_ms_mean'"))
    }
    if areKnown, axis == .load || axis == .request, !isByFigure {
      faults.append(
        Diagnostic(file: path, message: "'# x: \(axis.rawValue)' needs '# y: figure'"))
    }
    if areKnown, isByFigure, axis != .load, let experiment, experiment.tenants.count > 1 {
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
    let file = PointsFile(
      path: path, comments: table.comments.map { ($0.key, $0.value) }, axis: axis, column: column,
      points: points)
    // A point that could not be read is not one that a line names in vain.
    if faults.isEmpty { faults = file.referenceFaults(table, experiment) }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    return file
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
    func tenant(_ name: String) -> Int? {
      guard let known = experiment?.tenants.map(\.name) else { return nil }
      if let tenant = known.firstIndex(of: name) { return tenant }
      fault("the experiment has no tenant '\(name)'", NearestName.hint(for: name, in: known))
      return nil
    }
    if axis == .request {
      point.ofRequest = RequestFigure(rawValue: point.figure)
      if point.ofRequest == nil {
        let known = RequestFigure.allCases.map(\.rawValue)
        fault(
          "unknown figure of a request '\(Excerpt.word(point.figure))'",
          NearestName.hint(for: point.figure, in: known))
      }
      return
    }
    // Over load a tenant's name may follow the column's.
    let words = axis == .load ? point.figure.split(separator: " ", maxSplits: 1) : []
    let columnName = words.first.map(String.init) ?? point.figure
    if let column {
      point.column = column
    } else if let named = SummaryFigure(rawValue: columnName) {
      point.column = named
    } else {
      let known = SummaryFigure.allCases.map(\.rawValue)
      fault("unknown y '\(Excerpt.word(columnName))'", NearestName.hint(for: columnName, in: known))
    }
    switch axis {
    case .load: if words.count > 1 { point.ofTenant = tenant(String(words[1])) }
    case .replicaRank:
      let count = Int(point.figure.prefix { $0.isASCII && $0.isNumber }) ?? 0
      point.replicas = count
      if count < point.x || count > 4_096 {
        fault("the figure '\(point.figure)' does not begin with a number of replicas from x up")
      }
    case .request: break
    case .replicas, .burst:
      if let experiment, experiment.tenants.count > 1 {
        point.tenant = tenant(point.figure) ?? 0
      }
    }
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
      // What is simulated may be nothing at all, the requests done in time say.
      let least = name == "simulated" ? 0 : Double.leastNonzeroMagnitude
      if isDecimal, let value = Double(text), value.isFinite, value >= least { return value }
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
}
