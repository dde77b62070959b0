import Metrics
import Reports

/// The report of a folder of results: one page.
package struct ResultReport {
  let folder: ResultFolder
  let figures: ResultFigures
  /// The policies that share a GPU, as indices: those that are ranked.
  let sharing: [Int]

  var rows: ResultRows { folder.rows }

  /// - Parameter isSharing: whether a policy, by its name without options, shares one GPU: a
  ///   reference or a bound does not.
  package init(_ folder: ResultFolder, isSharing: (String) -> Bool) {
    self.folder = folder
    figures = ResultFigures(folder)
    sharing = folder.rows.policies.indices.filter { p in
      isSharing(String(folder.rows.policies[p].prefix { $0 != "(" }))
    }
  }

  /// The page as HTML.
  package var page: String {
    var page = HTMLPage(title: title, subtitle: subtitle, policies: rows.policies)
    page.add("ranking", "Ranking", ranking)
    page.add("latency", "Latency", latency)
    if let load { page.add("load", "Load and the knee", load) }
    page.add("tradeoff", "Latency against work done", tradeoff)
    page.add("isolation", "Who slows whom", isolation)
    if let serving { page.add("serving", "Language models", serving) }
    page.add("waits", "What latencies went to", waits)
    page.add("use", "Use of the GPU", use)
    if let costs { page.add("costs", "Energy and waste", costs) }
    if rows.points.count > 1 { page.add("points", "All points", allPoints) }
    page.add("manifest", "What this rests on", manifest)
    return page.text
  }

  private var title: String { rows.places[0].joined(separator: ", ") }

  private var subtitle: String {
    var parts = [
      "GPU " + rows.places[1].joined(separator: ", "),
      "testbed " + rows.places[2].joined(separator: ", "),
      rows.policies.count == 1 ? "1 policy" : "\(rows.policies.count) policies",
      rows.tenants.count == 1 ? "1 tenant" : "\(rows.tenants.count) tenants",
    ]
    if rows.points.count > 1 { parts.append("\(rows.points.count) points") }
    parts.append(
      rows.seeds.count == 1 ? "seed \(rows.seeds[0])" : "\(rows.seeds.count) seeds")
    return parts.joined(separator: " · ") + "."
  }

  /// What a point is called in headings; nothing where there is one.
  func heading(_ point: Int) -> String {
    rows.points.count == 1 ? "" : "<h3>\(HTMLText.escaped(figures.words(point)))</h3>\n"
  }

  func caption(_ text: String, _ point: Int) -> String {
    rows.points.count == 1 ? text : "\(text), at \(figures.words(point))"
  }

  // MARK: Ranking

  func ranking(at point: Int) -> PolicyRanking {
    let tenants = zip(rows.tenants, figures.objectives).map { tenant, slo in
      PolicyRanking.Tenant(name: tenant.name, model: tenant.model, sloMS: slo)
    }
    return PolicyRanking(
      policies: sharing.map { rows.policies[$0] }, tenants: tenants, seeds: rows.seeds.count,
      drawsArrivals: rows.seeds.count > 1
    ) { figure, policy, tenant, seed in
      guard let p = rows.policies.firstIndex(of: policy) else { return nil }
      return rows.value(figure.rawValue, point: point, policy: p, tenant: tenant, seed: seed)
    }
  }

  private var ranking: String {
    var text = ""
    if rows.points.count == 1 {
      let sentence = ranking(at: 0).sentence
      text += HTMLText.paragraph(
        sentence.isEmpty ? "No policy here shares one GPU: there is nothing to rank." : sentence)
      text += table(at: 0)
    } else {
      text += rankingByPoint
    }
    for line in rests { text += HTMLText.paragraph(line, kind: "note") }
    return text
  }

  private var rankingByPoint: String {
    var table = ReportTable(
      columns: rows.axes.map { ReportColumn($0) } + [
        ReportColumn("first"),
        ReportColumn("a", title: "worst tenant in time", unit: "%", scale: 100),
        ReportColumn("b", title: "p99 at most, of the SLO", unit: "%", scale: 100),
        ReportColumn("second", title: "runner-up"),
        ReportColumn("c", title: "worst tenant in time", unit: "%", scale: 100),
      ])
    var wins: [(names: String, count: Int)] = []
    for point in rows.points.indices {
      let found = ranking(at: point)
      let standings = found.standings
      guard let first = standings.first else { continue }
      let leaders = found.leaders
      let names = leaders.joined(separator: " and ") + (leaders.count > 1 ? " (equal)" : "")
      if let at = wins.firstIndex(where: { $0.names == names }) {
        wins[at].count += 1
      } else {
        wins.append((names, 1))
      }
      func share(_ standing: PolicyRanking.Standing?) -> ReportCell {
        standing?.attainment.map { .number($0.share) } ?? .none
      }
      let second = standings.count > leaders.count ? standings[leaders.count] : nil
      table.append(
        rows.points[point].map { .text($0) } + [
          .text(leaders.joined(separator: ", ")), share(first),
          first.tightness.map { .number($0.ratio) } ?? .none,
          second.map { .text($0.policy) } ?? .none, share(second),
        ])
    }
    if table.rows.isEmpty {
      return HTMLText.paragraph("No policy here shares one GPU: there is nothing to rank.")
    }
    let words = wins.sorted { $0.count > $1.count }.map { "\($0.names) at \($0.count)" }
    return HTMLText.paragraph(
      "First of \(table.rows.count) points: \(words.joined(separator: ", ")).")
      + table.html(caption: "The best policy at each point, and the one after it")
  }

  /// What a ranking rests on.
  private var rests: [String] {
    var lines = [
      "Ranked are policies that share one GPU. A policy meets a tenant's objective where at least "
        + "99 % of the requests that arrived were done in time. Of those that meet every objective "
        + "the first has the lowest p99, of its tightest tenant, over the SLO; of the others, the "
        + "most requests in time of its worst tenant."
    ]
    let apart = rows.policies.indices.filter { !sharing.contains($0) }.map { rows.policies[$0] }
    if !apart.isEmpty {
      lines.append(
        "Shown and not ranked, since they do not share one GPU: "
          + apart.joined(separator: ", ") + ".")
    }
    if figures.objectives.allSatisfy({ $0 == nil }), rows.has("slo_attainment") {
      lines.append(
        "The objectives themselves are not in this folder: how far below them latencies stay is "
          + "not told.")
    }
    let few = rows.tenants.indices.filter { t in
      rows.points.indices.contains { point in
        rows.policies.indices.contains { p in
          let done = rows.samples("completed", point: point, policy: p, tenant: t)
          return done.contains { $0 > 0 && $0 < 100 }
        }
      }
    }.map { rows.tenants[$0].name }
    if !few.isEmpty {
      lines.append(
        "Fewer than 100 requests were done in some runs, so that p99 is the slowest of them: "
          + few.joined(separator: ", ") + ".")
    }
    lines.append(
      rows.seeds.count == 1
        ? "One seed: nothing is known of luck."
        : "Means over \(rows.seeds.count) seeds; ± is half the width of the 95 % confidence interval."
    )
    return lines
  }

  private static let shown: [(figure: SummaryFigure, column: ReportColumn)] = [
    (.latencyP99, ReportColumn("p99", unit: "ms", range: 0...(.infinity))),
    (
      .sloAttainment,
      ReportColumn("slo", title: "SLO met", unit: "%", decimals: 2, scale: 100, range: 0...1)
    ),
    (.goodput, ReportColumn("goodput", unit: "req/s")),
    (.latencyP50, ReportColumn("p50", unit: "ms")),
    (.slowdownMean, ReportColumn("slowdown", unit: "×", decimals: 2)),
    (.jainFairness, ReportColumn("fairness", title: "fairness (Jain)", decimals: 3, range: 0...1)),
    (
      .flopUtilization,
      ReportColumn("flop", title: "FLOP util.", unit: "%", scale: 100, range: 0...1)
    ),
    (.throughput, ReportColumn("throughput", unit: "req/s")),
  ]

  /// All tenants' figures at a point, a row for each policy.
  func table(at point: Int) -> String {
    var table = ReportTable(columns: [ReportColumn("policy")] + Self.shown.map(\.column))
    for p in rows.policies.indices {
      table.append(
        [.text(rows.policies[p])]
          + Self.shown.map {
            cell(rows.statistics($0.figure, point: point, policy: p, tenant: nil))
          })
    }
    return table.html(caption: caption("All tenants", point), keys: rows.policies)
  }

  func cell(_ statistics: SampleStatistics?) -> ReportCell {
    guard let statistics else { return .none }
    guard let half = statistics.confidenceHalfWidth, half > 0 else {
      return .number(statistics.mean)
    }
    return .interval(statistics.mean, halfWidth: half)
  }

  private var allPoints: String {
    let most = 1_000
    var table = ReportTable(
      columns: rows.axes.map { ReportColumn($0) } + [ReportColumn("policy")]
        + Self.shown.map(\.column))
    var keys: [String] = []
    for point in rows.points.indices {
      for p in rows.policies.indices where keys.count < most {
        let cells = Self.shown.map {
          cell(rows.statistics($0.figure, point: point, policy: p, tenant: nil))
        }
        if cells.allSatisfy({ $0 == .none }) { continue }
        table.append(
          rows.points[point].map { .text($0) }
            + [.text(rows.policies[p])] + cells)
        keys.append(rows.policies[p])
      }
    }
    let rest =
      keys.count == most
      ? HTMLText.paragraph("The first \(most) rows; study.csv has all.", kind: "note") : ""
    return HTMLText.details(
      "\(keys.count) rows",
      table.html(caption: "All tenants, at every point", keys: keys)) + rest
  }
}
