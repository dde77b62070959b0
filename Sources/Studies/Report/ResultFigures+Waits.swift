import Metrics
import Reports
import Simulation

extension ResultFigures {
  /// What a request's latency went to: the columns behind a summary's, and what they are called; its
  /// own work first, on which the rest comes.
  package static let waits: [(column: String, name: String)] =
    ([.own] + WaitReason.allCases.filter { $0 != .own }).map { ($0.column, $0.title) }

  /// Whether the results have them.
  package var hasWaits: Bool { Self.waits.contains { rows.has($0.column) } }

  /// The means of what latencies went to, on top of each other, by policy.
  package func waits(point: Int) -> SVGFigure {
    let axis = FigureAxis("", scale: .categories(rows.policies))
    let shown = Self.waits.filter { wait in
      shownTenants.contains { tenant in
        rows.policies.indices.contains { mean(wait.column, point, $0, tenant) ?? 0 > 0 }
      }
    }
    let panels = shownTenants.compactMap { tenant -> FigurePanel? in
      let parts = shown.map { column, name in
        FigureSeries(
          name, style: .stacked,
          points: rows.policies.indices.compactMap { p in
            mean(column, point, p, tenant).map { FigurePoint($0, Double(p)) }
          })
      }
      // The device's row has none where parts are told of tenants alone.
      if parts.allSatisfy(\.points.isEmpty) { return nil }
      return FigurePanel(
        title: name(tenant), x: FigureAxis("mean latency, ms"), y: axis, series: parts)
    }
    return SVGFigure(
      title: "What latencies went to", panels: panels, columns: 2, plotWidth: 420,
      plotHeight: Self.rowsHeight(rows.policies.count))
  }

  private func mean(_ column: String, _ point: Int, _ policy: Int, _ tenant: Int?) -> Double? {
    SampleStatistics(
      rows.samples(column, point: point, policy: policy, tenant: tenant))?.mean
  }
}
