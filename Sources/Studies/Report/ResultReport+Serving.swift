import Metrics
import Reports

extension ResultReport {
  private static let serving: [(figure: SummaryFigure, column: ReportColumn)] = [
    (.ttftP50, ReportColumn("a", title: "TTFT p50", unit: "ms")),
    (.ttftP99, ReportColumn("b", title: "TTFT p99", unit: "ms")),
    (.tpotP50, ReportColumn("c", title: "TPOT p50", unit: "ms")),
    (.tpotP99, ReportColumn("d", title: "TPOT p99", unit: "ms")),
    (.itlP99, ReportColumn("e", title: "between tokens, p99", unit: "ms")),
    (.inputTokens, ReportColumn("f", title: "input", unit: "tokens/s")),
    (.outputTokens, ReportColumn("g", title: "output", unit: "tokens/s")),
    (
      .kvUtilization,
      ReportColumn("h", title: "KV cache in use", unit: "%", scale: 100, range: 0...1)
    ),
    (.preemptions, ReportColumn("i", title: "preemptions", decimals: 0)),
  ]

  /// What only language models have; nil where no tenant is one.
  var serving: String? {
    guard Self.serving.contains(where: { rows.has($0.figure.rawValue) }) else { return nil }
    let text = figures.shownPoints.map { point in
      heading(point) + serving(at: point)
    }.joined()
    return HTMLText.paragraph(
      "TTFT is the time to a request's first token, TPOT its mean time per token after that.")
      + text
  }

  private func serving(at point: Int) -> String {
    var table = ReportTable(
      columns: [ReportColumn("policy"), ReportColumn("tenant")] + Self.serving.map(\.column))
    var keys: [String] = []
    for p in rows.policies.indices {
      for (t, tenant) in rows.tenants.enumerated() {
        let cells = Self.serving.map {
          cell(rows.statistics($0.figure, point: point, policy: p, tenant: t))
        }
        if cells.allSatisfy({ $0 == .none }) { continue }
        table.append([.text(rows.policies[p]), .text(tenant.name)] + cells)
        keys.append(rows.policies[p])
      }
    }
    return table.html(caption: caption("Serving of language models", point), keys: keys)
  }
}
