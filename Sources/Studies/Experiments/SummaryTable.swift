import Metrics
import Reports
import Simulation

/// The runs of an experiment as the table that `summary.csv` holds: one row for each policy, seed
/// and tenant, the device's (tenant `*`) before its tenants'.
package enum SummaryTable {
  /// The names of all columns, in order.
  package static let columnNames =
    ["experiment", "gpu", "testbed", "policy", "seed", "tenant", "model", "replicas"]
    + SummaryFigure.allCases.map(\.rawValue)

  /// The names of the columns behind them, where it was followed where requests' time goes.
  package static let waitColumnNames = WaitReason.allCases.map(\.column)

  /// The table of the runs, in their order.
  ///
  /// - Parameter hasWaits: whether the mean time by reason stands behind the other columns.
  package static func table(
    experiment: String, gpu: String, testbed: String, _ runs: [RunSummary], hasWaits: Bool = false
  ) -> ReportTable {
    var table = ReportTable(
      columns: (columnNames + (hasWaits ? waitColumnNames : [])).map { ReportColumn($0) })
    for run in runs {
      for row in run.rows {
        var cells: [ReportCell] = [
          .text(experiment), .text(gpu), .text(testbed), .text(run.policy),
          .integer(Int64(clamping: run.seed)), .text(row.tenant),
          row.model.isEmpty ? .none : .text(row.model), .integer(Int64(row.replicas)),
        ]
        for figure in SummaryFigure.allCases {
          guard let value = row[figure] else {
            cells.append(.none)
            continue
          }
          cells.append(figure.isCount ? .integer(Int64(value)) : .number(value))
        }
        if hasWaits {
          cells += WaitReason.allCases.map { reason in
            row.waitMeansMS.isEmpty ? .none : .number(row.waitMeansMS[reason.rawValue])
          }
        }
        table.append(cells)
      }
    }
    return table
  }
}
