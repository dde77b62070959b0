/// Chooses the kernel of a GEMM of which only the shape is known: the fastest predicted among the
/// families a library uses on that GPU.
struct KernelChooser {
  let model: GEMMModel
  let constants: GEMMConstants
  /// Families seen on less than this share of a layout's samples are not candidates.
  var minimumShare = 0.02

  /// The ways to divide a reduction that libraries were seen to use.
  static let splits = [1, 2, 3, 4, 5, 6, 8, 10, 16, 20]
  /// The shortest part of a reduction worth its own block.
  static let shortestPart = 128
  /// Tiles to choose from before any family is known.
  static let commonTiles = [
    GEMMTile(columns: 256, rows: 128), GEMMTile(columns: 128, rows: 256),
    GEMMTile(columns: 128, rows: 128), GEMMTile(columns: 128, rows: 64),
    GEMMTile(columns: 64, rows: 128), GEMMTile(columns: 64, rows: 64),
  ]

  /// The chosen launch and its predicted microseconds; nil where the layout has no family.
  func best(_ shape: GEMMShape, _ layout: GEMMLayout) -> (launch: GEMMLaunch, time: Double)? {
    var families = constants.families.filter { $0.layout == layout && $0.rows > 0 }
    let total = families.reduce(0) { $0 + $1.rows }
    let least = Double(total) * minimumShare
    families = families.filter { Double($0.rows) >= least }
    if minimumShare == 0 || families.isEmpty {
      for tile in KernelChooser.commonTiles
      where !families.contains(where: { $0.tile == tile }) {
        families.append(GEMMConstants.priorFamily(layout, tile))
      }
    }
    var best: (launch: GEMMLaunch, time: Double)?
    for family in families {
      let tilesDown: Int = (shape.m - 1) / family.tile.rows + 1
      let tilesAcross: Int = (shape.n - 1) / family.tile.columns + 1
      let blocks: Int = tilesDown * tilesAcross
      for split in KernelChooser.splits {
        if split > 1 {
          guard layout == .weight, model.precision == .fp32,
            shape.k / split >= KernelChooser.shortestPart,
            Double(blocks) < 4 * model.sheet.smCount
          else { break }
        }
        let launch = GEMMLaunch(shape: shape, layout: layout, tile: family.tile, split: split)
        let time = model.microseconds(
          launch, constants.values,
          (family.efficiency, family.startupDepth, family.saturatingBlocks))
        if time < best?.time ?? .infinity { best = (launch, time) }
      }
    }
    return best
  }
}

/// A GPU's constants at work: durations of launches, known or chosen.
struct GEMMPredictor {
  let model: GEMMModel
  let constants: GEMMConstants

  init(sheet: GEMMDataSheet, constants: GEMMConstants, hasWaves: Bool = true) {
    model = GEMMModel(sheet: sheet, precision: constants.precision, hasWaves: hasWaves)
    self.constants = constants
  }

  /// Microseconds of a launch whose kernel is known.
  func microseconds(_ launch: GEMMLaunch) -> Double {
    let family = constants.family(launch.layout, launch.tile)
    return model.microseconds(
      launch, constants.values, (family.efficiency, family.startupDepth, family.saturatingBlocks))
  }

  /// Microseconds from the shape alone.
  func microseconds(_ shape: GEMMShape, _ layout: GEMMLayout) -> Double {
    KernelChooser(model: model, constants: constants).best(shape, layout)?.time ?? .nan
  }
}

extension GEMMConstants {
  /// A family's constants; those of the fitted family of the layout that is nearest in size, or
  /// the starting point, where no sample showed it.
  func family(_ layout: GEMMLayout, _ tile: GEMMTile) -> GEMMFamily {
    if let at = index(layout, tile) { return families[at] }
    var nearest: GEMMFamily?
    var ratio = 4.0
    for family in families where family.layout == layout && family.tile.isSliced == tile.isSliced {
      let size = max(family.tile.area / tile.area, tile.area / family.tile.area)
      if size < ratio { (nearest, ratio) = (family, size) }
    }
    return nearest ?? GEMMConstants.priorFamily(layout, tile)
  }
}
