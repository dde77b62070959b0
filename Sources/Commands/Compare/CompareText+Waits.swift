import Reports
import Simulation
import Studies

extension CompareText {
  /// Where requests' time went, by mean over the seeds: a row for each policy and tenant, a column
  /// for each reason that any of them has.
  static func waits(_ comparison: Comparison, _ style: ReportTable.TextStyle) -> String {
    let tenants = comparison.experiment.tenants
    var rows: [(policy: String, tenant: String, means: [Double])] = []
    for choice in comparison.experiment.policies {
      let runs = comparison.summaries.filter { $0.policy == choice.label }
      for t in tenants.indices {
        let own = runs.map { $0.tenants[t].waitMeansMS }.filter { !$0.isEmpty }
        guard let first = own.first else { continue }
        let means = first.indices.map { i in
          own.map { $0[i] }.reduce(0, +) / Double(own.count)
        }
        rows.append((choice.label, tenants[t].name, means))
      }
    }
    let shown = WaitReason.allCases.filter { reason in
      rows.contains { $0.means[reason.rawValue] > 0 }
    }
    var table = ReportTable(
      columns: [ReportColumn("policy"), ReportColumn("tenant")]
        + shown.map { ReportColumn($0.column, title: $0.title, unit: "ms") })
    for (r, row) in rows.enumerated() {
      if r > 0, rows[r - 1].policy != row.policy, tenants.count > 1 { table.beginGroup() }
      table.append(
        [.text(row.policy), .text(row.tenant)]
          + shown.map { .number(row.means[$0.rawValue]) })
    }
    return "\nWhere the time of a request goes, by mean\n" + table.text(style)
  }
}
