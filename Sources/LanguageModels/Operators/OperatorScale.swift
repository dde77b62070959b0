import Hardware

/// What of a data sheet a constant goes with: a GPU that nobody measured takes it over in
/// proportion.
enum OperatorScale {
  /// Nothing: shares, powers, depths, and times that wait for the DRAM, whose latency is alike.
  case plain
  /// Cycles: the fixed times of launches and blocks.
  case cycles
  /// Shared memory of an SM, which holds the bytes that are asked for and not there yet.
  case sharedMemory
  /// Operations of an SM's matrix units in a cycle: what the L2 gives an SM in a cycle is built for
  /// them.
  case l2Rate
  /// The same rate of all SMs over the DRAM's.
  case l2OverDRAM
  /// The DRAM's rate over that: a time in which the L2 moves what is counted in time of the DRAM.
  case dramOverL2
  /// The part of the L2 that serves an SM: a half in data centres' parts, whose L2 is in two.
  case l2Part
  /// The time of an operation on an SM.
  case arithmetic

  /// What constants of the scale go with on a GPU.
  func factor(_ gpu: GPUSpec, _ precision: OperandPrecision) -> Double {
    let chip = OperatorChip(gpu)
    switch self {
    case .plain: return 1
    case .cycles: return 1 / chip.clockGHz
    case .sharedMemory: return Double(gpu.limits.sharedMemory)
    case .l2Rate: return chip.builtPerCycle
    case .l2OverDRAM: return chip.builtPerCycle * chip.clockGHz * chip.smCount / chip.dramRate
    case .dramOverL2: return chip.dramRate / (chip.builtPerCycle * chip.clockGHz * chip.smCount)
    case .l2Part: return chip.hasDividedL2 ? 0.5 : 1
    case .arithmetic: return 1 / chip.smRate(precision)
    }
  }
}
