/// The constants of one kernel family: a tile in a layout.
package struct GEMMFamily: Sendable {
  /// The operands' layout.
  package var layout: GEMMLayout
  /// The output tile.
  package var tile: GEMMTile
  /// Share of an SM's rate that its inner loop reaches.
  package var efficiency: Double
  /// Start and end of a block, as reduction steps it could have done instead.
  package var startupDepth: Double
  /// Blocks an SM needs to reach that efficiency.
  package var saturatingBlocks: Double
  /// Samples the constants were fitted on; 0 where they are the starting point.
  package var rows: Int

  /// Its three constants, in the order of `GEMMConstants.familyWeights`.
  var factors: [Double] {
    get { [efficiency, startupDepth, saturatingBlocks] }
    set { (efficiency, startupDepth, saturatingBlocks) = (newValue[0], newValue[1], newValue[2]) }
  }
}

/// The fitted constants of one GPU at one precision (`gpuloom.constants/1`).
package struct GEMMConstants: Sendable {
  /// The GPU's name.
  package var gpu: String
  /// The precision.
  package var precision: GEMMPrecision
  /// Constants of the GPU itself, in `names` order.
  package var values: [Double]
  /// Constants of its kernel families, ordered by layout and tile.
  package var families: [GEMMFamily]
  /// What the constants were fitted on, and the error found on other rows.
  package var source = ""
  /// Mean error on the rows that were not fitted, in per cent; 0 where it is not known.
  package var errorPercent = 0.0
  /// Mean error where this GPU was predicted from the others, in per cent; 0 where not known.
  package var leftOutPercent = 0.0

  /// Keys of the GPU's constants, with their units:
  /// time of an empty call (µs); share of the L2 that holds a panel; share of peak DRAM bandwidth;
  /// exponent less 1 by which compute and memory time overlap; how much of a tile's loads reach
  /// DRAM once blocks drift apart; drift reach in L2 sizes; sustained 10^9 operations per joule;
  /// time until the power limit bites (µs); true clock over the data sheet's; extra cost of strided
  /// loads; the stride at which half of it shows (elements); what a reduction that is no multiple of
  /// 8 adds to compute time.
  package static let names = [
    "floor_us", "l2_share", "dram_efficiency", "overlap", "overfetch", "drift_reach",
    "gflop_per_joule", "throttle_us", "clock_factor", "stride_cost", "stride_half",
    "unaligned_cost",
  ]
  /// Positions in `values`.
  enum Key {
    static let floor = 0
    static let l2Share = 1
    static let dram = 2
    static let overlap = 3
    static let overfetch = 4
    static let drift = 5
    static let power = 6
    static let throttle = 7
    static let clock = 8
    static let stride = 9
    static let strideHalf = 10
    static let unaligned = 11
  }

  /// How many constants there are: those of families no sample touched are not counted.
  package var count: Int { values.count + 3 * families.filter { $0.rows > 0 }.count }

  /// The position of a family.
  func index(_ layout: GEMMLayout, _ tile: GEMMTile) -> Int? {
    families.firstIndex { $0.layout == layout && $0.tile == tile }
  }

  /// Starting points before anything is measured, for a GPU at a precision.
  ///
  /// Rates near what tuned kernels reach, an L2 half of which holds panels, and the power rate of
  /// the data sheet; tensor cores do some 10 operations for one of the plain cores' energy (assumed: more than the
  /// fp16 samples of A100 and A40 ever reach).
  static func prior(_ sheet: GEMMDataSheet, _ precision: GEMMPrecision) -> GEMMConstants {
    let isTensor = precision != .fp32
    let values = [
      isTensor ? 5 : 35, 0.5, 0.8, 3, 1, 60, sheet.fp32PerJoule * (isTensor ? 10.5 : 1), 1500, 1, 1,
      200, 0.02,
    ]
    return GEMMConstants(gpu: sheet.name, precision: precision, values: values, families: [])
  }

  /// How firmly the starting points hold, as 1 / the standard deviation of each constant's
  /// logarithm, in the units of a residual of 10 per unit of log error.
  static let priorWeights = [1, 3, 10, 1.5, 1.5, 1.5, 6, 3, 15, 0.7, 1.5, 1]

  /// The starting point of a family.
  static func priorFamily(_ layout: GEMMLayout, _ tile: GEMMTile) -> GEMMFamily {
    GEMMFamily(
      layout: layout, tile: tile, efficiency: 0.88, startupDepth: 20, saturatingBlocks: 1.2,
      rows: 0)
  }

  /// As `priorWeights`, of a family's three constants.
  static let familyWeights = [8, 0.5, 1.5]
}
