import Hardware
import SimBasics
import Tables

/// One measured operator of a sample file.
package struct OperatorSample: Sendable {
  /// The GPU's catalogue name.
  package var gpu: String
  /// The operands' precision.
  package var precision: OperandPrecision
  /// Its sizes.
  package var shape: OperatorShape
  /// The measured duration; nil where the row only asks for a prediction.
  package var latency: SimDuration?
  /// The row's line in the file.
  package var line: Int

  /// Whether the row carries a measurement of at least a duration.
  func isMeasured(atLeast minimum: SimDuration) -> Bool { latency.map { $0 >= minimum } ?? false }

  /// Whether the sizes are of the half that fits use, chosen by a hash of them; whatever the
  /// precision.
  package var isFitted: Bool { (hash >> 41) & 1 == 0 }

  /// A hash of the sizes.
  var hash: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for size in shape.sizes {
      var rest = UInt64(truncatingIfNeeded: size)
      for _ in 0..<8 {
        hash = (hash ^ (rest & 0xff)) &* 0x100_0000_01b3
        rest >>= 8
      }
    }
    return hash
  }
}

extension OperatorShape {
  /// The sizes that a sample file states.
  var sizes: [Int] {
    switch self {
    case .product(let shape): [shape.m, shape.n, shape.k]
    case .prefill(let shape):
      [shape.sequences, shape.longest, shape.heads.queries, shape.heads.keys, shape.heads.width]
    case .decode(let shape):
      [shape.sequences, shape.longest, shape.heads.queries, shape.heads.keys, shape.heads.width]
    case .experts(let shape):
      [
        shape.tokens, shape.hidden, shape.ffn, shape.perToken, shape.experts, shape.ranks,
        shape.spread.code,
      ]
    }
  }

  /// The sizes in words.
  package var text: String {
    switch self {
    case .product(let shape): "\(shape.m)x\(shape.n)x\(shape.k)"
    case .prefill(let shape):
      "\(shape.sequences) x \(shape.longest) tokens, \(shape.heads.text)"
    case .decode(let shape):
      "\(shape.sequences) x \(shape.longest) cached, \(shape.heads.text)"
    case .experts(let shape):
      "\(shape.tokens) tokens, \(shape.perToken) of \(shape.experts) experts of "
        + "\(shape.hidden)x\(shape.ffn)" + (shape.ranks > 1 ? ", 1 of \(shape.ranks) ranks" : "")
    }
  }
}

extension AttentionHeads {
  fileprivate var text: String { "\(queries)/\(keys) heads of \(width)" }
}

extension ExpertSpread {
  fileprivate var code: Int {
    switch self {
    case .random: 0
    case .balanced: 1
    case .powerLaw(let exponent): 2 + Int((exponent * 1000).rounded())
    }
  }
}

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
