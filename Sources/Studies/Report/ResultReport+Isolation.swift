import Metrics
import Reports

extension ResultReport {
  var isolation: String {
    guard rows.has("slowdown_mean") else {
      return HTMLText.paragraph("These results have no slowdowns.")
    }
    var text = HTMLText.paragraph(
      "A request's latency over that of the same request alone on the idle GPU: 1 is undisturbed. "
        + "The darker, the slower.")
    for point in figures.shownPoints {
      text += heading(point)
      text += matrix(.slowdownMean, "Mean slowdown, ×", point)
      text += matrix(.slowdownP99, "Slowdown of the slowest hundredth, p99, ×", point)
    }
    let neighbours = rows.axes.indices.compactMap { neighbour($0) }
    text += neighbours.joined()
    if neighbours.isEmpty {
      text += HTMLText.paragraph(
        "Which neighbour does it cannot be told from one mix: a study over what one tenant does "
          + "('gpuloom sweep', an axis such as tenants.NAME.arrivals.poisson_rps) shows it here.",
        kind: "note")
    }
    return text
  }

  private func matrix(_ figure: SummaryFigure, _ title: String, _ point: Int) -> String {
    var table = ReportTable(
      columns: [ReportColumn("tenant")]
        + rows.policies.map { ReportColumn($0, decimals: 2, range: 0...(.infinity)) })
    for (t, tenant) in rows.tenants.enumerated() {
      table.append(
        [.text(tenant.name)]
          + rows.policies.indices.map {
            cell(rows.statistics(figure, point: point, policy: $0, tenant: t))
          })
    }
    let bounds = [1.1, 1.5, 3, 10]
    return table.html(caption: caption(title, point)) { row, column in
      guard column > 0, let value = table.rows[row][column].value else { return nil }
      let shade = bounds.count { value >= $0 }
      return shade == 0 ? nil : "h\(shade)"
    }
  }

  /// How much slower each tenant becomes as one of them does more: of an axis that is a tenant's own
  /// number; nil for any other.
  private func neighbour(_ axis: Int) -> String? {
    let parts = rows.axes[axis].split(separator: ".")
    guard parts.count > 2, parts[0] == "tenants",
      let own = rows.tenants.firstIndex(where: { $0.name == parts[1] }),
      rows.points.allSatisfy({ Double($0[axis]) != nil }),
      let sweep = figures.sweeps(along: axis).first, let first = sweep.points.first,
      let last = sweep.points.last, first.value < last.value
    else { return nil }
    var table = ReportTable(
      columns: [ReportColumn("tenant")] + rows.policies.map { ReportColumn($0, unit: "×") })
    for (t, tenant) in rows.tenants.enumerated() where t != own {
      table.append(
        [.text(tenant.name)]
          + rows.policies.indices.map { p in
            func mean(_ point: Int) -> Double? {
              rows.statistics(.slowdownMean, point: point, policy: p, tenant: t)?.mean
            }
            guard let a = mean(first.point), let b = mean(last.point), a > 0 else { return .none }
            return .number(b / a)
          })
    }
    let (from, to) = (NumberText.exact(first.value), NumberText.exact(last.value))
    return table.html(
      caption: "What \(rows.tenants[own].name) does to the others: their mean slowdown as "
        + "\(rows.axes[axis]) goes from \(from) to \(to), as a ratio"
        + (sweep.name.isEmpty ? "" : ", at \(sweep.name)"))
  }
}
