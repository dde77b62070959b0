/// The attention of one new token for each of several sequences.
package struct DecodeShape: Hashable, Sendable {
  /// Sequences.
  package var sequences: Int
  /// Cached and new tokens of all.
  package var context: Int
  /// The longest sequence's.
  package var longest: Int
  /// The heads.
  package var heads: AttentionHeads
  /// Whether keys and values may be in the L2 from the call before, as when one call is measured
  /// over and over; in a model other layers' have passed since.
  package var isRepeated: Bool

  /// Creates a shape.
  package init(
    sequences: Int, context: Int, longest: Int, heads: AttentionHeads, isRepeated: Bool = false
  ) {
    self.sequences = sequences
    self.context = context
    self.longest = longest
    self.heads = heads
    self.isRepeated = isRepeated
  }
}

/// Durations of decode attention.
///
/// Every sequence and key head is a pair, whose keys and values one block streams; a long context
/// is divided where queries share keys, at the price of a second pass. The time is what pairs take
/// on the SMs, what the DRAM takes, or what the longest chain takes, with a share of the others.
struct DecodeModel {
  static let constants = [
    OperatorConstant("floor_us", 9, 0.3, 0.1...100, .cycles),
    OperatorConstant("dram_share", 0.9, 0.1, 0.1...0.98),
    OperatorConstant("pair_us", 3.5, 0.5, 0.01...100),
    OperatorConstant("query_us", 0.05, 0.7, 0.0001...10, .arithmetic),
    OperatorConstant("l2_speedup", 2, 0.5, 1...20, .l2OverDRAM),
    OperatorConstant("l2_share", 0.5, 0.5, 0.01...2, .l2Part),
    OperatorConstant("split_us", 4, 0.7, 0.01...100, .cycles),
    OperatorConstant("chain_us", 5, 0.7, 0.01...100),
    OperatorConstant("chain_power", 0.75, 0.2, 0.1...1),
    OperatorConstant("block_gb_per_s", 22, 0.4, 0.1...1000),
    OperatorConstant("leak", 0.2, 1, 0.001...1),
    OperatorConstant("width_power", 0.5, 1, 0.001...2),
  ]
  /// Contexts above this are divided.
  private static let undivided = 128

  let chip: OperatorChip
  let values: [Double]
  let packsQueries: Bool

  init(_ chip: OperatorChip, _ constants: OperatorConstants) {
    self.chip = chip
    values = constants.values
    packsQueries = constants.packsQueries
  }

  /// Bytes of keys and values, queries and outputs.
  func bytes(_ shape: DecodeShape) -> Double {
    let width = Double(shape.heads.width)
    return 4 * width
      * (Double(shape.context) * Double(shape.heads.keys)
        + Double(shape.sequences) * Double(shape.heads.queries))
  }

  /// - Parameters:
  ///   - widthFactor: (width / 128)^`width_power`.
  ///   - chainFactor: (longest / 8192)^`chain_power`.
  ///   - dramRate: bytes per nanosecond; nil for what the launch reaches of the DRAM.
  func ns(
    _ shape: DecodeShape, widthFactor: Double, chainFactor: Double, dramRate: Double? = nil
  ) -> Double {
    let v = values
    let heads = shape.heads
    let moved = bytes(shape)
    var dram = moved / (dramRate ?? chip.dramRate * v[1])
    if shape.isRepeated {
      let fill = moved / (v[5] * chip.l2Bytes)
      let (p2, p4) = (fill * fill, fill * fill * fill * fill)
      let held = 1 / (1 + p4 * p4 * p4 * p2)
      dram *= 1 - held + held / v[4]
    }
    let pairs = Double(shape.sequences * heads.keys)
    let onSMs = pairs * (v[2] + v[3] * heads.group) * 1e3 * widthFactor / chip.smCount
    let sharesKeys = heads.group > 1 || packsQueries
    let isDivided = sharesKeys && shape.longest > Self.undivided
    var chain = 0.0
    if isDivided {
      chain = v[7] * 1e3 * chainFactor * Double(heads.width) / 128
    } else if !sharesKeys {
      chain = 4 * Double(shape.longest) * Double(heads.width) / v[9]
    }
    return v[0] * 1e3 + (isDivided ? v[6] * 1e3 : 0)
      + overlapped(onSMs, dram, chain, leak: v[10])
  }
}
