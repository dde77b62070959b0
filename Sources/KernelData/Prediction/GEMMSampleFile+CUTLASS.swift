import SimBasics
import Tables

/// CUTLASS's profiler (`cutlass_profiler --output`): a row for each problem and operation, with the
/// tile (`cta_m`, `cta_n`) and the runtime in milliseconds, and no word of the GPU.
extension GEMMSampleFile {
  /// The columns that tell such a file and that a row is read by.
  private static let cutlass = [
    "OperationKind", "m", "n", "k", "A", "B", "cta_m", "cta_n", "Runtime",
  ]
  /// The reason of rows that are no measured product, in words.
  private static let reasons = [
    "other operations", "failed or not run", "of precisions not modelled",
  ]

  /// Whether a table is one.
  static func isCUTLASS(_ table: CSVTable) -> Bool {
    cutlass.allSatisfy { table.header.fields.contains($0) }
  }

  /// The measured products in such a file, as if on each of these GPUs.
  ///
  /// - Throws: `InputError` with up to 20 faults, each at its place.
  static func ofCUTLASS(
    _ table: CSVTable, on gpus: [GEMMDataSheet]
  ) throws(InputError) -> GEMMSampleFile {
    var faults: [Diagnostic] = []
    var samples: [GEMMSample] = []
    var leftOut = [0, 0, 0]
    for row in table.rows where faults.count < 20 {
      func text(_ name: String) -> String { table.index(of: name).map { row.fields[$0] } ?? "" }
      func size(_ name: String) -> Int {
        if let value = Int(text(name)), (1...(1 << 24)).contains(value) { return value }
        faults.append(
          table.fault(
            row, table.index(of: name) ?? 0,
            "expected an integer from 1 to 16777216 in '\(name)', found \"\(text(name))\""))
        return 1
      }
      if text("OperationKind").lowercased() != "gemm" {
        leftOut[0] += 1
        continue
      }
      let (disposition, status) = (text("Disposition"), text("Status"))
      if !["", "passed", "not_verified"].contains(disposition) || !["", "success"].contains(status)
        || text("Runtime").isEmpty || Double(text("Runtime")) == 0
      {
        leftOut[1] += 1
        continue
      }
      guard let precision = precision(text("A"), text("op_class")) else {
        leftOut[2] += 1
        continue
      }
      let runtime = Double(text("Runtime")) ?? .nan
      if !(runtime >= 1e-5 && runtime <= 1e9) {
        faults.append(
          table.fault(
            row, table.index(of: "Runtime") ?? 0,
            "expected a number from 0.00001 to 1000000000 in 'Runtime', "
              + "found \"\(text("Runtime"))\""))
      }
      let batch = text("batch_count").isEmpty ? 1 : size("batch_count")
      let shape = GEMMShape(m: size("m"), n: size("n"), k: size("k"), batch: batch)
      let (rows, columns) = (size("cta_m"), size("cta_n"))
      let split = text("split_k_slices").isEmpty ? 1 : size("split_k_slices")
      guard faults.isEmpty else { continue }
      for gpu in gpus where gpu.hasRate(precision) {
        var sample = GEMMSample(
          gpu: gpu.name, op: isWeight(text("A"), text("B")) && batch == 1 ? "linear" : "bmm",
          shape: shape, precision: precision,
          latency: SimDuration(nanoseconds: Int64((runtime * 1e6).rounded())), tile: nil, split: 1,
          line: row.line)
        if GEMMTile.sizes.contains(rows), GEMMTile.sizes.contains(columns) {
          sample.tile = GEMMTile(columns: columns, rows: rows)
        }
        if sample.layout == .weight { sample.split = min(split, shape.k) }
        samples.append(sample)
      }
    }
    if faults.isEmpty, samples.isEmpty {
      faults.append(
        Diagnostic(file: table.file, message: "no measured product in this CUTLASS profile"))
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    let notes = zip(reasons, leftOut).filter { $0.1 > 0 }.map { reason, count in
      Diagnostic(
        file: table.file, severity: .warning, message: "\(count) rows left out: \(reason)")
    }
    return GEMMSampleFile(file: table.file, samples: samples, notes: notes)
  }

  /// `f32:column` on the plain cores, `f16:row` and `bf16:row` on tensor cores.
  private static func precision(_ operand: String, _ opClass: String) -> GEMMPrecision? {
    switch (operand.prefix { $0 != ":" }, opClass) {
    case ("f32", "simt"), ("f32", ""): return .fp32
    case ("f16", "tensorop"), ("f16", "wmma"), ("f16", ""): return .fp16
    case ("bf16", "tensorop"), ("bf16", "wmma"), ("bf16", ""): return .bf16
    default: return nil
    }
  }

  /// Whether the second operand is stored transposed to the first, as a layer's weight is.
  private static func isWeight(_ a: String, _ b: String) -> Bool {
    a.hasSuffix(":row") && b.hasSuffix(":column")
  }
}
