import SimBasics

/// One operator's sizes.
package enum OperatorShape: Hashable, Sendable {
  case product(ProductShape)
  case prefill(PrefillShape)
  case decode(DecodeShape)
  case experts(ExpertShape)

  /// The family it belongs to.
  package var family: OperatorFamily {
    switch self {
    case .product: .gemm
    case .prefill: .prefillAttention
    case .decode: .decodeAttention
    case .experts: .experts
    }
  }
}

/// A family's constants at work on a chip.
package struct OperatorPredictor: Sendable {
  let chip: OperatorChip
  let constants: OperatorConstants

  package init(_ chip: OperatorChip, _ constants: OperatorConstants) {
    self.chip = chip
    self.constants = constants
  }

  /// Nanoseconds of shapes of the family; NaN for one of another.
  package func ns(_ shapes: some Sequence<OperatorShape>) -> [Double] {
    switch constants.family {
    case .gemm:
      let model = ProductModel(chip, constants)
      return shapes.map { shape in
        guard case .product(let product) = shape else { return .nan }
        return model.choice(product).ns
      }
    case .prefillAttention:
      let model = PrefillModel(chip, constants)
      return shapes.map { shape in
        guard case .prefill(let prefill) = shape else { return .nan }
        return model.ns(prefill, widthFactor: Self.widthFactor(prefill.heads, constants.values[4]))
      }
    case .decodeAttention:
      let model = DecodeModel(chip, constants)
      return shapes.map { shape in
        guard case .decode(let decode) = shape else { return .nan }
        return model.ns(
          decode, widthFactor: Self.widthFactor(decode.heads, constants.values[11]),
          chainFactor: Self.chainFactor(decode, constants.values[8]))
      }
    case .experts:
      let model = ExpertModel(chip, constants)
      return shapes.map { shape in
        guard case .experts(let experts) = shape else { return .nan }
        return model.choice(experts).ns
      }
    }
  }

  /// (width / 128)^power.
  static func widthFactor(_ heads: AttentionHeads, _ power: Double) -> Double {
    heads.width == 128 ? 1 : PortableMath.pow(Double(heads.width) / 128, power)
  }

  /// (longest / 8192)^power.
  static func chainFactor(_ shape: DecodeShape, _ power: Double) -> Double {
    PortableMath.pow(Double(shape.longest) / 8192, power)
  }
}
