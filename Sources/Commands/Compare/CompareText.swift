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
    for words in loaded.overrides { text += "  set: " + DisplayText.printable(words) + "\n" }
    return text
  }

  private static func heading(_ tenant: TenantSpec) -> String {
    var text = "\(tenant.name): \(tenant.model) × \(tenant.replicas)"
    if let slo = tenant.sloNS { text += " · SLO \(NumberText.exact(Double(slo) / 1e6)) ms" }
    if let language = tenant.language {
      for (name, slo) in [("TTFT", language.ttftNS), ("TPOT", language.tpotNS)] {
        if let slo { text += " · \(name) \(NumberText.exact(Double(slo) / 1e6)) ms" }
      }
      text += " · " + serving(language.settings)
    }
    if tenant.priority != 0 { text += " · priority \(tenant.priority)" }
    if !tenant.table.conditions.assumed.isEmpty { text += " " + assumption }
    return text
  }

  /// How a language model is served, in words.
  private static func serving(_ settings: ServingSettings) -> String {
    var words = [settings.scheduler.rawValue]
    if settings.scheduler == .continuous, !settings.chunkedPrefill { words.append("whole prompts") }
    words.append("\(settings.maxSequences) sequences")
    words.append("\(settings.maxTokens) tokens an iteration")
    return words.joined(separator: ", ")
  }

  /// The mark of what rests on an assumption.
  private static let assumption = "†"

  // MARK: Tables

  static func tables(_ comparison: Comparison, _ style: ReportTable.TextStyle) -> String {
    let tenants = comparison.experiment.tenants
    var text = ranking(comparison)
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

  /// Whether figures of a row are of like things: one tenant's, or those of tenants with one model.
  private static func isLike(_ comparison: Comparison, _ tenant: Int?) -> Bool {
    let models = comparison.experiment.tenants.map(\.model)
    return tenant != nil || models.allSatisfy { $0 == models.first }
  }

  /// The columns of one table: no star stands between unlike things, nor a gap between models.
  private static func shown(
    _ comparison: Comparison, _ tenant: Int?
  ) -> [(figure: SummaryFigure, column: ReportColumn)] {
    let isLike = isLike(comparison, tenant)
    let tables = comparison.experiment.tenants.enumerated().filter { tenant ?? $0.0 == $0.0 }
      .map(\.1.table)
    return columns.compactMap { figure, column in
      if !isLike, figure == .stragglerGap { return nil }
      // A column that applies to no policy here tells nothing.
      let isThere = comparison.experiment.policies.contains {
        let samples = samples(comparison, figure, $0.label, tenant)
        return figure == .wastedFraction ? samples.contains { $0 > 0 } : !samples.isEmpty
      }
      guard isThere else { return nil }
      var column = column
      if !isLike { column.best = nil }
      if figure == .flopUtilization, tables.contains(where: \.conditions.assumesWork) {
        column.title += " " + assumption
      }
      return (figure, column)
    }
  }

  /// A figure of one table; of a language model by itself what only its tenant's row has.
  private static func samples(
    _ comparison: Comparison, _ figure: SummaryFigure, _ policy: String, _ tenant: Int?
  ) -> [Double] {
    let isAlone = comparison.experiment.tenants.count == 1
    let row = tenant ?? (isAlone && SummaryFigure.serving.contains(figure) ? 0 : nil)
    return comparison.samples(figure, policy: policy, tenant: row)
  }

  /// A row for each policy; `*` marks the best of those that share the GPU.
  static func table(_ comparison: Comparison, tenant: Int?) -> ReportTable {
    let shown = shown(comparison, tenant)
    let best = isLike(comparison, tenant) ? bestP99(comparison, tenant: tenant) : nil
    var heads = [ReportColumn("policy")]
    for (figure, column) in shown {
      heads.append(column)
      if figure == .latencyP99, best != nil {
        heads.append(
          ReportColumn(
            "ratio", title: "p99 / best", unit: "×", decimals: 2, range: 0...(.infinity)))
      }
    }
    var table = ReportTable(columns: heads)
    let ordered = ordered(comparison.experiment.policies)
    for (i, (choice, group)) in ordered.enumerated() {
      if i > 0, ordered[i - 1].group != group { table.beginGroup() }
      var cells: [ReportCell] = [.text(choice.label)]
      let isRefused = comparison.refusals.contains { $0.policy == choice.label }
      for (figure, _) in shown {
        let samples = samples(comparison, figure, choice.label, tenant)
        cells.append(
          isRefused && figure == .latencyP99
            ? .text("refused") : cell(SampleStatistics(samples), comparison))
        if figure == .latencyP99, let best {
          cells.append(
            ratio(comparison, choice.label, to: best, tenant: tenant))
        }
      }
      table.append(cells)
    }
    return table
  }

  /// The policy of the lowest p99 among those that share the GPU.
  private static func bestP99(_ comparison: Comparison, tenant: Int?) -> String? {
    let means = sharing(comparison).compactMap { choice in
      SampleStatistics(
        comparison.samples(.latencyP99, policy: choice.label, tenant: tenant)
      ).map { (choice.label, $0.mean) }
    }
    return means.min { $0.1 < $1.1 }?.0
  }

  /// A policy's p99 over the best one's, seed by seed: both meet the same arrivals, whose luck the
  /// ratio does not have.
  private static func ratio(
    _ comparison: Comparison, _ policy: String, to best: String, tenant: Int?
  ) -> ReportCell {
    func bySeed(_ label: String) -> [UInt64: Double] {
      var values: [UInt64: Double] = [:]
      for run in comparison.summaries where run.policy == label {
        values[run.seed] = (tenant.map { run.tenants[$0] } ?? run.device)[.latencyP99]
      }
      return values
    }
    let (own, other) = (bySeed(policy), bySeed(best))
    let ratios = comparison.experiment.seeds.compactMap { seed -> Double? in
      guard let x = own[seed], let y = other[seed], y > 0 else { return nil }
      return x / y
    }
    return cell(SampleStatistics(ratios), comparison)
  }

  /// A mean, with its interval where seeds say anything about it.
  private static func cell(_ statistics: SampleStatistics?, _ comparison: Comparison) -> ReportCell
  {
    guard let statistics else { return .none }
    guard comparison.experiment.drawsArrivals, let half = statistics.confidenceHalfWidth else {
      return .number(statistics.mean)
    }
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
    for choice in experiment.policies where choice.make().mechanism == .bound {
      lines.append(
        "\(choice.label): no way to share but a bound; what is dropped or not done counts as late "
          + "there, so that percentiles of a policy that loses requests can be below it")
    }
    if !isLike(comparison, nil) {
      lines.append("no best among 'All tenants': a sum over unlike models is no figure of merit")
    }
    if experiment.seeds.count > 1, experiment.drawsArrivals {
      lines.append(
        "±: half the width of the 95 % confidence interval over the seeds; that of p99 / best is "
          + "paired, seed by seed")
    }
    lines += fewRequests(comparison)
    for (policy, twin) in comparison.twins {
      lines.append("\(policy) gave the very same run as \(twin): what differs had no effect")
    }
    lines += assumptions(experiment)
    return DisplayText.printable(lines.joined(separator: "\n"), keepsNewlines: true) + "\n"
  }

  /// Percentiles that no hundred requests stand behind.
  private static func fewRequests(_ comparison: Comparison) -> [String] {
    let tenants = comparison.experiment.tenants
    let few = tenants.indices.filter { t in
      comparison.summaries.contains { run in
        let done = run.tenants[t][.completed] ?? 0
        return done > 0 && done < 100
      }
    }
    if few.isEmpty { return [] }
    return [
      "fewer than 100 requests done, so that p99 is the slowest of them: "
        + few.map { tenants[$0].name }.joined(separator: ", ")
    ]
  }

  private static func assumptions(_ experiment: Experiment) -> [String] {
    var lines: [String] = []
    for tenant in experiment.tenants {
      let assumed = tenant.table.conditions.assumed
      if assumed.isEmpty { continue }
      lines.append(
        "\(assumption) rests on what was assumed of \(tenant.name)'s table: "
          + assumed.joined(separator: "; "))
    }
    return lines
  }
}
