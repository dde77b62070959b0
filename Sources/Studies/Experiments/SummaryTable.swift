import Metrics
import Reports
import Simulation

/// The runs of an experiment as the table that `summary.csv` holds: one row for each policy, seed
/// and tenant, the device's (tenant `*`) before its tenants'.
package enum SummaryTable {
  /// The names of the columns that every experiment has, in order.
  package static let columnNames =
    ["experiment", "gpu", "testbed", "policy", "seed", "tenant", "model", "replicas"]
    + SummaryFigure.plain.map(\.rawValue)

  /// The names of the columns behind them where a tenant is a language model.
  package static let servingColumnNames = SummaryFigure.serving.map(\.rawValue)

  /// Those of both.
  package static let allColumnNames = columnNames + servingColumnNames

  /// The names of the columns behind them, where it was followed where requests' time goes.
  package static let waitColumnNames = WaitReason.allCases.map(\.column)

  /// The figures among those, which `check` holds.
  static let heldFigures = (SummaryFigure.plain + SummaryFigure.serving).map(\.rawValue)

  /// The names of the last columns: what the work cost.
  package static let costColumnNames = SummaryFigure.costs.map(\.rawValue)

  /// The names of the columns of an experiment's runs.
  package static func names(hasServing: Bool, hasWaits: Bool) -> [String] {
    (hasServing ? allColumnNames : columnNames) + (hasWaits ? waitColumnNames : [])
      + costColumnNames
  }

  /// The table of the runs, in their order.
  ///
  /// - Parameters:
  ///   - hasServing: whether a tenant is a language model.
  ///   - hasWaits: whether the mean time by reason stands behind the other columns.
  package static func table(
    experiment: String, gpu: String, testbed: String, _ runs: [RunSummary],
    hasServing: Bool = false, hasWaits: Bool = false
  ) -> ReportTable {
    let names = names(hasServing: hasServing, hasWaits: hasWaits)
    var table = ReportTable(columns: names.map { ReportColumn($0) })
    let figures = SummaryFigure.plain + (hasServing ? SummaryFigure.serving : [])
    for run in runs {
      for row in run.rows {
        var cells: [ReportCell] = [
          .text(experiment), .text(gpu), .text(testbed), .text(run.policy),
          .integer(Int64(clamping: run.seed)), .text(row.tenant),
          row.model.isEmpty ? .none : .text(row.model), .integer(Int64(row.replicas)),
        ]
        cells += figures.map { cell($0, row) }
        if hasWaits {
          cells += WaitReason.allCases.map { reason in
            row.waitMeansMS.isEmpty ? .none : .number(row.waitMeansMS[reason.rawValue])
          }
        }
        table.append(cells + SummaryFigure.costs.map { cell($0, row) })
      }
    }
    return table
  }

  private static func cell(_ figure: SummaryFigure, _ row: SummaryRow) -> ReportCell {
    row[figure].map { figure.isCount ? .integer(Int64($0)) : .number($0) } ?? .none
  }
}
