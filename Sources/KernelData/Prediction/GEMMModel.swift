import SimBasics

/// One launch of a GEMM kernel: what is known of it before its duration is.
struct GEMMLaunch: Sendable {
  var shape: GEMMShape
  var layout: GEMMLayout
  var tile: GEMMTile
  /// Blocks that share one output tile, each with a part of the reduction.
  var split: Int
}

/// Predicts how long a GEMM takes alone on an idle GPU.
///
/// Modelled: padding to tiles; blocks per SM rounded up (a step every `smCount` blocks); start-up
/// of a block; reductions that are no multiple of 8; SMs that too few blocks cannot fill; panels
/// shared in the L2 within and between waves, and the loss of that sharing when blocks of a deep
/// reduction drift apart; strided loads; the power limit, which long launches feel and short ones do
/// not; the empty call.
/// Not modelled: alignment of m and n, of which the samples show nothing; L2 set conflicts, clocks of
/// the single card, the order libraries try kernels in (the fastest predicted is taken).
struct GEMMModel: Sendable {
  let sheet: GEMMDataSheet
  let precision: GEMMPrecision
  /// Whether blocks per SM are rounded up; false is the ablation.
  var hasWaves = true

  /// Duration in microseconds.
  func microseconds(
    _ launch: GEMMLaunch, _ values: [Double], _ family: (Double, Double, Double)
  ) -> Double {
    typealias Key = GEMMConstants.Key
    let tile = launch.tile
    let (m, n, k) = (Double(launch.shape.m), Double(launch.shape.n), Double(launch.shape.k))
    let (columns, rows) = (Double(tile.columns), Double(tile.rows))
    let gridX = (n / columns).rounded(.up)
    let gridY = (m / rows).rounded(.up)
    let split = Double(launch.split)
    let blocks = gridX * gridY * split * Double(launch.shape.batch)
    let depth = k / split

    // Compute: whole blocks per SM, and no fewer than it takes to fill one.
    let perSM = blocks / sheet.smCount
    var steps = hasWaves ? perSM.rounded(.up) : max(perSM, 1)
    let (s2, f2) = (steps * steps, family.2 * family.2)
    steps = (s2 * s2 + f2 * f2).squareRoot().squareRoot()
    let efficiency = min(family.0, 1) * values[Key.clock]
    let rate = sheet.flopPerMicrosecond(precision)
    // Kernels take reductions in steps of 8; what is over costs a step of its own, and loads by parts.
    let unaligned = launch.shape.k.isMultiple(of: 8) ? 1 : 1 + values[Key.unaligned]
    let compute = steps * tile.area * 2 * (depth + family.1) * unaligned / (rate * efficiency)

    let memory = traffic(
      launch, values,
      Geometry(gridX: gridX, gridY: gridY, blocks: blocks, depth: depth, m: m, n: n, k: k))
    let power = 1 + values[Key.overlap]
    let longer = max(compute, memory)
    let shorter = min(compute, memory)
    let blend = PortableMath.exp(power * PortableMath.log(max(shorter / longer, 1e-30)))
    var time = longer * PortableMath.exp(PortableMath.log(1 + blend) / power)

    // Power: the rate the limit sustains, reached once the budget of a cool start is spent.
    let asked = sheet.smCount * rate * efficiency * compute / time
    let sustained = sheet.powerW * values[Key.power] * 1e3
    let excess = max(0, asked / sustained - 1)
    let spent = time / values[Key.throttle]
    time *= 1 + excess * spent / (1 + spent)
    return values[Key.floor] + time
  }

  struct Geometry {
    var gridX, gridY, blocks, depth, m, n, k: Double
  }

  /// Time DRAM needs, in microseconds.
  private func traffic(_ launch: GEMMLaunch, _ values: [Double], _ g: Geometry) -> Double {
    typealias Key = GEMMConstants.Key
    let element = precision.bytes
    let (columns, rows) = (Double(launch.tile.columns), Double(launch.tile.rows))
    let l2 = sheet.l2MiB * 1_048_576
    let plane = g.gridX * g.gridY
    let resident = min(g.blocks, sheet.smCount * launch.tile.blocksPerSM)
    let wave = min(resident, plane)
    // Blocks are numbered along n first, so a wave is some whole rows of tiles, or part of one.
    let acrossN = min(wave, g.gridX)
    let acrossM = max(1, wave / g.gridX)
    let waves = plane / wave
    let bytes = g.depth * element
    let onceN = min(g.n, g.gridX * columns) * bytes
    let onceM = min(g.m, g.gridY * rows) * bytes
    let allN = max(onceN, waves * acrossN * columns * bytes * min(1, g.n / (g.gridX * columns)))
    let allM = max(onceM, waves * acrossM * rows * bytes * min(1, g.m / (g.gridY * rows)))
    let panel = acrossN * columns + acrossM * rows
    let footprint = panel * bytes * max(1, resident / plane)
    let held = l2 * values[Key.l2Share] / footprint
    let missed = 1 / (1 + held * held)
    let planes = g.blocks / plane
    var loads = planes * (onceN + onceM + missed * (allN - onceN + allM - onceM))
    var strided = 1.0
    if launch.layout == .weight {
      let drift = panel * bytes / (values[Key.drift] * l2)
      let apart = drift * drift / (1 + drift * drift)
      let unshared = g.blocks * (columns + rows) * bytes
      loads += max(0, unshared - loads) * apart * values[Key.overfetch]
      strided += values[Key.stride] * g.k / (g.k + values[Key.strideHalf])
    }
    let stores =
      g.m * g.n * Double(launch.shape.batch) * element * (launch.split > 1 ? 2 : 1)
    return (loads * strided + stores) / (sheet.dramGBPerS * 1e3 * values[Key.dram])
  }
}
