import Hardware
import Tables

/// Judges a kernel table that reads well: whether its launches can run on its GPU, and whether its
/// numbers can be true.
package struct KernelLint {
  /// How far below the roofline a duration is an error: no boost clock is this much above the
  /// catalogue's.
  static let clockMargin = 0.85
  /// The shortest launch there is, in nanoseconds: an empty kernel takes about a microsecond on
  /// every GPU of the catalogue (`launch_gap_us` of the testbeds), so half of that is no launch.
  static let shortestNS: Int64 = 500

  let csv: CSVTable
  let table: KernelTable
  /// The GPU it is judged for; nil where nothing is known of it.
  let gpu: GPUSpec?
  var findings: [LintFinding] = []

  /// The findings in a table's file, in the order of the rules and then of the rows.
  ///
  /// - Parameter gpu: the GPU to judge it for; without one, what needs a GPU is not checked.
  /// - Throws: `InputError` where the file is no kernel table.
  package static func findings(
    in csv: CSVTable, for gpu: (KernelTable) -> GPUSpec?
  ) throws(InputError) -> [LintFinding] {
    let table = try KernelTable.read(csv)
    var lint = KernelLint(csv: csv, table: table, gpu: gpu(table))
    lint.judge()
    let order = LintRule.allCases
    return lint.findings.enumerated().sorted {
      let (a, b) = (order.firstIndex(of: $0.1.rule) ?? 0, order.firstIndex(of: $1.1.rule) ?? 0)
      return (a, $0.0) < (b, $1.0)
    }.map(\.1)
  }

  private mutating func judge() {
    judgeHeader()
    var first = 0
    for (batch, launches) in table.batches {
      for (i, launch) in launches.enumerated() {
        let row = LintRow(index: first + i, batch: batch, launch: launch)
        judgeLimits(row)
        judgeRoofline(row)
        judgeDemand(row)
        judgeArchitecture(row)
      }
      judgeDurations(batch, launches, first: first)
      first += launches.count
    }
    judgeMakers()
  }

  // MARK: the table as a whole

  private mutating func judgeHeader() {
    guard let gpu else {
      return add(
        .unknownGPU, .warning, key: "gpu",
        "the GPU '\(table.gpu)' is not in the catalogue: its limits and rates are not checked",
        hint: "name the GPU with --gpu")
    }
    if GPUSpec.find(table.gpu, among: [gpu]) == nil {
      add(
        .otherGPU, .warning, key: "gpu",
        "the table is of '\(table.gpu)', judged for '\(gpu.name)'")
    }
    let needed = table.weightsMiB + table.workspaceMiB
    if needed > Double(gpu.memoryMiB) {
      add(
        .memoryLimit, .error, key: "weights_mib",
        "weights and workspace need \(Self.short(needed)) MiB, '\(gpu.name)' has \(gpu.memoryMiB)")
    }
    if PeakRates(gpu, table.precision).rate == nil {
      add(
        .unknownRate, .warning, key: "precision",
        "'\(gpu.name)' states no rate for \(table.precision.rawValue): that of fp32 is taken")
    }
  }

  private mutating func judgeMakers() {
    let rows = table.batches.flatMap(\.launches)
    guard let amd = rows.firstIndex(where: { KernelArchitecture.isAMD($0.name) }),
      let other = rows.firstIndex(where: { KernelArchitecture.of($0.name) != nil })
    else { return }
    add(
      .mixedDevices, .error, LintRow(index: amd, batch: nil, launch: rows[amd]), column: "kernel",
      "kernels of AMD and of NVIDIA GPUs in one table: '\(Self.clipped(rows[amd].name))' and "
        + "'\(Self.clipped(rows[other].name))'")
  }

  // MARK: findings

  mutating func add(
    _ rule: LintRule, _ severity: Diagnostic.Severity, _ row: LintRow, column: String,
    _ message: String, hint: String? = nil
  ) {
    let at = csv.rows[row.index]
    let field = csv.index(of: column) ?? -1
    findings.append(
      LintFinding(
        rule: rule,
        diagnostic: Diagnostic(
          file: csv.file, line: at.line,
          column: at.columns.indices.contains(field) ? at.columns[field] : 1, severity: severity,
          message: message, hint: hint), batch: row.batch, kernel: row.launch.name))
  }

  private mutating func add(
    _ rule: LintRule, _ severity: Diagnostic.Severity, key: String, _ message: String,
    hint: String? = nil
  ) {
    let comment = csv.comment(key)
    findings.append(
      LintFinding(
        rule: rule,
        diagnostic: Diagnostic(
          file: csv.file, line: comment?.line ?? 1, column: comment?.valueColumn ?? 1,
          severity: severity, message: message, hint: hint)))
  }

  /// A name as messages show it.
  static func clipped(_ name: String) -> String {
    name.count > 60 ? String(name.prefix(59)) + "…" : name
  }

  /// A number with four significant digits, for messages.
  static func short(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var scale = 1.0
    while scale < 1e9, abs(value) * scale < 1000 { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
  }
}

/// A launch and where it stands.
struct LintRow {
  /// The row's position among the file's rows.
  var index: Int
  /// Its batch; nil where the finding is about the table.
  var batch: Int?
  var launch: KernelProfile
}
