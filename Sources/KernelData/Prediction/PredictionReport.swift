import SimBasics
import Tables

/// How far predictions lie from measurements, for one group of rows.
package struct PredictionError: Sendable {
  /// The GPU.
  package var gpu: String
  /// The operator; `*` for all of the GPU's.
  package var op: String
  /// Rows in the group.
  package var rows: Int
  /// Mean absolute error, in per cent of the measured duration.
  package var mape: Double
  /// Median absolute error, in per cent.
  package var median: Double
  /// The error nine rows in ten stay within (nearest rank), in per cent.
  package var p90: Double

  init(gpu: String, op: String, errors: [Double]) {
    let sorted = errors.sorted()
    self.gpu = gpu
    self.op = op
    rows = sorted.count
    mape = errors.reduce(0, +) / Double(max(1, rows)) * 100
    let middle = (sorted.count - 1) / 2
    median = sorted.isEmpty ? 0 : (sorted[middle] + sorted[sorted.count / 2]) / 2 * 100
    p90 = sorted.isEmpty ? 0 : sorted[(sorted.count * 9 + 9) / 10 - 1] * 100
  }
}

/// Errors of a set of predictions by GPU and operator.
package struct PredictionReport: Sendable {
  /// The groups: GPUs in order of appearance, each GPU's operators in order of appearance, then
  /// `*` where it has several.
  package var groups: [PredictionError] = []
  /// What a reader must know: where constants come from, what was not used.
  package var notes: [String] = []
  /// What reading the rows found.
  package var remarks: [Diagnostic] = []

  /// Whether no row carries a measurement to compare with.
  package var isUnmeasured = false

  /// The group of a GPU and operator.
  package func group(_ gpu: String, _ op: String = "*") -> PredictionError? {
    groups.first { $0.gpu == gpu && $0.op == op } ?? (op == "*" ? only(gpu) : nil)
  }

  private func only(_ gpu: String) -> PredictionError? {
    let own = groups.filter { $0.gpu == gpu }
    return own.count == 1 ? own.first : nil
  }

  /// The contract's columns.
  package static let header = "gpu,op,rows,mape,median,p90"

  /// The report as CSV: `gpu,op,rows,mape,median,p90`, errors in per cent with two decimals.
  package var csvText: String {
    groups.reduce(PredictionReport.header + "\n") { text, group in
      let numbers = [group.mape, group.median, group.p90].map(PredictionReport.hundredths)
      return text
        + "\(CSVText.field(group.gpu)),\(CSVText.field(group.op)),\(group.rows),"
        + numbers.joined(separator: ",") + "\n"
    }
  }

  /// A number with two decimals.
  package static func hundredths(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "" }
    let scaled = Int64((value * 100).rounded())
    let (whole, part) = (scaled / 100, abs(scaled % 100))
    return (scaled < 0 && whole == 0 ? "-" : "") + "\(whole).\(part < 10 ? "0" : "")\(part)"
  }

  /// Groups the errors of samples and their predicted microseconds.
  init(_ samples: [GEMMSample], _ predicted: [Double]) {
    self.init(
      errors: zip(samples, predicted).map { sample, time in
        (gpu: sample.gpu, op: sample.op, error: abs(time / sample.microseconds - 1))
      })
  }

  /// Groups absolute errors, each a share of what was measured.
  package init(errors rows: [(gpu: String, op: String, error: Double)]) {
    for gpu in Self.distinct(rows.map(\.gpu)) {
      let own = rows.filter { $0.gpu == gpu }
      let ops = Self.distinct(own.map(\.op)).map { op in
        (op: op, errors: own.filter { $0.op == op }.map(\.error))
      }
      groups += ops.map { PredictionError(gpu: gpu, op: $0.op, errors: $0.errors) }
      if ops.count > 1 {
        groups.append(PredictionError(gpu: gpu, op: "*", errors: ops.flatMap(\.errors)))
      }
    }
  }

  /// The names in the order of their first appearance.
  package static func distinct(_ names: [String]) -> [String] {
    var result: [String] = []
    for name in names where !result.contains(name) { result.append(name) }
    return result
  }
}
