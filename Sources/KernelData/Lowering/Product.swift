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
  /// Tiles of 2×2 outputs, where Winograd's F(2×2, 3×3) applies; 0 where it does not.
  var winogradTiles = 0
  /// Input channels of the convolution.
  var inputs = 0
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
  /// Operations all blocks execute, padding included, as FP32 operations of the same energy.
  var executedFLOP: Double
  /// Time for which all blocks together keep an SM busy, in nanoseconds.
  var issueNS: Double
  var isWinograd = false
  var mainNS: Double
  var reduceNS: Double
}
