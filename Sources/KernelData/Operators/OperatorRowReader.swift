import Hardware
import LanguageModels
import SimBasics
import Tables

/// Reads the rows of one table of measured operators, collecting faults.
struct OperatorRowReader {
  let table: CSVTable
  let family: OperatorFamily
  let library: ModelLibrary
  private(set) var faults: [Diagnostic] = []
  /// Reasons of rows that are not modelled, and how many there are, in the order met.
  private(set) var leftOut: [(reason: String, count: Int)] = []
  private var column: [String: Int] = [:]
  private var gpus: [(written: String, name: String)] = []

  /// Formats that serving stacks measure; those below bf16 and fp8 are not modelled.
  private static let precisions: [(name: String, precision: OperandPrecision?)] = [
    ("bfloat16", .bf16), ("float16", .bf16), ("bf16", .bf16), ("fp16", .bf16), ("fp8", .fp8),
    ("fp8_block", nil), ("nvfp4", nil), ("mxfp4", nil), ("w4a16_mxfp4", nil), ("w4a8_mxfp4", nil),
    ("int4_wo", nil), ("int8_wo", nil), ("int8", nil), ("w4afp8", nil), ("float32", nil),
  ]

  init(table: CSVTable, family: OperatorFamily, library: ModelLibrary) {
    self.table = table
    self.family = family
    self.library = library
    for (i, name) in table.header.fields.enumerated() { column[name] = i }
  }

  mutating func sample(_ row: CSVRow) -> OperatorSample? {
    let before = faults.count
    let gpu = gpu(row)
    let precision = precision("dtype", row)
    let cache: OperandPrecision? =
      column["kv_dtype"] == nil ? .bf16 : self.precision("kv_dtype", row)
    let shape = shape(row)
    let latency = latency(row)
    guard faults.count == before, let shape else { return nil }
    guard let precision else {
      leaveOut("operands in '\(text("dtype", row))' are not modelled")
      return nil
    }
    if family == .prefillAttention || family == .decodeAttention {
      guard precision == .bf16, cache == .bf16 else {
        leaveOut("keys and values in '\(text("kv_dtype", row))' are not modelled")
        return nil
      }
    }
    return OperatorSample(
      gpu: gpu, precision: precision, shape: shape, latency: latency, line: row.line)
  }

  private mutating func leaveOut(_ reason: String) {
    if let at = leftOut.firstIndex(where: { $0.reason == reason }) {
      leftOut[at].count += 1
    } else {
      leftOut.append((reason, 1))
    }
  }

  private func text(_ name: String, _ row: CSVRow) -> String {
    column[name].map { row.fields[$0] } ?? ""
  }

  private mutating func fault(
    _ name: String, _ row: CSVRow, _ message: String, hint: String? = nil
  ) {
    faults.append(table.fault(row, column[name] ?? 0, message, hint: hint))
  }

  private mutating func gpu(_ row: CSVRow) -> String {
    let written = text("gpu", row)
    if let known = gpus.first(where: { $0.written == written }) { return known.name }
    do throws(InputError) {
      if ModelLibrary.isPath(written) { throw InputError(message: "a path") }
      let name = try library.gpu(written).name
      gpus.append((written, name))
      return name
    } catch {
      fault(
        "gpu", row, "unknown GPU '\(Excerpt.word(written))'",
        hint: NearestName.hint(for: written, in: library.gpuNames))
      return ""
    }
  }

  /// The precision; nil with a fault where the word is unknown, without where it is not modelled.
  private mutating func precision(_ name: String, _ row: CSVRow) -> OperandPrecision? {
    let word = text(name, row)
    if let known = Self.precisions.first(where: { $0.name == word }) { return known.precision }
    fault(
      name, row, "unknown \(name) '\(Excerpt.word(word))'",
      hint: NearestName.hint(for: word, in: Self.precisions.map(\.name)))
    return nil
  }

  private mutating func latency(_ row: CSVRow) -> SimDuration? {
    let word = text("latency_ms", row)
    if word.isEmpty { return nil }
    if let value = Double(word), value >= 1e-5, value <= 1e9 {
      return SimDuration(nanoseconds: Int64((value * 1e6).rounded()))
    }
    fault(
      "latency_ms", row,
      "expected a number from 0.00001 to 1000000000 in 'latency_ms', "
        + "found \"\(Excerpt.word(word))\"")
    return nil
  }

  /// A size: sizes above 2^24 are slips of a unit, and products of them overflow.
  private mutating func size(_ name: String, _ row: CSVRow) -> Int {
    let word = text(name, row)
    if let value = Int(word), (1...(1 << 24)).contains(value) { return value }
    fault(
      name, row,
      "expected an integer from 1 to 16777216 in '\(name)', found \"\(Excerpt.word(word))\"")
    return 1
  }

  private mutating func shape(_ row: CSVRow) -> OperatorShape? {
    switch family {
    case .gemm:
      return .product(ProductShape(m: size("m", row), n: size("n", row), k: size("k", row)))
    case .prefillAttention:
      let batch = size("batch", row)
      return .prefill(PrefillShape(batch: batch, tokens: size("tokens", row), heads: heads(row)))
    case .decodeAttention:
      let (batch, tokens) = (size("batch", row), size("kv_tokens", row))
      return .decode(
        DecodeShape(
          sequences: batch, context: batch * tokens, longest: tokens, heads: heads(row),
          isRepeated: true))
    case .experts: return experts(row)
    }
  }

  private mutating func heads(_ row: CSVRow) -> AttentionHeads {
    let heads = AttentionHeads(
      queries: size("heads", row), keys: size("kv_heads", row), width: size("head_dim", row))
    if heads.queries % heads.keys != 0 {
      fault(
        "kv_heads", row,
        "expected a divisor of the \(heads.queries) heads in 'kv_heads', found \(heads.keys)")
    }
    return heads
  }

  private mutating func experts(_ row: CSVRow) -> OperatorShape? {
    let parts = size("tp", row)
    let shape = ExpertShape(
      tokens: size("tokens", row), hidden: size("hidden", row),
      ffn: (size("ffn", row) + parts - 1) / parts, perToken: size("top_k", row),
      experts: size("experts", row), ranks: size("ep", row), spread: spread(row))
    if shape.perToken > shape.experts {
      fault(
        "top_k", row,
        "expected at most the \(shape.experts) experts in 'top_k', found \(shape.perToken)")
    }
    if shape.ranks > shape.experts {
      fault(
        "ep", row, "expected at most the \(shape.experts) experts in 'ep', found \(shape.ranks)")
    }
    return .experts(shape)
  }

  private mutating func spread(_ row: CSVRow) -> ExpertSpread {
    let word = text("distribution", row)
    if word == "balanced" { return .balanced }
    let prefix = "power_law_"
    if word.hasPrefix(prefix), let exponent = Double(word.dropFirst(prefix.count)),
      exponent > 0, exponent <= 10
    {
      return .powerLaw(exponent)
    }
    fault(
      "distribution", row,
      "expected 'balanced' or 'power_law_' and an exponent in 'distribution', "
        + "found \"\(Excerpt.word(word))\"")
    return .balanced
  }
}
