/// A product of activations and weights: `m` tokens, `n` outputs, a depth of `k`.
package struct ProductShape: Hashable, Sendable {
  package var m: Int
  package var n: Int
  package var k: Int

  /// Creates a shape.
  package init(m: Int, n: Int, k: Int) {
    self.m = m
    self.n = n
    self.k = k
  }
}

/// Durations of products.
///
/// A tile's blocks are dealt to SMs in whole rounds. Reading weights and activations from DRAM
/// (no faster than the SMs in use can ask for them), tiles' panels from the L2 and arithmetic
/// overlap but for a share. Of the tiles and splits that the rows allow the fastest is chosen.
/// Not modelled: power limits, a library's worse choices.
struct ProductModel {
  static let constants = [
    OperatorConstant("floor_us", 2.5, 0.5, 0.1...100, .cycles),
    OperatorConstant("dram_share", 0.88, 0.07, 0.1...0.98),
    OperatorConstant("startup_depth", 150, 1, 1...10_000),
    OperatorConstant("leak", 0.15, 1, 0.001...1),
    OperatorConstant("l2_bytes_per_cycle", 40, 0.7, 1...1000, .l2Rate),
    OperatorConstant("dram_bytes_per_cycle", 40, 0.7, 1...1000, .sharedMemory),
    OperatorConstant("split_us", 2, 0.7, 0.01...100, .cycles),
    OperatorConstant("step_ns", 2, 0.7, 0.01...100, .arithmetic),
  ]

  /// The splits of a depth that are tried.
  private static let splits = [1, 2, 3, 4, 6, 8, 12, 16]
  /// The shortest part of a depth worth its own block.
  private static let shortestPart = 128.0
  /// Above any product's rows.
  private static let anyRows = 1 << 30

  let chip: OperatorChip
  let tiles: [ProductTile]
  let precision: OperandPrecision
  private let floor, bandwidth, startup, leak, l2Rate, askRate, split, step: Double

  init(_ chip: OperatorChip, _ constants: OperatorConstants) {
    self.chip = chip
    tiles = constants.tiles
    precision = constants.precision
    let v = constants.values
    floor = v[0] * 1e3
    bandwidth = chip.dramRate * v[1]
    startup = v[2]
    leak = v[3]
    l2Rate = v[4] * chip.clockGHz
    askRate = v[5] * chip.clockGHz
    split = v[6] * 1e3
    step = v[7]
  }

  /// The chosen launch: nanoseconds, its tile, its blocks.
  struct Choice {
    var ns: Double
    /// The same were the DRAM not shared.
    var unboundNS = 0.0
    var tile: ProductTile
    var blocks: Double
    /// Arithmetic of the tiles, padding among it, in nanoseconds of all SMs.
    var busyNS: Double
  }

  /// Bytes of the operands and the result, once each.
  func bytes(_ shape: ProductShape) -> Double {
    let (m, n, k) = (Double(shape.m), Double(shape.n), Double(shape.k))
    return precision.bytes * k * (n + m) + 2 * m * n
  }

  func choice(_ shape: ProductShape) -> Choice {
    var best = fastest(shape)
    // Where tiles go by rows, a product is at least as slow as one of fewer rows, be it of another
    // tile, or because fewer blocks ask the DRAM.
    for tile in tiles where tile.fromRows > 1 || tile.toRows < Self.anyRows {
      let step = tile.rows * tile.cluster
      let across = Double((shape.n + tile.columns - 1) / tile.columns)
      var fewer = shape
      fewer.m = step
      while fewer.m < shape.m, fewer.m < tile.toRows,
        Double(fewer.m / tile.rows) * across <= chip.smCount
      {
        if fewer.m >= tile.fromRows { best.ns = max(best.ns, fastest(fewer).ns) }
        fewer.m += step
      }
      fewer.m = tile.toRows
      if fewer.m < shape.m { best.ns = max(best.ns, fastest(fewer).ns) }
    }
    return best
  }

  private func fastest(_ shape: ProductShape) -> Choice {
    let (m, n, k) = (Double(shape.m), Double(shape.n), Double(shape.k))
    let smRate = chip.smRate(precision)
    let moved = bytes(shape)
    var best = Choice(ns: .infinity, tile: tiles[0], blocks: 1, busyNS: 0)
    for tile in tiles where tile.fromRows <= shape.m && shape.m <= tile.toRows {
      let (rows, columns) = (Double(tile.rows), Double(tile.columns))
      let cluster = Double(tile.cluster)
      let area =
        (m / (rows * cluster)).rounded(.up) * cluster * (n / columns).rounded(.up)
      let perDepth = max(2 * rows * columns / (smRate * tile.efficiency), step)
      for parts in Self.splits where parts <= tile.maxSplit {
        let s = Double(parts)
        let blocks = area * s
        if parts > 1, blocks > 4 * chip.smCount || k < s * Self.shortestPart { break }
        let active = min(blocks, chip.smCount)
        let arithmetic = (blocks / chip.smCount).rounded(.up) * (k / s + startup) * perDepth
        let dram = moved / min(bandwidth, active * askRate)
        let panels = blocks * (rows + columns) * (k / s) * precision.bytes / (active * l2Rate)
        var time = overlapped(arithmetic, dram, panels, leak: leak)
        let second = parts > 1 ? split + m * n * 8 * s / (chip.smCount * l2Rate) : 0
        time += second
        if time < best.ns {
          let busy = 2 * area * rows * columns * k / (smRate * chip.smCount)
          let unbound =
            overlapped(arithmetic, moved / (active * askRate), panels, leak: leak) + second
          best = Choice(
            ns: time, unboundNS: min(time, unbound), tile: tile, blocks: blocks, busyNS: busy)
        }
      }
    }
    best.ns += floor
    best.unboundNS += floor
    return best
  }
}
