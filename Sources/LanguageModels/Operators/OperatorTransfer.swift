import Hardware
import SimBasics

/// Constants for a GPU nobody measured.
///
/// Each constant is the geometric mean of the donors', every one first scaled by what of the data
/// sheets it goes with (`OperatorScale`). Donors count alike: nearness of generation or market did
/// not tell which carries over. Where a donor has the same compute capability, as boards of one
/// chip do, only such donors count. Tiles are those that the GPU's own kind of library launches.
package enum OperatorTransfer {
  typealias Donor = (gpu: GPUSpec, constants: OperatorConstants)

  static func constants(for gpu: GPUSpec, from all: [Donor]) -> OperatorConstants? {
    guard let first = all.first?.constants else { return nil }
    let same = all.filter { $0.gpu.computeCapability == gpu.computeCapability }
    let donors = same.isEmpty ? all : same
    var result = OperatorConstants.start(
      first.family, first.precision, packsQueries: packsQueries(gpu))
    for (j, spec) in result.family.constants.enumerated() {
      let carried = mean(
        donors.map { donor in
          donor.constants.values[j] / spec.scale.factor(donor.gpu, result.precision)
        })
      let value = carried * spec.scale.factor(gpu, result.precision)
      result.values[j] = min(max(value, spec.bounds.lowerBound), spec.bounds.upperBound)
    }
    let alike = donors.map(\.constants.tiles).filter { launchesAlike($0, result.tiles) }
    let efficiencies = donors.flatMap(\.constants.tiles).map(\.efficiency)
    for j in result.tiles.indices {
      result.tiles[j].efficiency = mean(
        alike.isEmpty ? efficiencies : alike.map { $0[j].efficiency })
    }
    result.errorPercent = donors.map(\.constants.leftOutPercent).max() ?? 0
    result.source =
      "transferred from " + donors.map(\.gpu.name).joined(separator: ", ") + " and the data sheet"
    return result
  }

  /// The geometric mean.
  private static func mean(_ values: [Double]) -> Double {
    PortableMath.exp(values.reduce(0) { $0 + PortableMath.log($1) } / Double(values.count))
  }

  /// Whether lists hold the same tiles for the same rows, however well they run.
  private static func launchesAlike(_ one: [ProductTile], _ other: [ProductTile]) -> Bool {
    one.elementsEqual(other) {
      ($0.rows, $0.columns, $0.fromRows, $0.toRows) == ($1.rows, $1.columns, $1.fromRows, $1.toRows)
    }
  }

  /// Whether attention kernels are of Hopper's kind: compute capability 9.0 and 10.x.
  package static func packsQueries(_ gpu: GPUSpec) -> Bool {
    let major = gpu.computeCapability.prefix { $0 != "." }
    return major == "9" || major == "10"
  }
}
