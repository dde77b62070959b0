import Metrics
import Reports
import SimBasics

/// The pictures of a report.
package struct ResultFigures {
  /// The most tenants with pictures of their own; the tables have all.
  package static let mostTenants = 12
  /// The most combinations of further axes with pictures of their own.
  package static let mostSweeps = 6

  let rows: ResultRows
  let requests: RequestLatencies?
  let series: RunSeriesFile?
  let objectives: [Double?]

  package init(_ folder: ResultFolder) {
    rows = folder.rows
    requests = folder.requests
    series = folder.series
    objectives = folder.objectives()
  }

  /// The tenants that pictures show, the device (nil) first; one alone is the device.
  package var shownTenants: [Int?] {
    rows.tenants.count < 2
      ? [nil] : [nil] + rows.tenants.indices.prefix(Self.mostTenants).map { $0 }
  }

  /// The points that are shown one by one: the only one; or of the first line along the axis that is
  /// drawn, or of all points where there is no such axis, the first, the middle and the last.
  package var shownPoints: [Int] {
    var points = Array(rows.points.indices)
    if let axis = loadAxis, let first = sweeps(along: axis).first {
      points = first.points.map(\.point)
    }
    if points.count <= 3 { return points }
    return [points[0], points[points.count / 2], points[points.count - 1]]
  }

  /// A point's axes and their values; empty where there are no axes.
  package func words(_ point: Int) -> String {
    zip(rows.axes, rows.points[point]).map { "\($0) \($1)" }.joined(separator: ", ")
  }

  func name(_ tenant: Int?) -> String { tenant.map { rows.tenants[$0].name } ?? "all tenants" }

  func objective(_ tenant: Int?) -> Double? {
    // One tenant's objective is that of all.
    tenant.map { objectives[$0] } ?? (objectives.count == 1 ? objectives[0] : nil)
  }

  func series(
    _ p: Int, _ points: [FigurePoint], style: FigureSeries.Style = .line, marks: Bool = false
  ) -> FigureSeries {
    let label = rows.policies[p]
    return FigureSeries(label, policy: label, style: style, points: points, hasMarkers: marks)
  }

  // MARK: Latencies

  /// Distributions of latency: of every request where they were logged, else through the quantiles
  /// of the summary.
  ///
  /// - Parameter point: of the summary's quantiles; logged requests are those of all its rows.
  package func latencies(point: Int) -> SVGFigure {
    let isExact = requests != nil
    var panels: [FigurePanel] = []
    for tenant in rows.policies.count > 8 ? [nil] : shownTenants {
      let curves = rows.policies.indices.map { curve($0, tenant, point) }
      let rules = objective(tenant).map { [FigureRule(.vertical, at: $0, label: "SLO")] } ?? []
      let x = FigureAxis("latency, ms", scale: .log)
      if isExact {
        panels.append(
          FigurePanel(
            title: "\(name(tenant)): done within a time", x: x,
            y: FigureAxis("share of arrived", range: 0...1),
            series: rows.policies.indices.map { p in
              series(p, curves[p].map { FigurePoint($0.0, $0.1) }, style: .step, marks: true)
            }, rules: rules))
      }
      panels.append(
        FigurePanel(
          title: "\(name(tenant)): the slow ones", x: x,
          y: FigureAxis("share later than that", scale: .log),
          series: rows.policies.indices.map { p in
            series(
              p, curves[p].filter { $0.1 < 1 }.map { FigurePoint($0.0, 1 - $0.1) },
              style: isExact ? .step : .line, marks: true)
          }, rules: rules))
    }
    return SVGFigure(
      title: "Distributions of latency", panels: panels, columns: 2, plotWidth: 480,
      plotHeight: 240)
  }

  /// A policy's latencies in ms with the share of requests done within each.
  private func curve(_ p: Int, _ tenant: Int?, _ point: Int) -> [(Double, Double)] {
    if let requests {
      // Many policies have a panel each, before the lines of all others.
      let count = rows.policies.count > 8 ? 16 : 60
      return requests.curve(policy: p, tenant: tenant, count: count)
    }
    let quantiles: [(SummaryFigure, Double)] = [
      (.latencyP50, 0.5), (.latencyP90, 0.9), (.latencyP95, 0.95), (.latencyP99, 0.99),
      (.latencyP999, 0.999),
    ]
    return quantiles.compactMap { figure, share in
      rows.statistics(figure, point: point, policy: p, tenant: tenant).map { ($0.mean, share) }
    }
  }

  // MARK: Trade-offs

  /// Whether goodput is told; where no tenant has an objective, throughput takes its place.
  package var workFigure: SummaryFigure { rows.has("goodput_rps") ? .goodput : .throughput }

  /// p99 against useful work: each policy at each point, and those of the policies that share one
  /// GPU that none of them beats in both.
  package func pareto(sharing: [Int]) -> SVGFigure {
    var all: [(x: Double, y: Double)] = []
    var own: [FigureSeries] = []
    for p in rows.policies.indices {
      let places = rows.points.indices.compactMap { point -> (Double, Double)? in
        guard
          let x = rows.statistics(.latencyP99, point: point, policy: p, tenant: nil)?.mean,
          let y = rows.statistics(workFigure, point: point, policy: p, tenant: nil)?.mean
        else { return nil }
        return (x, y)
      }
      if sharing.contains(p) { all += places.map { (x: $0.0, y: $0.1) } }
      own.append(series(p, places.map { FigurePoint($0.0, $0.1) }, marks: true))
    }
    let front = Self.front(all).map { FigurePoint($0.x, $0.y) }
    let edge = FigureSeries("none better in both", style: .step, points: front, isDashed: true)
    let word = workFigure == .goodput ? "goodput" : "throughput"
    return SVGFigure(
      title: "99th percentile against \(word)",
      panels: [
        FigurePanel(
          x: FigureAxis("latency p99 of all tenants, ms", scale: .log),
          y: FigureAxis("\(word), requests per s"), series: own.count > 7 ? own : [edge] + own)
      ], plotWidth: 620, plotHeight: 340)
  }

  /// The places that no other is left of and above, from left to right.
  static func front(_ places: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    var front: [(x: Double, y: Double)] = []
    for place in places.sorted(by: { ($0.x, -$0.y) < ($1.x, -$1.y) })
    where place.y > front.last?.y ?? -.infinity {
      front.append(place)
    }
    return front
  }

  // MARK: Use of the GPU

  /// The named fractions of a GPU's use, in the summary's columns.
  package static let fractions: [(figure: SummaryFigure, name: String)] = [
    (.busyFraction, "busy"), (.smActivity, "SM activity"),
    (.achievedOccupancy, "occupancy of active SMs"), (.flopUtilization, "FLOP utilization"),
  ]

  /// The fractions of the GPU's use by policy, at one point.
  package func use(point: Int) -> SVGFigure {
    let axis = FigureAxis("", scale: .categories(rows.policies))
    let panels = Self.fractions.map { figure, name in
      FigurePanel(
        title: name, x: FigureAxis("share, %", range: 0...100), y: axis,
        series: rows.policies.indices.compactMap { p in
          rows.statistics(figure, point: point, policy: p, tenant: nil).map {
            series(p, [FigurePoint(100 * $0.mean, Double(p))], style: .bars)
          }
        })
    }
    return SVGFigure(
      title: "Use of the GPU", panels: panels, columns: 4, plotWidth: 200,
      plotHeight: Self.rowsHeight(rows.policies.count))
  }

  /// The height of panels with a row for each policy.
  static func rowsHeight(_ policies: Int) -> Double {
    let parts = max(1, (policies + 11) / 12)
    return max(60, 20 * Double((policies + parts - 1) / parts))
  }
}
