/// A tile that products use, for which rows, and how well.
package struct ProductTile: Hashable, Sendable {
  /// Output rows (tokens) of a block.
  package var rows: Int
  /// Output columns of a block.
  package var columns: Int
  /// The share of an SM's rate that its blocks reach.
  package var efficiency: Double
  /// The rows of a product it is chosen for.
  package var fromRows: Int
  package var toRows: Int
  /// Parts the depth may be divided into, at most.
  package var maxSplit: Int
  /// Blocks along the rows that start together: rows are filled up to whole clusters.
  package var cluster: Int

  /// Creates a tile.
  package init(
    rows: Int, columns: Int, efficiency: Double, fromRows: Int = 1, toRows: Int = 1 << 30,
    maxSplit: Int = 1, cluster: Int = 1
  ) {
    self.rows = rows
    self.columns = columns
    self.efficiency = efficiency
    self.fromRows = fromRows
    self.toRows = toRows
    self.maxSplit = maxSplit
    self.cluster = cluster
  }
}

/// The constants of one operator family at one precision on one GPU.
package struct OperatorConstants: Sendable {
  /// The family.
  package var family: OperatorFamily
  /// The operands' precision.
  package var precision: OperandPrecision
  /// The constants, in the family's order.
  package var values: [Double]
  /// The tiles of products; empty for other families.
  package var tiles: [ProductTile] = []
  /// Whether attention kernels put the queries that share keys into one tile and divide a context
  /// whatever the heads, as those for Hopper do.
  package var packsQueries = false
  /// What they come from.
  package var source = ""
  /// Rows fitted.
  package var rows = 0
  /// Mean error on rows left out, in per cent.
  package var errorPercent = 0.0
  /// Mean error where the GPU was predicted from the others, in per cent; 0 where it was not.
  package var leftOutPercent = 0.0

  /// Creates constants.
  package init(
    family: OperatorFamily, precision: OperandPrecision, values: [Double],
    tiles: [ProductTile] = [], packsQueries: Bool = false
  ) {
    self.family = family
    self.precision = precision
    self.values = values
    self.tiles = tiles
    self.packsQueries = packsQueries
  }

  /// What a fit starts from.
  ///
  /// - Parameter packsQueries: whether the GPU is of Hopper's kind (compute capability 9.0, 10.0).
  package static func start(
    _ family: OperatorFamily, _ precision: OperandPrecision, packsQueries: Bool
  ) -> OperatorConstants {
    OperatorConstants(
      family: family, precision: precision, values: family.constants.map(\.start),
      tiles: family != .gemm
        ? [] : precision == .bf16 ? .library : packsQueries ? .hopperFP8 : .rowsFP8,
      packsQueries: packsQueries)
  }

  /// The number of constants.
  package var count: Int { values.count + tiles.count }
}

extension [ProductTile] {
  /// What a vendor's library chooses from, for any rows.
  static let library = [
    (256, 128, 0.85), (128, 256, 0.85), (128, 128, 0.85), (128, 64, 0.7), (64, 128, 0.7),
    (64, 64, 0.6), (32, 64, 0.5), (32, 128, 0.5), (16, 64, 0.5), (16, 128, 0.5),
  ].map { ProductTile(rows: $0.0, columns: $0.1, efficiency: $0.2, maxSplit: 16) }

  /// vLLM's fp8 products on Hopper go by rows (`scaled_mm_sm90_fp8_dispatch`): up to 16, 64, 128,
  /// and above, there in clusters of two blocks.
  static let hopperFP8 = [
    ProductTile(rows: 16, columns: 64, efficiency: 0.5, toRows: 16),
    ProductTile(rows: 64, columns: 64, efficiency: 0.6, fromRows: 17, toRows: 64),
    ProductTile(rows: 128, columns: 64, efficiency: 0.7, fromRows: 65, toRows: 128),
    ProductTile(rows: 128, columns: 128, efficiency: 0.7, fromRows: 129, cluster: 2),
  ]

  /// The same elsewhere: one tile, with another schedule up to 256 rows.
  static let rowsFP8 = [
    ProductTile(rows: 128, columns: 128, efficiency: 0.7, toRows: 256),
    ProductTile(rows: 128, columns: 128, efficiency: 0.8, fromRows: 257),
  ]
}
