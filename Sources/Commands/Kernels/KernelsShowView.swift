import CommandLine
import Hardware
import KernelData
import Reports
import Tables

/// What `kernels show` tells of one batch of a table on a GPU.
struct KernelsShowView {
  let table: KernelTable
  let batch: Int
  let gpu: GPUSpec
  let summary: KernelSummary
  let notes: [Diagnostic]

  /// Reads the table and summarises the batch.
  init(_ word: String, gpu name: String?, batch wanted: Int?) throws(InputError) {
    let library = ModelLibrary.locate()
    var notes: [Diagnostic] = []
    // A model of the catalogue goes by its name.
    var path = word
    let csv: CSVTable
    if KernelsTables.isModel(word, library) {
      let found = try KernelsTables.found(
        word, on: name, including: wanted.map { [$0] } ?? [], library)
      csv = try CSVReader.table(of: found.table.csvText, file: word)
      if let text = found.note {
        notes.append(Diagnostic(file: word, severity: .note, message: text))
      }
    } else {
      path = try KernelsTables.paths(word, gpu: nil, library)[0]
      csv = try KernelsTables.csv(path)
    }
    table = try KernelTable.read(csv)
    let asked = try name.map { name throws(InputError) in try library.gpu(name) }
    guard let gpu = KernelsTables.gpu(of: table, asked: asked, try library.gpus()) else {
      throw InputError(
        kind: .missingFile,
        Diagnostic(
          file: path, message: "the GPU '\(table.gpu)' of this table is not in the catalogue",
          hint: "name the GPU to show it on with --gpu; 'gpuloom gpus' lists them"))
    }
    if GPUSpec.find(table.gpu, among: [gpu]) == nil {
      notes.append(
        Diagnostic(
          file: path, severity: .warning,
          message: "the table is of '\(table.gpu)': its durations are not those of '\(gpu.name)'"))
    }
    let first = table.batches[0].batch
    let size = wanted ?? first
    guard let rows = table.rows(batch: size) else {
      throw InputError(
        kind: .usage,
        Diagnostic(
          file: path, message: "no batch \(size): the largest is \(table.batches.last?.batch ?? 0)",
          hint: "the table has the batches "
            + table.batches.map { "\($0.batch)" }.joined(separator: ", ")))
    }
    let launches: [KernelProfile]
    // The table's own batches behind what is shown.
    var origins = [size]
    switch rows {
    case .exact(let exact): launches = exact
    case .interpolated(let between, let below, let above):
      launches = between
      origins = [below, above]
      notes.append(
        Diagnostic(
          file: path, severity: .note,
          message: "batch \(size) is interpolated between \(below) and \(above)"))
    case .padded(let above, let larger):
      launches = above
      origins = [larger]
      notes.append(
        Diagnostic(
          file: path, severity: .note, message: "batch \(size) is padded to batch \(larger)"))
    }
    notes += try Self.impossible(in: csv, batches: origins, on: gpu)
    summary = try KernelSummary(launches, on: gpu, precision: table.precision, file: path)
    self.gpu = gpu
    self.notes = notes
    batch = size
  }

  /// What the lint says of the launches that are faster than the GPU can be: a few, as warnings.
  private static func impossible(
    in csv: CSVTable, batches: [Int], on gpu: GPUSpec
  ) throws(InputError) -> [Diagnostic] {
    let findings = try KernelLint.findings(in: csv) { _ in gpu }
    return findings.filter { finding in
      finding.rule == .belowRoofline && finding.batch.map(batches.contains) ?? false
    }.diagnostics(upTo: 3).map { finding in
      var warning = finding
      if warning.severity == .error { warning.severity = .warning }
      return warning
    }
  }

  /// What is shown, in a few lines.
  var heading: String {
    let others = table.batches.map { "\($0.batch)" }.joined(separator: ", ")
    return "\(table.model) on \(gpu.name) · batch \(batch) of \(others) · "
      + "\(table.precision.rawValue) · \(table.stack)\n\(table.provenance): \(table.source)\n"
  }

  /// The model as a whole.
  var overview: ReportTable {
    let total = summary.total
    let rates = PeakRates(gpu, table.precision)
    var rows = ReportTable(columns: [ReportColumn("what"), ReportColumn("value")])
    func row(_ what: String, _ value: String) { rows.append([.text(what), .text(value)]) }
    func percent(_ share: Double) -> String { NumberText.fixed(share * 100, 1) + " %" }
    func share(_ part: Double) -> String {
      total.durationNS > 0 ? percent(part / total.durationNS) : "-"
    }
    let kinds = Set(summary.launches.map(\.profile.name)).count
    row("launches", "\(total.count), \(kinds) different kernels")
    let predicted = total.predictedCount > 0 ? ", \(total.predictedCount) of them predicted" : ""
    row("back to back", NumberText.significant(total.durationNS / 1e6, 4) + " ms" + predicted)
    row(
      "work",
      NumberText.significant(total.flop / 1e9, 4) + " GFLOP, "
        + NumberText.significant(total.teraflopPerSecond, 3) + " TFLOP/s of "
        + NumberText.significant(rates.wholeGPU / 1e3, 3))
    row(
      "DRAM",
      NumberText.significant(total.bytes / 1_048_576, 4) + " MiB, "
        + NumberText.significant(total.gigabytesPerSecond, 3) + " GB/s of "
        + NumberText.significant(gpu.dramGBPerS, 3))
    row("roofline", "least time " + share(total.boundNS) + " of the duration")
    row("tail loss", share(total.tailNS) + " of the time")
    row(
      "cannot fill the GPU",
      "\(total.partialCount) launches are less than one wave, \(percent(total.partialShare)) of "
        + "the time")
    row(
      "fewer blocks than SMs",
      "\(total.idleCount) launches, \(percent(total.idleShare)) of the time")
    let limits = summary.limiters.map { "\($0.limiter.rawValue) \(percent($0.share))" }
    row("occupancy", percent(total.warpShare) + ", limited by " + limits.joined(separator: ", "))
    return rows
  }

  var families: ReportTable { Self.table("family", summary.families, summary) }

  var kernelHeading: String {
    let all = summary.kernels.count
    return all > 12 ? "By kernel, the 12 of \(all) with most time" : "By kernel"
  }

  /// Groups by kernel, most time first.
  func kernels(most: Int?) -> ReportTable {
    let groups = summary.kernels
    guard let most else { return Self.table("kernel", groups, summary) }
    // For readers: names of templates fill a line and more.
    let shown = groups.prefix(most).map { group in
      var group = group
      group.name = DisplayText.clipped(DiagnosticText.printable(group.name), to: 44)
      return group
    }
    return Self.table("kernel", shown, summary)
  }

  private static func table(
    _ key: String, _ groups: [KernelGroup], _ summary: KernelSummary
  ) -> ReportTable {
    func share(_ name: String, _ title: String) -> ReportColumn {
      ReportColumn(name, title: title, unit: "%", decimals: 1, scale: 100)
    }
    var rows = ReportTable(columns: [
      ReportColumn(key), ReportColumn("launches"),
      ReportColumn("duration_ms", title: "time", unit: "ms"), share("time_share", "share"),
      ReportColumn("gflop", title: "work", unit: "GFLOP"),
      ReportColumn("dram_mib", title: "DRAM", unit: "MiB"),
      ReportColumn("tflops", title: "rate", unit: "TFLOP/s"),
      ReportColumn("dram_gb_per_s", title: "DRAM rate", unit: "GB/s"),
      share("roofline_fraction", "roofline"), ReportColumn("waves"),
      share("tail_fraction", "tail loss"), share("partial_fraction", "< 1 wave"),
      share("occupancy", "occupancy"), ReportColumn("limiter"),
    ])
    let time = summary.total.durationNS
    for group in groups {
      func part(_ value: Double) -> ReportCell {
        group.durationNS > 0 ? .number(value / group.durationNS) : .none
      }
      rows.append([
        .text(group.name), .integer(Int64(group.count)),
        .number(group.durationNS / 1e6), time > 0 ? .number(group.durationNS / time) : .none,
        .number(group.flop / 1e9), .number(group.bytes / 1_048_576),
        .number(group.teraflopPerSecond), .number(group.gigabytesPerSecond),
        part(group.boundNS), .number(group.waves), part(group.tailNS),
        .number(group.partialShare), .number(group.warpShare), .text(group.limiter.rawValue),
      ])
    }
    return rows
  }

  /// Every launch.
  var launches: ReportTable {
    var rows = ReportTable(
      columns: [
        "launch", "kernel", "family", "duration_ns", "predicted", "flop", "dram_bytes", "blocks",
        "waves", "blocks_per_sm", "occupancy", "limiter", "roofline_fraction", "tail_fraction",
        "block_sm_demand", "sm_demand", "sm_demand_from", "dram_demand", "dram_demand_from",
      ].map { ReportColumn($0) })
    for (i, launch) in summary.launches.enumerated() {
      rows.append([
        .integer(Int64(i)), .text(launch.profile.name), .text(launch.family.rawValue),
        .number(launch.durationNS), .integer(launch.isPredicted ? 1 : 0), .number(launch.flop),
        .number(launch.bytes), .integer(Int64(launch.profile.grid.count)), .number(launch.waves),
        .integer(Int64(launch.occupancy.blocksPerSM)), .number(launch.warpShare),
        .text(launch.occupancy.limiter.rawValue), .number(launch.boundNS / launch.durationNS),
        .number(launch.tailNS / launch.durationNS), .number(launch.demand.blockShare),
        .number(launch.demand.smShare), .text(launch.demand.smOrigin),
        .number(launch.demand.dramShare), .text(launch.demand.dramOrigin),
      ])
    }
    return rows
  }
}
