import Metrics
import Reports
import Studies

/// The comparison as a picture: latency percentiles and useful work of all tenants, then two small
/// panels for each tenant, its 99th percentile and what it got done in time.
///
/// However many policies and tenants there are, nothing is drawn that cannot be read: policies whose
/// names do not fit below their bars are numbered, tenants have panels instead of colours, and those
/// beyond `mostTenants` are left to the tables, which the figure says.
struct CompareFigure {
  /// The most tenants with panels of their own.
  static let mostTenants = 16
  /// The most policies that are drawn.
  static let mostPolicies = 32

  private let comparison: Comparison
  /// The policies that have results, as many as are drawn.
  private let labels: [String]
  private let policyCount: Int
  private let plotWidth: Double

  init(_ comparison: Comparison) {
    self.comparison = comparison
    let all = comparison.experiment.policies.map(\.label).filter { label in
      !comparison.samples(.latencyP99, policy: label, tenant: nil).isEmpty
    }
    policyCount = all.count
    labels = Array(all.prefix(Self.mostPolicies))
    plotWidth = max(420, 36 * Double(labels.count))
  }

  /// Whether the policies' names would run into each other below their bars.
  private var areNumbered: Bool {
    let room = plotWidth / Double(max(1, labels.count)) - 8
    return labels.contains { SVGText.width($0, size: 11.5) > room }
  }

  private var axis: FigureAxis {
    FigureAxis(
      "",
      scale: .categories(areNumbered ? labels.indices.map { "\($0 + 1)" } : labels))
  }

  /// The figure.
  var figure: SVGFigure {
    let tenants = comparison.experiment.tenants
    var panels = [allLatency, allWork]
    let shown = 0..<min(Self.mostTenants, tenants.count)
    for t in shown {
      // One tenant's latency is that of all.
      if tenants.count > 1 { panels.append(latency(of: t)) }
      if tenants[t].sloNS != nil { panels.append(attainment(of: t)) }
    }
    var figure = SVGFigure(
      title: comparison.experiment.name, subtitle: subtitle(tenantsShown: shown.count),
      panels: panels, columns: 2, plotWidth: plotWidth,
      plotHeight: shown.count > 4 ? 150 : 220)
    if areNumbered { figure.key = labels.enumerated().map { "\($0 + 1) \($1)" } }
    return figure
  }

  private func subtitle(tenantsShown: Int) -> String {
    let experiment = comparison.experiment
    let seeds = experiment.seeds.count
    var text =
      "\(experiment.gpu.name), testbed \(experiment.testbed.name), "
      + (seeds == 1 ? "seed \(experiment.seeds[0])" : "mean and 95 % interval of \(seeds) seeds")
    if tenantsShown < experiment.tenants.count {
      text += "; \(tenantsShown) of \(experiment.tenants.count) tenants are drawn"
    }
    if labels.count < policyCount {
      text += "; \(labels.count) of \(policyCount) policies are drawn"
    }
    return text
  }

  // MARK: Panels

  private var allLatency: FigurePanel {
    let percentiles: [(String, SummaryFigure)] = [
      ("p50", .latencyP50), ("p90", .latencyP90), ("p99", .latencyP99), ("p99.9", .latencyP999),
    ]
    return FigurePanel(
      title: comparison.experiment.tenants.count > 1 ? "Latency, all tenants" : "Latency", x: axis,
      y: FigureAxis("latency, ms", scale: .log),
      series: percentiles.map { name, figure in
        FigureSeries(name, style: .bars, points: points(figure, tenant: nil))
      })
  }

  private var allWork: FigurePanel {
    FigurePanel(
      title: "Useful floating-point work", x: axis,
      y: FigureAxis("share of peak, %"),
      series: [
        FigureSeries(
          "FLOP utilization", style: .bars,
          points: points(.flopUtilization, tenant: nil, scale: 100))
      ])
  }

  private func latency(of t: Int) -> FigurePanel {
    let tenant = comparison.experiment.tenants[t]
    let points = points(.latencyP99, tenant: t)
    let rules = tenant.sloNS.map {
      [FigureRule(.horizontal, at: Double($0) / 1e6, label: "SLO")]
    }
    return FigurePanel(
      title: title("\(tenant.name): 99th percentile"), x: axis,
      y: FigureAxis("latency, ms", scale: .log),
      series: [FigureSeries("p99", style: .bars, points: points)],
      rules: points.isEmpty ? [] : rules ?? [])
  }

  private func attainment(of t: Int) -> FigurePanel {
    FigurePanel(
      title: title("\(comparison.experiment.tenants[t].name): requests done within their SLO"),
      x: axis, y: FigureAxis("share of arrived, %", range: 0...100),
      series: [
        FigureSeries(
          "SLO met", style: .bars, points: points(.sloAttainment, tenant: t, scale: 100))
      ])
  }

  /// A panel's heading within its width.
  private func title(_ text: String) -> String {
    SVGText.clipped(DisplayText.printable(text), to: plotWidth * 0.92, size: 13)
  }

  private func points(
    _ figure: SummaryFigure, tenant: Int?, scale: Double = 1
  ) -> [FigurePoint] {
    labels.enumerated().compactMap { i, label in
      let samples = comparison.samples(figure, policy: label, tenant: tenant)
      guard let statistics = SampleStatistics(samples) else { return nil }
      let mean = statistics.mean * scale
      guard comparison.experiment.drawsArrivals, let half = statistics.confidenceHalfWidth else {
        return FigurePoint(Double(i), mean)
      }
      let isShare = figure == .sloAttainment || figure == .flopUtilization
      return FigurePoint(
        Double(i), mean, low: max(0, mean - half * scale),
        high: min(isShare ? scale : .infinity, mean + half * scale))
    }
  }
}
