import SimBasics
import Tables

/// One measured GEMM of a sample file.
package struct GEMMSample: Sendable {
  /// The GPU's name as the catalogue writes it.
  package var gpu: String
  /// The operator: one of `GEMMSampleFile.operators`.
  package var op: String
  /// The sizes.
  package var shape: GEMMShape
  /// The precision.
  package var precision: GEMMPrecision
  /// The measured duration; nil where the row only asks for a prediction.
  package var latency: SimDuration?
  /// The tile of the kernel that ran, where the file names it.
  package var tile: GEMMTile?
  /// Parts the reduction was divided into, where the grid is known.
  package var split: Int
  /// The row's line in the file.
  package var line: Int

  /// The operands' layout: `bmm` multiplies plain operands, everything else a stored weight.
  package var layout: GEMMLayout { op == "bmm" || shape.batch > 1 ? .batched : .weight }

  /// The measured duration in microseconds.
  var microseconds: Double { Double(latency?.nanoseconds ?? 0) / 1e3 }
}

/// A file of measured GEMMs.
package struct GEMMSampleFile: Sendable {
  /// The file's name.
  package var file: String
  /// The samples, in the file's order.
  package var samples: [GEMMSample]
  /// What was not used, said once.
  package var notes: [Diagnostic]

  /// Columns every file has.
  static let required = ["gpu", "m", "n", "k", "batch", "dtype", "latency_ms"]
  /// Columns that serve where present.
  static let used = [
    "op", "kernel", "grid_x", "grid_y", "grid_z", "block_x", "block_y", "block_z",
  ]
  /// The operators that public samples name: NeuSight's two, and Vidur's products of a layer.
  package static let operators = [
    "linear", "bmm", "attn_pre_proj", "attn_post_proj", "mlp_up_proj", "mlp_down_proj",
  ]
  /// Columns known samples carry that say nothing about the duration.
  static let carried = ["n_kernels", "neusight_split", "model", "tp"]

  /// Reads a file, ours or CUTLASS's.
  ///
  /// - Parameters:
  ///   - gpu: the GPU of rows that do not name theirs.
  ///   - needsGPU: whether such rows are refused without one; else they are taken for each GPU.
  /// - Throws: `InputError` with up to 20 faults, each at its place.
  package static func read(
    _ path: String, catalogue: GEMMCatalogue, gpu: String? = nil, needsGPU: Bool = false
  ) throws(InputError) -> GEMMSampleFile {
    try read(
      try CSVReader.table(at: path, isOurs: false), catalogue: catalogue, gpu: gpu,
      needsGPU: needsGPU)
  }

  /// As `read(_:catalogue:gpu:needsGPU:)`, of a file that has been read.
  package static func read(
    _ table: CSVTable, catalogue: GEMMCatalogue, gpu: String? = nil, needsGPU: Bool = false
  ) throws(InputError) -> GEMMSampleFile {
    let path = table.file
    guard isCUTLASS(table) else {
      if let gpu, table.header.fields.contains("gpu") {
        throw InputError(
          kind: .usage, file: path,
          message: "the rows name their GPUs: '--gpu \(gpu)' is not needed")
      }
      return try GEMMSampleFile.of(table, catalogue: catalogue, gpu: gpu)
    }
    if let gpu {
      guard let sheet = catalogue.sheet(named: gpu) else {
        throw InputError(
          message: "no data sheet of the GPU '\(gpu)' for products",
          hint: NearestName.hint(for: gpu, in: catalogue.names))
      }
      return try ofCUTLASS(table, on: [sheet])
    }
    let known = "one of " + catalogue.sheets.map(\.name).joined(separator: ", ")
    if needsGPU {
      throw InputError(
        file: path, message: "a CUTLASS profile does not name the GPU it was taken on",
        hint: "name it with --gpu: " + known)
    }
    var file = try ofCUTLASS(table, on: catalogue.sheets)
    file.notes.append(
      Diagnostic(
        file: path, severity: .warning,
        message: "a CUTLASS profile does not name its GPU: the rows are held against each",
        hint: "name it with --gpu: " + known))
    return file
  }

  /// The samples of a table.
  package static func of(
    _ table: CSVTable, catalogue: GEMMCatalogue, gpu: String? = nil
  ) throws(InputError) -> GEMMSampleFile {
    let required = gpu == nil ? required : required.filter { $0 != "gpu" }
    let known = required + used + carried
    var others: [String] = []
    for name in table.header.fields
    where !known.contains(name) && NearestName.of(name, in: known) == nil && !name.isEmpty {
      others.append(name)
    }
    var faults = table.structuralFaults(required: required, optional: used + carried + others)
    guard faults.isEmpty else { throw InputError(diagnostics: faults) }
    var reader = RowReader(table: table, catalogue: catalogue, gpu: gpu)
    var samples: [GEMMSample] = []
    for row in table.rows {
      if let sample = reader.sample(row) { samples.append(sample) }
      if reader.faults.count >= 20 { break }
    }
    faults = reader.faults
    if faults.isEmpty, samples.isEmpty {
      faults.append(Diagnostic(file: table.file, message: "expected at least one row"))
    }
    guard faults.isEmpty else { throw InputError(diagnostics: faults) }
    var notes: [Diagnostic] = []
    if !others.isEmpty {
      notes.append(
        Diagnostic(
          file: table.file, line: table.header.line, severity: .note,
          message: "columns not used: \(others.joined(separator: ", "))"))
    }
    return GEMMSampleFile(file: table.file, samples: samples, notes: notes)
  }
}

/// Reads the rows of one sample table, collecting faults.
private struct RowReader {
  let table: CSVTable
  let catalogue: GEMMCatalogue
  var faults: [Diagnostic] = []
  private let column: [String: Int]
  /// The GPU of rows that do not name theirs.
  private let gpuName: String?

  init(table: CSVTable, catalogue: GEMMCatalogue, gpu: String?) {
    gpuName = gpu
    self.table = table
    self.catalogue = catalogue
    column = Dictionary(
      uniqueKeysWithValues: table.header.fields.enumerated().map { ($0.element, $0.offset) })
  }

  private mutating func fault(
    _ name: String, _ row: CSVRow, _ message: String, hint: String? = nil
  ) {
    faults.append(table.fault(row, column[name] ?? 0, message, hint: hint))
  }

  /// A size or extent: sizes above 2^24 are slips of a unit, and products of them overflow.
  private mutating func positive(_ name: String, _ row: CSVRow, isOptional: Bool = false) -> Int? {
    guard let at = column[name] else { return isOptional ? nil : 1 }
    let text = row.fields[at]
    if isOptional, text.isEmpty { return nil }
    if let value = Int(text), (1...(1 << 24)).contains(value) { return value }
    fault(name, row, "expected an integer from 1 to 16777216 in '\(name)', found \"\(text)\"")
    return nil
  }

  mutating func sample(_ row: CSVRow) -> GEMMSample? {
    let before = faults.count
    func text(_ name: String) -> String { column[name].map { row.fields[$0] } ?? "" }
    let name = gpuName ?? text("gpu")
    let gpu = catalogue.sheet(named: name)
    if gpu == nil {
      fault(
        "gpu", row, "unknown GPU '\(name)'",
        hint: NearestName.hint(for: name, in: catalogue.names))
    }
    let precision = GEMMPrecision(rawValue: text("dtype"))
    if precision == nil {
      fault(
        "dtype", row, "unknown dtype '\(text("dtype"))'",
        hint: NearestName.hint(for: text("dtype"), in: GEMMPrecision.allCases.map(\.rawValue)))
    } else if let gpu, let precision, !gpu.hasRate(precision) {
      fault("dtype", row, "the GPU '\(gpu.name)' has no tensor cores for '\(precision)'")
    }
    let given = text("op")
    if !given.isEmpty, !GEMMSampleFile.operators.contains(given) {
      fault(
        "op", row, "unknown operator '\(given)'",
        hint: NearestName.hint(for: given, in: GEMMSampleFile.operators))
    }
    let m = positive("m", row)
    let n = positive("n", row)
    let k = positive("k", row)
    let batch = positive("batch", row)
    let isMeasured = !text("latency_ms").isEmpty
    let latency = isMeasured ? Double(text("latency_ms")) ?? .nan : 1
    if !(latency >= 1e-5 && latency <= 1e9) {
      fault(
        "latency_ms", row,
        "expected a number from 0.00001 to 1000000000 in 'latency_ms', "
          + "found \"\(text("latency_ms"))\"")
    }
    let grid = ["grid_x", "grid_y", "grid_z"].map { positive($0, row, isOptional: true) }
    for name in ["block_x", "block_y", "block_z"] { _ = positive(name, row, isOptional: true) }
    guard faults.count == before, let gpu, let precision, let m, let n, let k, let batch else {
      return nil
    }
    let op = given.isEmpty ? (batch > 1 ? "bmm" : "linear") : given
    var sample = GEMMSample(
      gpu: gpu.name, op: op, shape: GEMMShape(m: m, n: n, k: k, batch: batch),
      precision: precision,
      latency: isMeasured ? SimDuration(nanoseconds: Int64((latency * 1e6).rounded())) : nil,
      tile: nil,
      split: 1, line: row.line)
    if let tile = GEMMTile(kernelName: text("kernel")) { sample.settle(tile, grid: grid) }
    return sample
  }
}

extension GEMMSample {
  /// Whether the row carries a measurement of at least a duration.
  func isMeasured(atLeast minimum: SimDuration) -> Bool { latency.map { $0 >= minimum } ?? false }

  /// Takes over the kernel that ran where its grid agrees with its name; a grid that fits neither
  /// way round means the name is misread, and the kernel counts as unknown.
  mutating func settle(_ tile: GEMMTile, grid: [Int?]) {
    guard let x = grid[0], let y = grid[1] else {
      self.tile = tile
      return
    }
    func tiles(_ t: GEMMTile) -> Int {
      ((shape.n - 1) / t.columns + 1) * ((shape.m - 1) / t.rows + 1)
    }
    let turned = GEMMTile(columns: tile.rows, rows: tile.columns, isSliced: tile.isSliced)
    let plane = x.multipliedReportingOverflow(by: y).partialValue
    if tiles(tile) == plane {
      self.tile = tile
    } else if tiles(turned) == plane {
      self.tile = turned
    } else {
      return
    }
    if layout == .weight, let z = grid[2], z <= shape.k { split = z }
  }
}
