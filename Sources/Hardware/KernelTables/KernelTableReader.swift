import Tables

extension KernelTable {
  /// The format's name and version.
  package static let format = "gpuloom.kernels/1"
  /// The values `provenance` may have.
  package static let provenances = ["measured", "derived", "analytic"]

  static let headerKeys = [
    "format", "model", "gpu", "stack", "precision", "weights_mib", "workspace_mib",
    "input_bytes", "output_bytes", "source", "provenance", "clock_mhz", "sm_count",
    "dram_gb_per_s", "assumed",
  ]
  static let requiredColumns = [
    "batch", "launch", "kernel", "grid_x", "grid_y", "grid_z", "block_x", "block_y", "block_z",
    "registers_per_thread", "shared_memory_bytes", "flop", "dram_bytes", "duration_ns",
  ]
  static let optionalColumns = ["compute_fraction", "dram_fraction", "fusion_class", "stream"]

  /// Reads a kernel table's file.
  ///
  /// - Throws: as `InputFile.text(at:)`, and `badData` with the faults found (up to 20).
  package static func read(_ path: String) throws(InputError) -> KernelTable {
    try read(CSVReader.table(at: path))
  }

  /// Reads a kernel table from a text; `file` names it in errors.
  ///
  /// - Throws: `badData` with the faults found (up to 20).
  package static func read(text: String, file: String) throws(InputError) -> KernelTable {
    try read(CSVReader.table(of: text, file: file))
  }

  /// Reads a kernel table from parsed CSV.
  ///
  /// - Throws: `badData` with the faults found (up to 20).
  package static func read(_ csv: CSVTable) throws(InputError) -> KernelTable {
    if csv.comment("format") == nil, csv.isOther(than: requiredColumns) {
      throw InputError(
        Diagnostic(
          file: csv.file, line: csv.header.line,
          message: "expected a kernel table: '# format: \(format)' and its like, then the columns "
            + requiredColumns.joined(separator: ","),
          hint: "'gpuloom kernels import' makes one of a profile"))
    }
    var header = KernelHeaderReader(csv: csv)
    var table = header.read()
    var faults = header.faults
    let structure = csv.structuralFaults(required: requiredColumns, optional: optionalColumns)
    faults += structure
    if structure.isEmpty {
      var rows = KernelRowReader(csv: csv)
      table.batches = rows.read()
      faults += rows.faults
    }
    if !faults.isEmpty { throw InputError(diagnostics: Array(faults.prefix(20))) }
    return table
  }
}

/// Reads the rows of a kernel table whose columns are all there.
private struct KernelRowReader {
  /// Far above any launch, and low enough that sums over a long run stay in 64 bits.
  private static let mostFLOP = 1_000_000_000_000_000
  private static let mostBytes = 10_000_000_000_000
  private static let mostNS = 1_000_000_000_000

  let csv: CSVTable
  var faults: [Diagnostic] = []
  private var columns: [String: Int] = [:]
  private var row: CSVRow

  init(csv: CSVTable) {
    self.csv = csv
    row = csv.header
    for (i, name) in csv.header.fields.enumerated() { columns[name] = i }
  }

  mutating func read() -> [(batch: Int, launches: [KernelProfile])] {
    var batches: [(batch: Int, launches: [KernelProfile])] = []
    var lastLaunch = -1
    if csv.rows.isEmpty {
      faults.append(Diagnostic(file: csv.file, message: "expected at least one launch, found none"))
    }
    for next in csv.rows {
      if faults.count >= 20 { break }
      row = next
      let batch = integer("batch", 1, 1 << 20)
      let launch = integer("launch", 0, 1 << 40)
      let profile = readProfile()
      guard let batch, let launch else { continue }
      if let last = batches.last, batch == last.batch {
        if launch <= lastLaunch {
          fault(
            "launch", "expected a launch after \(lastLaunch) of batch \(batch), found \(launch)")
        }
        batches[batches.count - 1].launches.append(profile)
      } else {
        if let last = batches.last, batch < last.batch {
          fault(
            "batch", "expected batches in ascending order, found \(batch) after \(last.batch)")
        }
        batches.append((batch, [profile]))
      }
      lastLaunch = launch
    }
    return batches
  }

  private mutating func readProfile() -> KernelProfile {
    let name = text("kernel")
    if name.isEmpty { fault("kernel", "expected a kernel's name in 'kernel', found nothing") }
    let largest = Int(Int32.max)
    let grid = extent("grid", largest)
    let block = extent("block", 1024)
    if Self.product(grid) > largest {
      fault("grid_x", "expected at most \(largest) blocks in a launch")
    }
    if Self.product(block) > 1024 {
      fault(
        "block_x", "expected at most 1024 threads in a block, found \(Self.product(block))")
    }
    let profile = KernelProfile(
      name: name, grid: grid, block: block,
      registersPerThread: integer("registers_per_thread", 0, 512) ?? 0,
      sharedMemoryBytes: integer("shared_memory_bytes", 0, 1 << 24) ?? 0,
      flop: optionalInteger("flop", 0, Self.mostFLOP),
      dramBytes: optionalInteger("dram_bytes", 0, Self.mostBytes),
      durationNS: optionalInteger("duration_ns", 1, Self.mostNS),
      computeFraction: fraction("compute_fraction"), dramFraction: fraction("dram_fraction"),
      fusionClass: text("fusion_class"), stream: integer("stream", 0, 65535, isOptional: true) ?? 0)
    checkDemand("flop", profile.flop, "compute_fraction", profile.computeFraction, profile)
    checkDemand("dram_bytes", profile.dramBytes, "dram_fraction", profile.dramFraction, profile)
    return profile
  }

  /// Faults a launch whose demand can be told neither from a count nor from a fraction.
  private mutating func checkDemand(
    _ countName: String, _ count: Int64?, _ fractionName: String, _ fraction: Double?,
    _ profile: KernelProfile
  ) {
    guard count == nil, text(countName).isEmpty else { return }
    if fraction == nil, text(fractionName).isEmpty {
      fault(countName, "an empty '\(countName)' needs '\(fractionName)'")
    } else if profile.durationNS == nil, text("duration_ns").isEmpty {
      fault("duration_ns", "an empty '\(countName)' needs 'duration_ns'")
    }
  }

  private mutating func fault(_ column: String, _ message: String, hint: String? = nil) {
    faults.append(csv.fault(row, columns[column] ?? -1, message, hint: hint))
  }

  private func text(_ column: String) -> String {
    columns[column].map { row.fields[$0] } ?? ""
  }

  private mutating func extent(_ name: String, _ high: Int) -> Extent3 {
    Extent3(
      integer(name + "_x", 1, high) ?? 1, integer(name + "_y", 1, high) ?? 1,
      integer(name + "_z", 1, high) ?? 1)
  }

  private static func product(_ e: Extent3) -> Int {
    let (plane, over) = e.x.multipliedReportingOverflow(by: e.y)
    let (all, tooMuch) = plane.multipliedReportingOverflow(by: e.z)
    return over || tooMuch ? .max : all
  }

  private mutating func integer(
    _ name: String, _ low: Int, _ high: Int, isOptional: Bool = false
  ) -> Int? {
    let text = text(name)
    if isOptional, text.isEmpty { return nil }
    if let number = Int(text), number >= low, number <= high { return number }
    let wanted =
      low == 0 && text.hasPrefix("-")
      ? "a non-negative integer" : "an integer from \(low) to \(high)"
    fault(name, "expected \(wanted) in '\(name)', found \"\(text.prefix(40))\"")
    return nil
  }

  private mutating func optionalInteger(_ name: String, _ low: Int, _ high: Int) -> Int64? {
    integer(name, low, high, isOptional: true).map(Int64.init)
  }

  private mutating func fraction(_ name: String) -> Double? {
    let text = text(name)
    if text.isEmpty { return nil }
    if let number = Double(text), number >= 0, number <= 1 { return number }
    fault(name, "expected a fraction from 0 to 1 in '\(name)', found \"\(text.prefix(40))\"")
    return nil
  }
}
