import Metrics
import Reports
import Studies

/// The comparison as a picture: a row for each policy, and beside each other, for all tenants and
/// then for each of them, its latencies from the median to the 99.9th percentile and what it got
/// done in time.
///
/// However many policies and tenants there are, everything drawn can be read; tenants and policies
/// beyond the most are left to the tables, which the figure says.
struct CompareFigure {
  /// The most tenants with panels of their own.
  static let mostTenants = 24
  /// The most policies that are drawn.
  static let mostPolicies = 36

  private let comparison: Comparison
  /// The policies that have results, as many as are drawn.
  private let labels: [String]
  private let policyCount: Int

  init(_ comparison: Comparison) {
    self.comparison = comparison
    let all = comparison.experiment.policies.map(\.label).filter { label in
      !comparison.samples(.latencyP99, policy: label, tenant: nil).isEmpty
    }
    policyCount = all.count
    labels = Array(all.prefix(Self.mostPolicies))
  }

  private var rows: FigureAxis { FigureAxis("", scale: .categories(labels)) }

  /// The figure.
  var figure: SVGFigure {
    let tenants = comparison.experiment.tenants
    let shown = 0..<min(Self.mostTenants, tenants.count)
    // One tenant's figures are those of all.
    let isAlone = tenants.count == 1
    var panels = [latency(of: isAlone ? 0 : nil), isAlone ? attainment(of: 0) : work]
    if !isAlone { for t in shown { panels += [latency(of: t), attainment(of: t)] } }
    let isLarge = shown.count > 3
    let groups = (labels.count + 11) / 12
    let high = Double((labels.count + max(1, groups) - 1) / max(1, groups))
    return SVGFigure(
      title: comparison.experiment.name, subtitle: subtitle(tenantsShown: shown.count),
      panels: panels, columns: isLarge ? 4 : 2, plotWidth: isLarge ? 220 : 400,
      plotHeight: max(70, high * (isLarge ? 17 : 20)))
  }

  private func subtitle(tenantsShown: Int) -> String {
    let experiment = comparison.experiment
    let seeds = experiment.seeds.count
    var text =
      "\(experiment.gpu.name), testbed \(experiment.testbed.name), "
      + (seeds == 1 ? "seed \(experiment.seeds[0])" : "means of \(seeds) seeds")
      + ". Latencies: a line from the median to the 99.9th percentile, a mark at the 99th"
      + (seeds > 1 && experiment.drawsArrivals ? " with its 95 % interval" : "")
      + ", dotted the SLO."
    if tenantsShown < experiment.tenants.count {
      text += " \(tenantsShown) of \(experiment.tenants.count) tenants are drawn."
    }
    if labels.count < policyCount {
      text += " \(labels.count) of \(policyCount) policies are drawn."
    }
    return text
  }

  // MARK: Panels

  private func name(_ tenant: Int?) -> String {
    tenant.map { DisplayText.printable(comparison.experiment.tenants[$0].name) } ?? "all tenants"
  }

  private func latency(of tenant: Int?) -> FigurePanel {
    var series: [FigureSeries] = []
    for (row, label) in labels.enumerated() {
      let span = [SummaryFigure.latencyP50, .latencyP90, .latencyP99, .latencyP999].compactMap {
        point($0, label, row, tenant).map { FigurePoint($0.x, $0.y) }
      }
      series.append(FigureSeries(label, policy: label, points: span))
      if let p99 = point(.latencyP99, label, row, tenant) {
        series.append(FigureSeries(label, policy: label, points: [p99], hasMarkers: true))
      }
    }
    let slo = tenant.flatMap { comparison.experiment.tenants[$0].sloNS }
    var title = "\(name(tenant)): latency"
    if let slo { title += ", SLO \(NumberText.exact(Double(slo) / 1e6)) ms" }
    return FigurePanel(
      title: title, x: FigureAxis("latency, ms", scale: .log), y: rows, series: series,
      rules: series.isEmpty
        ? [] : slo.map { [FigureRule(.vertical, at: Double($0) / 1e6, label: "")] } ?? [])
  }

  private func attainment(of t: Int) -> FigurePanel {
    // Without an objective there is nothing to meet: what was done is told instead.
    let hasSLO = comparison.experiment.tenants[t].sloNS != nil
    return FigurePanel(
      title: hasSLO ? "\(name(t)): done within the SLO" : "\(name(t)): throughput",
      x: hasSLO ? FigureAxis("share of arrived, %", range: 0...100) : FigureAxis("requests per s"),
      y: rows, series: bars(hasSLO ? .sloAttainment : .throughput, t, scale: hasSLO ? 100 : 1))
  }

  private var work: FigurePanel {
    FigurePanel(
      title: "all tenants: useful floating-point work",
      x: FigureAxis("FLOP utilization, share of peak, %"), y: rows,
      series: bars(.flopUtilization, nil, scale: 100))
  }

  private func bars(_ figure: SummaryFigure, _ tenant: Int?, scale: Double) -> [FigureSeries] {
    labels.enumerated().compactMap { row, label in
      point(figure, label, row, tenant, scale: scale).map {
        FigureSeries(label, policy: label, style: .bars, points: [$0])
      }
    }
  }

  /// A policy's figure in its row, with the interval that seeds leave.
  private func point(
    _ figure: SummaryFigure, _ label: String, _ row: Int, _ tenant: Int?, scale: Double = 1
  ) -> FigurePoint? {
    let samples = comparison.samples(figure, policy: label, tenant: tenant)
    guard let statistics = SampleStatistics(samples) else { return nil }
    let mean = statistics.mean * scale
    guard comparison.experiment.drawsArrivals, let half = statistics.confidenceHalfWidth else {
      return FigurePoint(mean, Double(row))
    }
    let isShare = figure == .sloAttainment || figure == .flopUtilization
    return FigurePoint(
      mean, Double(row), low: max(0, mean - half * scale),
      high: min(isShare ? scale : .infinity, mean + half * scale))
  }
}
