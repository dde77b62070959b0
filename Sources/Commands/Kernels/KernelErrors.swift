import CommandLine
import Hardware
import KernelData
import Reports
import SimBasics
import Tables

/// What `predict` and `fit` share.
enum KernelErrors {
  static let columns = [
    ReportColumn("gpu"), ReportColumn("op"), ReportColumn("rows"),
    ReportColumn("mape", title: "mean", unit: "%", decimals: 2),
    ReportColumn("median", unit: "%", decimals: 2),
    ReportColumn("p90", unit: "%", decimals: 2),
  ]

  static func cells(_ group: PredictionError) -> [ReportCell] {
    // Two decimals in files too: more would only tell of the last bits.
    let errors = [group.mape, group.median, group.p90].map { ($0 * 100).rounded() / 100 }
    return [.text(group.gpu), .text(group.op), .integer(Int64(group.rows))]
      + errors.map { .number($0) }
  }

  /// Predictions with their error bars.
  static func table(_ rows: [PredictedRow]) -> ReportTable {
    func time(_ name: String, _ title: String) -> ReportColumn {
      ReportColumn(name, title: title, unit: "ms")
    }
    var table = ReportTable(
      columns: ["gpu", "op", "m", "n", "k", "batch", "dtype"].map { ReportColumn($0) } + [
        time("measured_ms", "measured"), time("predicted_ms", "predicted"),
        ReportColumn("error_percent", title: "±", unit: "%", decimals: 1),
        time("low_ms", "from"), time("high_ms", "to"), ReportColumn("constants"),
      ])
    for row in rows {
      let (sample, shape) = (row.sample, row.sample.shape)
      let part = row.errorPercent / 100
      table.append([
        .text(sample.gpu), .text(sample.op), .integer(Int64(shape.m)), .integer(Int64(shape.n)),
        .integer(Int64(shape.k)), .integer(Int64(shape.batch)),
        .text("\(sample.precision)"), sample.latency.map { .number($0.inMilliseconds) } ?? .none,
        .number(row.milliseconds), .number(row.errorPercent),
        .number(row.milliseconds * max(0, 1 - part)), .number(row.milliseconds * (1 + part)),
        .text(row.isFitted ? "fitted" : "transferred"),
      ])
    }
    return table
  }

  static func minimum(_ arguments: inout ArgumentReader) -> SimDuration {
    let limit = arguments.double("--min-us", atLeast: 0, atMost: 1e9) ?? 0
    return SimDuration(nanoseconds: Int64(limit * 1e3))
  }

  static func folder() throws(InputError) -> String {
    let library = ModelLibrary.locate()
    _ = try Catalogue.names([], of: "constants", library)
    return (library.folder ?? "models") + "/gemm"
  }
}
