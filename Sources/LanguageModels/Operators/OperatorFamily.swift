/// A family of operators with constants of its own.
package enum OperatorFamily: String, CaseIterable, Sendable {
  /// Products with weights.
  case gemm
  /// Attention of prompts.
  case prefillAttention = "prefill_attention"
  /// Attention of one new token a sequence.
  case decodeAttention = "decode_attention"
  /// The grouped products of a layer's experts.
  case experts = "moe"
}

/// The format operands are in.
package enum OperandPrecision: String, CaseIterable, Sendable {
  case bf16, fp8

  /// Bytes of an operand's element.
  var bytes: Double { self == .fp8 ? 1 : 2 }
}

/// A constant of a family: its key in files, where a fit starts, and what holds it there.
struct OperatorConstant {
  /// The key, with its unit.
  let name: String
  /// The starting point.
  let start: Double
  /// The width of the prior in ln: a fit pays as much for this distance as for an error of 15 %.
  let width: Double
  /// The bounds of what it can mean.
  let bounds: ClosedRange<Double>

  init(_ name: String, _ start: Double, _ width: Double, _ bounds: ClosedRange<Double>) {
    self.name = name
    self.start = start
    self.width = width
    self.bounds = bounds
  }
}

extension OperatorFamily {
  /// The family's constants, in the order of `OperatorConstants.values`.
  var constants: [OperatorConstant] {
    switch self {
    case .gemm: ProductModel.constants
    case .prefillAttention: PrefillModel.constants
    case .decodeAttention: DecodeModel.constants
    case .experts: ExpertModel.constants
    }
  }
}
