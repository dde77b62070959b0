import SimBasics

/// Constants for a GPU nobody measured, from those of GPUs that were and from data sheets.
///
/// Each constant is the weighted geometric mean of the donors'. A donor's weight falls by e with
/// each generation between and by e² where the memory technology differs. Operations per joule are
/// carried over between parts of one process only.
enum ConstantTransfer {
  /// A measured GPU.
  typealias Donor = (sheet: GEMMDataSheet, constants: GEMMConstants)

  static func weight(_ donor: GEMMDataSheet, _ sheet: GEMMDataSheet) -> Double {
    let steps = abs(donor.generation - sheet.generation) + (donor.memory == sheet.memory ? 0 : 2)
    return PortableMath.exp(-Double(steps))
  }

  /// Whether two boards carry the same chip, cut the same way: then only clocks, bandwidth and
  /// power differ, and the data sheets say how.
  static func haveSameChip(_ a: GEMMDataSheet, _ b: GEMMDataSheet) -> Bool {
    a.generation == b.generation && a.smCount == b.smCount && a.l2MiB == b.l2MiB
      && a.fp32PerCycle == b.fp32PerCycle && a.memory == b.memory
  }

  /// The constants: from boards with the same chip alone where there are any; the starting point
  /// where there is no donor.
  static func constants(
    for sheet: GEMMDataSheet, _ precision: GEMMPrecision, from all: [Donor]
  ) -> GEMMConstants {
    let start = GEMMConstants.prior(sheet, precision)
    var result = start
    result.source = "the data sheet alone: no GPU is fitted at \(precision)"
    guard !all.isEmpty else { return result }
    let same = all.filter { haveSameChip($0.sheet, sheet) }
    let donors = same.isEmpty ? all : same
    // How far off a GPU was when it was predicted as this one is: the worst case seen.
    result.errorPercent = donors.map(\.constants.leftOutPercent).max() ?? 0
    let weights = donors.map { weight($0.sheet, sheet) }
    for j in start.values.indices {
      var (sum, total) = (0.0, 1e-12)
      for (donor, w) in zip(donors, weights) {
        // Operations per joule belong to the silicon: only parts of one process say anything.
        if j == GEMMConstants.Key.power, donor.sheet.fp32PerJoule != sheet.fp32PerJoule { continue }
        total += w
        let own = GEMMConstants.prior(donor.sheet, precision).values[j]
        // Where starting points are equal the ratio to them is the value itself, shifted.
        sum += w * PortableMath.log(donor.constants.values[j] / own)
      }
      result.values[j] = start.values[j] * PortableMath.exp(sum / total)
    }
    for donor in donors {
      for family in donor.constants.families
      where family.rows > 0 && result.index(family.layout, family.tile) == nil {
        result.families.append(
          pooled(family.layout, family.tile, zip(donors, weights).map { ($0.constants, $1) }))
      }
    }
    result.families.sort(by: GEMMFamily.precedes)
    let names = donors.map(\.sheet.name).joined(separator: ", ")
    result.source = "transferred from \(names) and the data sheet"
    return result
  }

  /// A family over the donors that have it, with a tenth of a donor's weight on the starting point.
  /// Its rows count donors by weight, so that the chooser prefers kernels of like GPUs.
  static func pooled(
    _ layout: GEMMLayout, _ tile: GEMMTile, _ donors: [(GEMMConstants, Double)]
  ) -> GEMMFamily {
    var family = GEMMConstants.priorFamily(layout, tile)
    let total = donors.reduce(0) { $0 + $1.1 }
    var sums = [0.0, 0, 0]
    var (weight, rows) = (0.0, 0.0)
    for (constants, w) in donors {
      guard let at = constants.index(layout, tile), constants.families[at].rows > 0 else {
        continue
      }
      let own = constants.families[at]
      for (j, (factor, start)) in zip(own.factors, family.factors).enumerated() {
        sums[j] += w * PortableMath.log(factor / start)
      }
      weight += w
      rows += w * Double(own.rows)
    }
    let share = weight + 0.1
    family.factors = zip(family.factors, sums).map { $0 * PortableMath.exp($1 / share) }
    family.rows = max(1, Int((rows / total).rounded()))
    return family
  }

  /// Starting points pulled to what the GPUs of a set have in common: the mean of their fits and
  /// one more vote for the data sheet's.
  static func pooledPrior(
    for sheet: GEMMDataSheet, _ precision: GEMMPrecision, from donors: [Donor]
  ) -> GEMMConstants {
    var result = GEMMConstants.prior(sheet, precision)
    for j in result.values.indices where j != GEMMConstants.Key.power {
      var sum = 0.0
      for donor in donors {
        sum += PortableMath.log(donor.constants.values[j] / result.values[j])
      }
      result.values[j] *= PortableMath.exp(sum / Double(donors.count + 1))
    }
    for donor in donors {
      for family in donor.constants.families
      where family.rows > 0 && result.index(family.layout, family.tile) == nil {
        var start = pooled(family.layout, family.tile, donors.map { ($0.constants, 1) })
        start.rows = 0
        result.families.append(start)
      }
    }
    result.families.sort(by: GEMMFamily.precedes)
    return result
  }
}

extension GEMMFamily {
  /// The order families stand in: by layout, then tile.
  static func precedes(_ a: GEMMFamily, _ b: GEMMFamily) -> Bool {
    if a.layout != b.layout { return a.layout == .batched }
    if a.tile.columns != b.tile.columns { return a.tile.columns < b.tile.columns }
    if a.tile.rows != b.tile.rows { return a.tile.rows < b.tile.rows }
    return !a.tile.isSliced && b.tile.isSliced
  }
}
