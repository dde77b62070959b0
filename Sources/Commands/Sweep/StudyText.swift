import CommandLine
import Metrics
import Reports
import Scheduling
import Studies
import Tables

/// What `sweep` and `merge` show a reader: a table of the points, and in each the policies with their
/// rank.
enum StudyText {
  /// What a table shows of a policy at a point, over its seeds.
  private static let columns: [(figure: SummaryFigure, column: ReportColumn)] = [
    (
      .sloAttainment,
      ReportColumn("slo", title: "SLO met", unit: "%", decimals: 2, scale: 100, range: 0...1)
    ),
    (.latencyP99, ReportColumn("p99", unit: "ms", range: 0...(.infinity))),
    (.goodput, ReportColumn("goodput", unit: "req/s", range: 0...(.infinity))),
    (.slowdownMean, ReportColumn("slowdown", unit: "×", decimals: 2, range: 0...(.infinity))),
    (
      .flopUtilization,
      ReportColumn("flop", title: "FLOP util.", unit: "%", scale: 100, range: 0...1)
    ),
  ]

  /// The points, one group of rows each.
  static func table(_ results: StudyResults, _ listing: StudyListing) -> ReportTable {
    let shown = columns.filter { figure, _ in
      results.entries.contains { $0.samples[figure] != nil }
    }
    let drawsArrivals = !results.idleAxes.contains("seed")
    var table = ReportTable(
      columns: listing.columnAxes.map { ReportColumn($0) } + [
        ReportColumn("policy"), ReportColumn("rank", decimals: 0),
      ] + shown.map(\.column))
    let ranks = ranks(results.entries, listing)
    for (i, entry) in results.entries.enumerated() {
      if i > 0, results.entries[i - 1].values != entry.values { table.beginGroup() }
      var cells: [ReportCell] = entry.values.map { .text($0) } + [.text(entry.policy)]
      if entry.isRefused, entry.samples.isEmpty {
        cells.append(.text("refused"))
      } else {
        cells.append(ranks[i].map { .integer(Int64($0)) } ?? .none)
      }
      for (figure, _) in shown {
        guard let statistics = SampleStatistics(entry.samples[figure] ?? []) else {
          cells.append(.none)
          continue
        }
        // Half a part in a million is the rounding of a clock, no spread.
        if drawsArrivals, let half = statistics.confidenceHalfWidth,
          half > abs(statistics.mean) * 5e-7
        {
          cells.append(.interval(statistics.mean, halfWidth: half))
        } else {
          cells.append(.number(statistics.mean))
        }
      }
      table.append(cells)
    }
    return table
  }

  /// What the table does not say.
  static func notes(_ results: StudyResults, _ listing: StudyListing) -> String {
    var lines = [
      "rank: among policies that share one GPU, as 'compare' ranks them: those that meet every SLO by "
        + "what their tightest tenant has to spare, the others by their worst tenant's share in time"
    ]
    if results.entries.contains(where: { $0.samples[.latencyP99, default: []].count > 1 }) {
      lines.append("±: half the width of the 95 % confidence interval over the seeds")
    }
    if results.entryCount > results.entries.count {
      lines.append(
        "\(results.entries.count) of \(results.entryCount) rows are shown; "
          + "\(StudyFolder.results) has all")
    }
    return DisplayText.printable(lines.joined(separator: "\n"), keepsNewlines: true) + "\n"
  }

  /// By entry: its place among those of its point that share one GPU, equals sharing one; nil for
  /// references, bounds and what could not run.
  static func ranks(_ entries: [StudyResults.Entry], _ listing: StudyListing) -> [Int?] {
    let description = try? JSONReader.node(of: listing.description, file: "")
    var ranks: [Int?] = []
    // Entries of one point stand together.
    while ranks.count < entries.count {
      let point = entries[ranks.count...].prefix { $0.values == entries[ranks.count].values }
      let found = ranking(of: point, description, listing.axes)
      ranks += point.map { found.rank(of: $0.policy) }
    }
    return ranks
  }

  private static func ranking(
    of entries: ArraySlice<StudyResults.Entry>, _ description: JSONNode?, _ axes: [String]
  ) -> PolicyRanking {
    let tenants = entries.first { !$0.tenants.isEmpty }?.tenants ?? []
    let objectives = description?.objectives(of: tenants.map(\.name), axes: axes)
    return PolicyRanking(
      policies: entries.map(\.policy).filter(isRanked),
      tenants: tenants.enumerated().map { t, tenant in
        .init(name: tenant.name, model: tenant.model, sloMS: objectives?[t])
      },
      seeds: entries.map { $0.samples[.arrived, default: []].count }.max() ?? 0,
      drawsArrivals: false
    ) { figure, policy, tenant, seed in
      guard let entry = entries.first(where: { $0.policy == policy }) else { return nil }
      let own = tenant.map { $0 < entry.tenants.count ? entry.tenants[$0].samples : [:] }
      let samples = (own ?? entry.samples)[figure] ?? []
      return seed < samples.count ? samples[seed] : nil
    }
  }

  /// Whether a policy, by its label, is a way to share one GPU.
  private static func isRanked(_ label: String) -> Bool {
    let name = String(label.prefix { $0 != "(" })
    guard name != CompareText.reference,
      let policy = RegisteredPolicies.all.policy(named: name)
    else { return false }
    return policy.init(PolicyOptions()).mechanism != .bound
  }

  /// The results as JSON: an object for each row.
  ///
  /// - Throws: never for text that `StudyResults` wrote.
  static func json(_ csv: String, _ listing: StudyListing) throws(InputError) -> String {
    let words = ["experiment", "gpu", "testbed", "policy", "tenant", "model"]
    let table = try CSVReader.table(of: csv, file: "")
    let names = table.header.fields
    let first = listing.columns.count
    let rows = table.rows.map { row in
      JSONReport.object(
        zip(names, row.fields).enumerated().map { i, cell -> (String, JSONReport) in
          let (name, text) = cell
          if text.isEmpty { return (name, .null) }
          if i >= first, words.contains(name) { return (name, .string(text)) }
          if let count = Int64(text) { return (name, .integer(count)) }
          return (name, Double(text).map { .number($0) } ?? .string(text))
        })
    }
    return JSONReport.array(rows).text
  }
}
