import Metrics
import Reports
import Studies

/// The comparison as a picture: latency percentiles, then each tenant's p99 and SLO attainment.
struct CompareFigure {
  private let comparison: Comparison

  init(_ comparison: Comparison) { self.comparison = comparison }

  private var labels: [String] {
    comparison.experiment.policies.map(\.label).filter { label in
      !comparison.samples(.latencyP99, policy: label, tenant: nil).isEmpty
    }
  }

  /// The figure.
  var figure: SVGFigure {
    let experiment = comparison.experiment
    let tenants = experiment.tenants
    let axis = FigureAxis("", scale: .categories(labels))
    let latency = FigureAxis("latency, ms", scale: .log)
    let percentiles: [(String, SummaryFigure)] = [
      ("p50", .latencyP50), ("p90", .latencyP90), ("p99", .latencyP99), ("p99.9", .latencyP999),
    ]
    var panels = [
      FigurePanel(
        title: tenants.count > 1 ? "Latency, all tenants" : "Latency", x: axis, y: latency,
        series: percentiles.map { name, figure in
          FigureSeries(name, style: .bars, points: points(figure, tenant: nil))
        })
    ]
    if tenants.count > 1 {
      panels.append(
        FigurePanel(
          title: "99th percentile by tenant", x: axis, y: latency,
          series: tenants.indices.map { t in
            FigureSeries(
              tenants[t].name, style: .bars, points: points(.latencyP99, tenant: t))
          }))
    }
    let withSLO = tenants.indices.filter { tenants[$0].sloNS != nil }
    if !withSLO.isEmpty {
      panels.append(
        FigurePanel(
          title: "Requests done within their SLO", x: axis,
          y: FigureAxis("share of arrived requests, %", range: 0...100),
          series: withSLO.map { t in
            FigureSeries(
              tenants[t].name, style: .bars,
              points: points(.sloAttainment, tenant: t, scale: 100))
          }))
    }
    panels.append(
      FigurePanel(
        title: "Useful floating-point work", x: axis,
        y: FigureAxis("share of the GPU's peak, %"),
        series: [
          FigureSeries(
            "FLOP utilization", style: .bars,
            points: points(.flopUtilization, tenant: nil, scale: 100))
        ]))
    let seeds = experiment.seeds.count
    return SVGFigure(
      title: experiment.name,
      subtitle: "\(experiment.gpu.name), testbed \(experiment.testbed.name), "
        + (seeds == 1 ? "seed \(experiment.seeds[0])" : "mean and 95 % interval of \(seeds) seeds"),
      panels: panels, columns: 2, plotWidth: max(420, 90 * Double(labels.count)), plotHeight: 240)
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
