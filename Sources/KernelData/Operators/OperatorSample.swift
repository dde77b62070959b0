import LanguageModels
import SimBasics

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
