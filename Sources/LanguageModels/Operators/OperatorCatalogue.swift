import Hardware
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
