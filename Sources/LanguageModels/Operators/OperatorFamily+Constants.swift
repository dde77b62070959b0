extension OperatorFamily {
  /// The family's constants, in the order of `OperatorConstants.values`.
  package var constants: [OperatorConstant] {
    switch self {
    case .gemm: ProductModel.constants
    case .prefillAttention: PrefillModel.constants
    case .decodeAttention: DecodeModel.constants
    case .experts: ExpertModel.constants
    }
  }
}
