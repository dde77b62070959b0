import Hardware
import LanguageModels
import Tables

/// A file of measured operators of language models, with the columns of AIConfigurator's rows:
/// products, attention of prompts or of decodes, or experts, told from its columns.
package struct OperatorSampleFile: Sendable {
  /// The file's name.
  package var file: String
  /// The operators.
  package var family: OperatorFamily
  /// The samples, in the file's order.
  package var samples: [OperatorSample]
  /// What was not used, said once.
  package var notes: [Diagnostic]

  /// The columns of each family's files.
  static func columns(_ family: OperatorFamily) -> [String] {
    switch family {
    case .gemm: ["gpu", "dtype", "m", "n", "k", "latency_ms"]
    case .prefillAttention:
      [
        "gpu", "dtype", "kv_dtype", "batch", "tokens", "heads", "kv_heads", "head_dim",
        "latency_ms",
      ]
    case .decodeAttention:
      [
        "gpu", "dtype", "kv_dtype", "batch", "kv_tokens", "heads", "kv_heads", "head_dim",
        "latency_ms",
      ]
    case .experts:
      [
        "gpu", "dtype", "tokens", "hidden", "ffn", "top_k", "experts", "tp", "ep", "distribution",
        "latency_ms",
      ]
    }
  }

  /// The family a header tells; nil where it is of none. Rows of products that name a batch, an
  /// operator or a kernel are of another kind (`GEMMSampleFile`).
  package static func family(of header: [String]) -> OperatorFamily? {
    if header.contains("kv_tokens") { return .decodeAttention }
    if header.contains("top_k"), header.contains("experts") { return .experts }
    if header.contains("tokens"), header.contains("kv_heads") { return .prefillAttention }
    let isProduct =
      columns(.gemm).allSatisfy(header.contains) && !header.contains("batch")
      && !header.contains("op") && !header.contains("kernel")
    return isProduct ? .gemm : nil
  }

  /// Reads the samples of a table of a family.
  ///
  /// - Throws: `InputError` with up to 20 faults, each at its place.
  package static func of(
    _ table: CSVTable, _ family: OperatorFamily, library: ModelLibrary
  ) throws(InputError) -> OperatorSampleFile {
    var faults = table.structuralFaults(required: columns(family))
    guard faults.isEmpty else { throw InputError(diagnostics: faults) }
    var reader = OperatorRowReader(table: table, family: family, library: library)
    var samples: [OperatorSample] = []
    for row in table.rows where reader.faults.count < 20 {
      if let sample = reader.sample(row) { samples.append(sample) }
    }
    faults = reader.faults
    if faults.isEmpty, table.rows.isEmpty {
      faults.append(Diagnostic(file: table.file, message: "expected at least one row"))
    }
    guard faults.isEmpty else { throw InputError(diagnostics: faults) }
    let notes = reader.leftOut.map { reason, count in
      Diagnostic(
        file: table.file, severity: .warning,
        message: "\(count == 1 ? "1 row" : "\(count) rows") left out: \(reason)")
    }
    return OperatorSampleFile(
      file: table.file, family: family, samples: samples, notes: notes)
  }
}
