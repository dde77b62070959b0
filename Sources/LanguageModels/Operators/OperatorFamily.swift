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
