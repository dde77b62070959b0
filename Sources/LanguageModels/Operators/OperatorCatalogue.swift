import Hardware
import SimBasics
import Tables

/// The GPUs whose operators were fitted, and constants for any other.
package struct OperatorCatalogue: Sendable {
  /// A GPU that was measured, and its constants.
  package struct Entry: Sendable {
    package var gpu: GPUSpec
    package var constants: [OperatorConstants]
  }

  /// The GPUs, by name.
  package var entries: [Entry]

  /// Creates a catalogue.
  package init(entries: [Entry]) { self.entries = entries }

  /// The constants fitted for a GPU; nil where there are none.
  package func fitted(
    _ gpu: GPUSpec, _ family: OperatorFamily, _ precision: OperandPrecision
  ) -> OperatorConstants? {
    entries.first { Self.isOwn($0.gpu, gpu) }?.constants.first {
      $0.family == family && $0.precision == precision
    }
  }

  /// The constants to predict a GPU with: its own, else transferred from the others'; nil where no
  /// GPU has the family at the precision.
  ///
  /// - Parameter transfersAll: leaves the GPU's own aside.
  package func constants(
    for gpu: GPUSpec, _ family: OperatorFamily, _ precision: OperandPrecision,
    transfersAll: Bool = false
  ) -> OperatorConstants? {
    if !transfersAll, let own = fitted(gpu, family, precision) { return own }
    let donors = entries.filter { !Self.isOwn($0.gpu, gpu) }.compactMap { entry in
      entry.constants.first { $0.family == family && $0.precision == precision }.map {
        (gpu: entry.gpu, constants: $0)
      }
    }
    return OperatorTransfer.constants(for: gpu, from: donors)
  }

  /// Puts a family's constants in the place of a GPU's own.
  package mutating func set(_ constants: OperatorConstants, for gpu: GPUSpec) {
    if !entries.contains(where: { $0.gpu.name == gpu.name }) {
      entries.append(Entry(gpu: gpu, constants: []))
      entries.sort { $0.gpu.name < $1.gpu.name }
    }
    guard let at = entries.firstIndex(where: { $0.gpu.name == gpu.name }) else { return }
    let own = entries[at].constants.firstIndex {
      $0.family == constants.family && $0.precision == constants.precision
    }
    if let own {
      entries[at].constants[own] = constants
    } else {
      entries[at].constants.append(constants)
      let order = OperatorFamily.allCases
      entries[at].constants.sort {
        let (a, b) = (order.firstIndex(of: $0.family) ?? 0, order.firstIndex(of: $1.family) ?? 0)
        return a != b ? a < b : $0.precision == .bf16 && $1.precision == .fp8
      }
    }
  }

  /// Whether a GPU is the measured one, or a MIG slice of it.
  private static func isOwn(_ measured: GPUSpec, _ gpu: GPUSpec) -> Bool {
    gpu.name == measured.name || gpu.name.hasPrefix(measured.name + "/")
  }
}

/// Constants for a GPU nobody measured.
///
/// Each constant is the geometric mean of the donors', weighted: a donor's weight falls by e with
/// each generation between, by e² where one is a data centre's part with HBM and large SMs and the
/// other is not, and by e² where attention kernels are of another kind. Where a donor has the same
/// compute capability, as boards of one chip do, only such donors count. Rates are shares of the data sheet's, so that they carry over.
package enum OperatorTransfer {
  typealias Donor = (gpu: GPUSpec, constants: OperatorConstants)

  static func constants(for gpu: GPUSpec, from all: [Donor]) -> OperatorConstants? {
    guard !all.isEmpty else { return nil }
    let same = all.filter { $0.gpu.computeCapability == gpu.computeCapability }
    let donors = same.isEmpty ? all : same
    let weights = donors.map { weight($0.gpu, gpu) }
    let heaviest = zip(donors, weights).reduce(into: (donors[0], weights[0])) { best, next in
      if next.1 > best.1 { best = next }
    }.0
    var result = heaviest.constants
    let total = weights.reduce(0, +)
    func mean(_ value: (OperatorConstants) -> Double) -> Double {
      let sum = zip(donors, weights).reduce(0) {
        $0 + $1.1 * PortableMath.log(value($1.0.constants))
      }
      return PortableMath.exp(sum / total)
    }
    for j in result.values.indices { result.values[j] = mean { $0.values[j] } }
    let tiles = result.tiles.map { ($0.rows, $0.columns, $0.fromRows) }
    let areAlike = donors.allSatisfy {
      $0.constants.tiles.elementsEqual(tiles) { tile, own in
        (tile.rows, tile.columns, tile.fromRows) == own
      }
    }
    if areAlike {
      for j in result.tiles.indices { result.tiles[j].efficiency = mean { $0.tiles[j].efficiency } }
    }
    result.packsQueries = packsQueries(gpu)
    result.rows = 0
    result.errorPercent = donors.map(\.constants.leftOutPercent).max() ?? 0
    result.leftOutPercent = 0
    result.source =
      "transferred from " + donors.map(\.gpu.name).joined(separator: ", ") + " and the data sheet"
    return result
  }

  static func weight(_ donor: GPUSpec, _ gpu: GPUSpec) -> Double {
    var steps = abs(generation(donor) - generation(gpu))
    if isDataCentre(donor) != isDataCentre(gpu) { steps += 2 }
    if packsQueries(donor) != packsQueries(gpu) { steps += 2 }
    return PortableMath.exp(-Double(steps))
  }

  /// Whether an SM is of the large kind that parts with HBM have: shared memory above 128 KiB.
  static func isDataCentre(_ gpu: GPUSpec) -> Bool { gpu.limits.sharedMemory > 128 << 10 }

  /// Whether attention kernels are of Hopper's kind: compute capability 9.0 and 10.x.
  package static func packsQueries(_ gpu: GPUSpec) -> Bool {
    let major = gpu.computeCapability.prefix { $0 != "." }
    return major == "9" || major == "10"
  }

  private static func generation(_ gpu: GPUSpec) -> Int {
    switch Double(gpu.computeCapability) ?? 0 {
    case ..<7: 0
    case ..<8: 1
    case ..<8.9: 2
    case ..<10: 3
    default: 4
    }
  }
}
