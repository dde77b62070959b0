import Hardware

/// A product of matrices to lower: `count` times m×n over the depth k.
struct Product {
  var kernel: String
  var m: Int
  var n: Int
  var k: Int
  var count = 1
  var canSplit = true
  var isConvolution = false
  /// The only tile allowed, where one is prescribed.
  var tile: String?
  /// Time over that of a plain product.
  var factor = 1.0
  /// Whether its channels are too few for the units of the stack's precision.
  var isNarrow = false
  /// DRAM bytes of all of it.
  var bytes: Int

  /// Whether a tile may be chosen: the prescribed one, else any, sliced ones not for convolutions.
  func allows(_ tile: LoweringTile) -> Bool {
    if let name = self.tile { return name == tile.name }
    return !isConvolution || !tile.isSliced
  }

  /// Useful operations.
  var flop: Int { 2 * m * n * k * count }
}

/// A way to run a product, and what it would take.
struct ProductPlan {
  var tile: LoweringTile
  var grid: Extent3
  var split: Int
  var mainNS: Double
  var reduceNS: Double
}
