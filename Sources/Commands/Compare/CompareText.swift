import Metrics
import Reports
import Simulation
import Studies

/// What `compare` shows a reader: what was run, then one table for the device and one for each
/// tenant.
enum CompareText {
  /// The reference that is no way to share: it stands apart and is best at nothing.
  static let reference = "exclusive"

  // MARK: What is run

  static func legend(_ loaded: LoadedExperiment) -> String {
    let experiment = loaded.experiment
    func seconds(_ ns: Int64) -> String { NumberText.exact(Double(ns) / 1e9) + " s" }
    var first = [
      experiment.name, "GPU \(experiment.gpu.name)", "testbed \(experiment.testbed.name)",
    ]
    first.append(experiment.durationNS.map(seconds) ?? "to the last request")
    if experiment.warmupNS > 0 { first.append("first \(seconds(experiment.warmupNS)) not counted") }
    let seeds = experiment.seeds.map { "\($0)" }.joined(separator: ", ")
    first.append((experiment.seeds.count == 1 ? "seed " : "seeds ") + seeds)
    var text = DisplayText.printable(first.joined(separator: " · ")) + "\n"
    for (tenant, arrivals) in zip(experiment.tenants, loaded.arrivalTexts) {
      text += "  " + DisplayText.printable(heading(tenant) + " · " + arrivals) + "\n"
    }
    return text
  }

  private static func heading(_ tenant: TenantSpec) -> String {
    var text = "\(tenant.name): \(tenant.model) × \(tenant.replicas)"
    if let slo = tenant.sloNS { text += " · SLO \(NumberText.exact(Double(slo) / 1e6)) ms" }
    if tenant.priority != 0 { text += " · priority \(tenant.priority)" }
    return text
  }

  // MARK: Tables

  static func tables(_ comparison: Comparison, _ style: ReportTable.TextStyle) -> String {
    let tenants = comparison.experiment.tenants
    var text = ""
    if tenants.count > 1 { text += "\nAll tenants\n" } else { text += "\n" }
    text += table(comparison, tenant: nil).text(style)
    if tenants.count > 1 {
      for (t, tenant) in tenants.enumerated() {
        text += "\n" + DisplayText.printable(heading(tenant)) + "\n"
        text += table(comparison, tenant: t).text(style)
      }
    }
    return text + "\n" + notes(comparison)
  }

  private static let columns: [(figure: SummaryFigure, column: ReportColumn)] = [
    (.latencyP99, ReportColumn("p99", unit: "ms", best: .lowest)),
    (
      .sloAttainment,
      ReportColumn("slo", title: "SLO met", unit: "%", decimals: 2, scale: 100, best: .highest)
    ),
    (.goodput, ReportColumn("goodput", unit: "req/s", best: .highest)),
    (
      .flopUtilization,
      ReportColumn("flop", title: "FLOP util.", unit: "%", scale: 100, best: .highest)
    ),
    (.slowdownMean, ReportColumn("slowdown", unit: "×", decimals: 2, best: .lowest)),
    (
      .stragglerGap,
      ReportColumn("gap", title: "straggler gap", unit: "%", decimals: 1, scale: 100, best: .lowest)
    ),
    (.latencyP50, ReportColumn("p50", unit: "ms", best: .lowest)),
    (.throughput, ReportColumn("throughput", unit: "req/s", best: .highest)),
    (.inFlight, ReportColumn("unfinished", unit: "req", decimals: 0)),
  ]

  /// A row for each policy; `*` marks the best of those that share the GPU.
  static func table(_ comparison: Comparison, tenant: Int?) -> ReportTable {
    let shown = columns.filter { column in
      // A column that applies to no policy here tells nothing.
      comparison.experiment.policies.contains {
        !comparison.samples(column.figure, policy: $0.label, tenant: tenant).isEmpty
      }
    }
    let best = bestP99(comparison, tenant: tenant)
    var heads = [ReportColumn("policy")]
    for (figure, column) in shown {
      heads.append(column)
      if figure == .latencyP99 {
        heads.append(ReportColumn("ratio", title: "p99 / best", unit: "×", decimals: 2))
      }
    }
    var table = ReportTable(columns: heads)
    let policies = comparison.experiment.policies
    let ordered =
      policies.filter { $0.name == reference } + policies.filter { $0.name != reference }
    for (i, choice) in ordered.enumerated() {
      if i > 0, ordered[i - 1].name == reference, choice.name != reference { table.beginGroup() }
      var cells: [ReportCell] = [.text(choice.label)]
      let isRefused = comparison.refusals.contains { $0.policy == choice.label }
      for (figure, _) in shown {
        let samples = comparison.samples(figure, policy: choice.label, tenant: tenant)
        let statistics = SampleStatistics(samples)
        cells.append(isRefused && figure == .latencyP99 ? .text("refused") : cell(statistics))
        if figure == .latencyP99 {
          cells.append(
            statistics.flatMap { own in best.map { .number(own.mean / $0) } } ?? .none)
        }
      }
      table.append(cells)
    }
    return table
  }

  private static func bestP99(_ comparison: Comparison, tenant: Int?) -> Double? {
    comparison.experiment.policies.filter { $0.name != reference }.compactMap {
      SampleStatistics(comparison.samples(.latencyP99, policy: $0.label, tenant: tenant))?.mean
    }.min()
  }

  private static func cell(_ statistics: SampleStatistics?) -> ReportCell {
    guard let statistics else { return .none }
    guard let half = statistics.confidenceHalfWidth else { return .number(statistics.mean) }
    return .interval(statistics.mean, halfWidth: half)
  }

  private static func notes(_ comparison: Comparison) -> String {
    let experiment = comparison.experiment
    var lines = ["* the best of its column; p99 / best compares with the lowest p99"]
    if experiment.policies.contains(where: { $0.name == reference }) {
      let gpus = experiment.tenants.reduce(0) { $0 + $1.replicas }
      lines[0] += ", both among policies that share one GPU"
      lines.append("exclusive: every replica has a GPU of its own, here \(gpus) GPUs")
    }
    if experiment.seeds.count > 1 {
      lines.append("±: half the width of the 95 % confidence interval over the seeds")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
