import Metrics
import Reports
import Tables

/// The rows of a `summary.csv`, or of a `study.csv` (columns of axes before the same), by what they
/// are of.
package struct ResultRows {
  /// A tenant, or with the name `*` the device.
  package struct Tenant: Sendable, Equatable {
    package var name: String
    package var model: String
  }

  /// What a row is of, as indices.
  private struct Key: Hashable {
    var point: Int
    var policy: Int
    var tenant: Int
    var seed: Int
  }

  /// The name of the device's rows.
  package static let device = "*"

  /// The axes of a study, in order.
  package let axes: [String]
  /// The points of a study: values of its axes, in the order of rows. A summary has one without.
  package private(set) var points: [[String]] = []
  /// The policies' labels, in the order of rows.
  package private(set) var policies: [String] = []
  /// The tenants, in the order of rows, without the device.
  package private(set) var tenants: [Tenant] = []
  /// The seeds, in the order of rows.
  package private(set) var seeds: [String] = []
  /// The distinct values of the columns `experiment`, `gpu` and `testbed`.
  package private(set) var places: [[String]] = [[], [], []]
  /// Columns behind those of a summary.
  package let moreColumns: [String]

  private let columns: [String: Int]
  private var cells: [Double] = []
  // Looked up by key only.
  private var starts: [Key: Int] = [:]
  private var numbers: [[String: Int]] = [[:], [:], [:], [:]]
  private let width: Int

  /// Reads the file.
  ///
  /// - Throws: `InputError` with faults at their lines: of another header, with rows cut short.
  package init(_ path: String) throws(InputError) {
    let rows = CSVRows(try ByteStream(path: path), refusing: .controls, isOurs: true)
    var faults: [Diagnostic] = []
    guard try rows.next() else {
      throw InputError(
        Diagnostic(file: path, message: "expected a header row, found an empty file"))
    }
    let header = rows.strings
    let names = SummaryTable.columnNames
    let start = header.firstIndex(of: names[0]) ?? 0
    for (i, name) in names.enumerated() where start + i >= header.count || header[start + i] != name
    {
      let found = start + i < header.count ? "'\(Excerpt.word(header[start + i]))'" : "the end"
      throw InputError(
        rows.fault(
          min(start + i, header.count - 1), "expected the column '\(name)', found \(found)",
          hint: "the columns are those of a summary of this version, a study's axes before them"))
    }
    axes = Array(header[..<start])
    moreColumns = Array(header[(start + names.count)...])
    width = header.count
    var columns: [String: Int] = [:]
    for (i, name) in header.enumerated() where i >= start && columns[name] == nil {
      columns[name] = i
    }
    self.columns = columns
    let words = start + 8
    while try rows.next() {
      if rows.isBlank { continue }
      if let fault = rows.cutFault(width) {
        faults.append(fault)
        if faults.count >= 20 { break }
        continue
      }
      take(rows, start, words, &faults)
      if faults.count >= 20 { break }
    }
    if faults.isEmpty, cells.isEmpty {
      faults.append(
        Diagnostic(file: path, line: 1, message: "there are no rows: no run was finished"))
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
  }

  /// Takes a row in.
  private mutating func take(
    _ rows: CSVRows, _ start: Int, _ words: Int, _ faults: inout [Diagnostic]
  ) {
    let word = rows.string
    for i in 0..<3 where !places[i].contains(word(start + i)) { places[i].append(word(start + i)) }
    let point = (0..<start).map(word)
    let tenant = word(start + 5)
    let key = Key(
      point: Self.number(point.joined(separator: "\u{0}"), &numbers[0]),
      policy: Self.number(word(start + 3), &numbers[1]),
      tenant: tenant == Self.device ? -1 : Self.number(tenant, &numbers[2]),
      seed: Self.number(word(start + 4), &numbers[3]))
    if key.point == points.count { points.append(point) }
    if key.policy == policies.count { policies.append(word(start + 3)) }
    if key.seed == seeds.count { seeds.append(word(start + 4)) }
    if key.tenant == tenants.count { tenants.append(Tenant(name: tenant, model: word(start + 6))) }
    if starts[key] != nil {
      faults.append(
        rows.fault(
          start + 3,
          "'\(Excerpt.word(policies[key.policy]))' has a second row of tenant "
            + "'\(Excerpt.word(tenant))' and seed \(seeds[key.seed])"))
      return
    }
    starts[key] = cells.count
    for i in 0..<width {
      var value = Double.nan
      let text = i < words ? "" : rows.string(i)
      if !text.isEmpty {
        if let number = Double(text), number.isFinite {
          value = number
        } else {
          faults.append(
            rows.fault(i, "expected a number, found \"\(Excerpt.word(text))\""))
        }
      }
      cells.append(value)
    }
  }

  private static func number(_ name: String, _ known: inout [String: Int]) -> Int {
    if let number = known[name] { return number }
    known[name] = known.count
    return known.count - 1
  }

  // MARK: Figures

  /// Whether any row has a value in a column.
  package func has(_ column: String) -> Bool {
    guard let at = columns[column] else { return false }
    return stride(from: at, to: cells.count, by: width).contains { !cells[$0].isNaN }
  }

  /// A figure; nil where the run is not there or the figure does not apply. A tenant of nil is the
  /// device.
  package func value(
    _ column: String, point: Int, policy: Int, tenant: Int?, seed: Int
  ) -> Double? {
    let key = Key(point: point, policy: policy, tenant: tenant ?? -1, seed: seed)
    guard let at = columns[column], let start = starts[key] else { return nil }
    let value = cells[start + at]
    return value.isNaN ? nil : value
  }

  /// A figure under every seed that has it.
  package func samples(_ column: String, point: Int, policy: Int, tenant: Int?) -> [Double] {
    seeds.indices.compactMap {
      value(column, point: point, policy: policy, tenant: tenant, seed: $0)
    }
  }

  /// A figure's mean over the seeds and its interval.
  package func statistics(
    _ figure: SummaryFigure, point: Int, policy: Int, tenant: Int?
  ) -> SampleStatistics? {
    SampleStatistics(samples(figure.rawValue, point: point, policy: policy, tenant: tenant))
  }

  /// Whether a run is there.
  package func hasRun(policy: String, seed: String) -> Bool {
    guard let p = policies.firstIndex(of: policy), let s = seeds.firstIndex(of: seed) else {
      return false
    }
    return starts[Key(point: 0, policy: p, tenant: -1, seed: s)] != nil
  }
}
