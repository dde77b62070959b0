/// How many blocks of a kernel one SM holds, and what limits them.
///
/// The rule is CUDA's allocation arithmetic (`cuda_occupancy.h`, toolkit 13.5, restated): warps by
/// registers are counted per sub-partition, shared memory by its unit with the system's reserve.
package struct Occupancy: Hashable, Sendable {
  /// A resource that bounds residency.
  package enum Limiter: String, Sendable, CaseIterable {
    case warps, registers, sharedMemory = "shared memory", blocks
  }

  /// Blocks resident on one SM at most; 0 means the kernel cannot run.
  package var blocksPerSM: Int
  /// The first of the resources that allow no more, in the order of `Limiter`.
  package var limiter: Limiter
  /// What one block takes of an SM.
  package var cost: BlockCost

  /// Computes the occupancy of a block shape.
  ///
  /// - Parameters:
  ///   - threads: threads of a block, at least 1.
  ///   - registers: registers per thread.
  ///   - sharedMemory: static and dynamic shared memory of a block, in bytes.
  package init(threads: Int, registers: Int, sharedMemory: Int, limits: SMLimits) {
    let warps = (threads + 31) / 32
    let byWarps = threads > limits.maxThreadsPerBlock ? 0 : limits.maxWarps / warps
    let byRegisters = Self.blocksByRegisters(
      perThread: registers, warps: warps, limits: limits)
    let unit = limits.sharedMemoryUnit
    let shared = (sharedMemory + limits.sharedMemoryReserve + unit - 1) / unit * unit
    let bySharedMemory =
      sharedMemory > limits.maxSharedMemoryPerBlock
      ? 0 : shared == 0 ? Int.max : limits.sharedMemory / shared
    let all: [(Limiter, Int)] = [
      (.warps, byWarps), (.registers, byRegisters), (.sharedMemory, bySharedMemory),
      (.blocks, limits.maxBlocks),
    ]
    var best = all[0]
    for candidate in all where candidate.1 < best.1 { best = candidate }
    blocksPerSM = best.1
    limiter = best.0
    cost = BlockCost(
      warps: warps,
      registers: byRegisters == 0 || byRegisters == .max ? 0 : limits.registers / byRegisters,
      sharedMemory: shared)
  }

  private static func blocksByRegisters(perThread: Int, warps: Int, limits: SMLimits) -> Int {
    if perThread == 0 { return .max }
    if perThread > limits.maxRegistersPerThread { return 0 }
    let unit = limits.registerUnit
    let perWarp = (perThread * 32 + unit - 1) / unit * unit
    let parts = limits.subPartitions
    if perWarp * ((warps + parts - 1) / parts * parts) > limits.maxRegistersPerBlock { return 0 }
    return limits.registers / parts / perWarp * parts / warps
  }
}

/// What one resident block takes of its SM, in whole units that add up.
///
/// Registers are the SM's registers over the blocks they allow, rounded down, so that a kernel
/// alone reaches exactly CUDA's count although warps are allotted per sub-partition.
package struct BlockCost: Hashable, Sendable {
  /// Warps.
  package var warps: Int
  /// 32-bit registers.
  package var registers: Int
  /// Shared memory in bytes.
  package var sharedMemory: Int

  /// Creates a cost.
  package init(warps: Int, registers: Int, sharedMemory: Int) {
    self.warps = warps
    self.registers = registers
    self.sharedMemory = sharedMemory
  }
}
