import Metrics
import Reports
import Tables

extension ResultReport {
  /// A sentence on tenants beyond those that have pictures.
  private var tenantsLeftOut: String {
    let (most, count) = (ResultFigures.mostTenants, rows.tenants.count)
    return count > most ? " \(most) of \(count) tenants are drawn." : ""
  }

  // MARK: Latency

  var latency: String {
    var text = ""
    let isMany = rows.policies.count > 8
    let scope = isMany ? " With more than eight policies all tenants are drawn together." : ""
    for point in figures.shownPoints {
      text += heading(point)
      let words =
        folder.requests != nil
        ? "Every request of requests.csv, over all seeds; what was never done is later than any."
        : "Through the quantiles of \(folder.isStudy ? "study.csv" : "summary.csv"), means over the seeds; "
          + "'gpuloom compare --requests' logs every request, for whole distributions."
      text += HTMLText.figure(
        figures.latencies(point: point), id: "latency-\(point)",
        caption: words + scope + tenantsLeftOut)
      text += HTMLText.details("Percentiles as a table", percentiles(at: point))
    }
    return text
  }

  private func percentiles(at point: Int) -> String {
    let shown: [(SummaryFigure, String)] = [
      (.latencyMean, "mean"), (.latencyP50, "p50"), (.latencyP90, "p90"), (.latencyP95, "p95"),
      (.latencyP99, "p99"), (.latencyP999, "p99.9"), (.latencyMax, "max"),
    ]
    var table = ReportTable(
      columns: [ReportColumn("policy"), ReportColumn("tenant")]
        + shown.map { ReportColumn($0.1, unit: "ms") })
    var keys: [String] = []
    for p in rows.policies.indices {
      for tenant in [nil] + rows.tenants.indices.map({ $0 })
      where rows.tenants.count > 1 || tenant == nil {
        table.append(
          [.text(rows.policies[p]), .text(figures.name(tenant))]
            + shown.map { cell(rows.statistics($0.0, point: point, policy: p, tenant: tenant)) })
        keys.append(rows.policies[p])
      }
    }
    return table.html(caption: caption("Percentiles of latency", point), keys: keys)
  }

  // MARK: Load

  /// nil where nothing is varied that is a number.
  var load: String? {
    guard let axis = figures.loadAxis else { return nil }
    let sweeps = figures.sweeps(along: axis)
    let hasSLO = rows.has("slo_attainment")
    var text = ""
    for (i, sweep) in sweeps.prefix(ResultFigures.mostSweeps).enumerated() {
      if !sweep.name.isEmpty { text += "<h3>\(HTMLText.escaped(sweep.name))</h3>\n" }
      text += HTMLText.figure(
        figures.load(sweep, axis: axis), id: "load-\(i)",
        caption: "Each policy along \(rows.axes[axis])."
          + (hasSLO ? " Dotted: its knee, beyond which it does not meet every objective." : ""))
      if hasSLO { text += knees(sweep, axis: axis) }
    }
    if sweeps.count > ResultFigures.mostSweeps {
      text += HTMLText.paragraph(
        "\(ResultFigures.mostSweeps) of \(sweeps.count) combinations of the other axes are drawn; "
          + "the table of all points has all.", kind: "note")
    }
    return text
  }

  private func knees(_ sweep: ResultFigures.Sweep, axis: Int) -> String {
    var table = ReportTable(columns: [
      ReportColumn("policy"),
      ReportColumn("knee", title: "knee: \(rows.axes[axis])", best: .highest),
      ReportColumn("note", title: "remark"),
    ])
    for p in rows.policies.indices {
      let (value, isOnceMore) = figures.knee(sweep, policy: p)
      var remark = ""
      if value == nil { remark = "misses an objective from the first value on" }
      if let value, value == sweep.points.last?.value { remark = "meets all up to the last value" }
      if isOnceMore {
        remark += (remark.isEmpty ? "" : "; ") + "meets them again beyond: not monotone"
      }
      table.append([
        .text(rows.policies[p]), value.map { .number($0) } ?? .none,
        remark.isEmpty ? .none : .text(remark),
      ])
    }
    let name = sweep.name.isEmpty ? "" : ", \(sweep.name)"
    return table.html(
      caption: "The largest \(rows.axes[axis]) up to which every objective is met\(name)",
      keys: rows.policies)
  }

  // MARK: Work

  var tradeoff: String {
    let word = figures.workFigure == .goodput ? "goodput" : "throughput"
    var words = "Left and up is better."
    if rows.policies.count <= 7 {
      words += " Dashed: what no policy that shares one GPU beats in both p99 and \(word)."
    }
    let models = Set(rows.tenants.map(\.model))
    if models.count > 1 {
      words += " The p99 of all tenants is over unlike models: each tenant's own is above."
    }
    return HTMLText.figure(figures.pareto(sharing: sharing), id: "pareto", caption: words)
  }

  // MARK: Waits

  var waits: String {
    guard figures.hasWaits else {
      return HTMLText.paragraph(
        "These results do not tell what latencies went to: 'gpuloom compare --why' has them split.")
    }
    return figures.shownPoints.map { point in
      heading(point)
        + HTMLText.figure(
          figures.waits(point: point), id: "waits-\(point)",
          caption: "Means over a tenant's requests; the parts of a bar add up to the mean latency."
            + tenantsLeftOut)
    }.joined()
  }

  // MARK: Use

  var use: String {
    let named = ResultFigures.fractions.map(\.name).joined(separator: ", ")
    let text = figures.shownPoints.map { point in
      heading(point)
        + HTMLText.figure(
          figures.use(point: point), id: "use-\(point)",
          caption:
            "Four things that 'utilization' may mean (\(named)), of the measured time and of "
            + "all GPUs used.")
        + HTMLText.details("As a table", fractions(at: point))
    }.joined()
    return text + useOverTime
  }

  private func fractions(at point: Int) -> String {
    let shown = ResultFigures.fractions + [(.dramUtilization, "DRAM utilization")]
    var table = ReportTable(
      columns: [ReportColumn("policy")]
        + shown.map { ReportColumn($0.name, unit: "%", scale: 100, range: 0...1) })
    for p in rows.policies.indices {
      table.append(
        [.text(rows.policies[p])]
          + shown.map { cell(rows.statistics($0.figure, point: point, policy: p, tenant: nil)) })
    }
    return table.html(caption: caption("Use of the GPU", point), keys: rows.policies)
  }

  // MARK: Manifest

  var manifest: String {
    var text = ""
    for remark in folder.remarks {
      text += HTMLText.paragraph("\(remark.severity.rawValue): \(remark.message)")
    }
    let known =
      ResultFigures.waits.map(\.column) + SummaryTable.servingColumnNames
      + SummaryTable.costColumnNames
    let unknown = rows.moreColumns.filter { !known.contains($0) }
    if !unknown.isEmpty {
      text += HTMLText.paragraph(
        "Columns that this page does not show: \(unknown.joined(separator: ", ")).")
    }
    guard let manifest = folder.manifest else {
      return text + HTMLText.paragraph("There is no manifest: nothing is known of the inputs.")
    }
    var table = ReportTable(columns: [
      ReportColumn("role", title: "input"), ReportColumn("name"),
      ReportColumn("sha256", title: "SHA-256"),
    ])
    for input in manifest.node["inputs"]?.elements ?? [] {
      table.append(
        ["role", "name", "sha256"].map { key in input[key]?.text.map { .text($0) } ?? .none })
    }
    if let version = manifest.node["version"]?.text {
      text += HTMLText.paragraph(
        "Made by gpuloom \(version), seeds \(rows.seeds.joined(separator: ", ")).")
    }
    for words in manifest.node["set"]?.elements ?? [] {
      text += HTMLText.paragraph("Set: \(words.text ?? "")")
    }
    for refused in manifest.node["refused"]?.elements ?? [] {
      text += HTMLText.paragraph(
        "Refused: \(refused["policy"]?.text ?? ""): \(refused["reason"]?.text ?? "")")
    }
    if !table.rows.isEmpty { text += table.html(caption: "What the runs read") }
    return text
      + HTMLText.details(
        "\(manifest.name), whole", "<pre>\(HTMLText.escaped(manifest.text))</pre>\n")
  }
}
