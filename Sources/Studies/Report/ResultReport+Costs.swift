import Metrics
import Reports

extension ResultReport {
  /// Energy and work done in vain; nil where neither is known or there.
  var costs: String? {
    let hasEnergy = rows.has(SummaryFigure.energy.rawValue)
    guard hasEnergy || rows.has(SummaryFigure.wastedFraction.rawValue) else { return nil }
    let energies: [(SummaryFigure, ReportColumn)] = [
      (.energy, ReportColumn("energy", unit: "J", range: 0...(.infinity))),
      (
        .energyPerRequest,
        ReportColumn("each", title: "energy of a request", unit: "J", range: 0...(.infinity))
      ),
    ]
    let wastes: [(SummaryFigure, ReportColumn)] = [
      (
        .wastedSMTime, ReportColumn("sms", title: "wasted", unit: "SM ms", range: 0...(.infinity))
      ),
      (
        .wastedFraction,
        ReportColumn(
          "share", title: "wasted", unit: "%", decimals: 2, scale: 100, range: 0...1)
      ),
    ]
    let shown = (hasEnergy ? energies : []) + wastes
    var words =
      "Wasted: of the SM time that launches took, each alone, what went to blocks that were killed "
      + "and ran again, and to empty places in batches."
    words +=
      hasEnergy
      ? " Energy: a tenant's is what its launches took beyond an idle board; that of all tenants has "
        + "the idle power of all GPUs used with it."
      : " The GPU's file states no idle power: there are no energies."
    return HTMLText.paragraph(words)
      + figures.shownPoints.map { heading($0) + costs(at: $0, shown) }.joined()
  }

  private func costs(at point: Int, _ shown: [(SummaryFigure, ReportColumn)]) -> String {
    var table = ReportTable(
      columns: [ReportColumn("policy"), ReportColumn("tenant")] + shown.map(\.1))
    var keys: [String] = []
    for p in rows.policies.indices {
      for tenant in [nil] + rows.tenants.indices.map({ $0 }) {
        let cells = shown.map {
          cell(rows.statistics($0.0, point: point, policy: p, tenant: tenant))
        }
        if cells.allSatisfy({ $0 == .none }) { continue }
        table.append([.text(rows.policies[p]), .text(figures.name(tenant))] + cells)
        keys.append(rows.policies[p])
      }
    }
    return table.html(caption: caption("Energy and waste", point), keys: keys)
  }
}
