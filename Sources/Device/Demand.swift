import Hardware

/// What a launch's blocks do of a GPU's work, whatever time they take over it.
///
/// A block's time has a part in which it uses its SM's issue slots and a part in which it does not
/// (ramps, waits for memory and barriers, tails). The first is its demand, from the best that the
/// row tells:
///
/// 1. a counter (`compute_fraction`: the share of all issue slots, or of the busiest pipe, while the
///    launch runs alone; lowered rows have it from the operations that their tiles execute, padding
///    included, over the tile's efficiency);
/// 2. operations, times `instructionFactor` where a duration shows that there is more to the launch
///    than them: address arithmetic, loads and loop control take slots beside the arithmetic.
///
/// DRAM is asked for the bytes that cross it, by counter or as stated.
package struct Demand: Sendable {
  /// Where a demand comes from.
  package enum Origin: Sendable { case counter, operations }

  /// Time for which one block keeps an SM's issue slots busy, in nanoseconds of the whole SM.
  package var blockIssueNS: Double
  /// Bytes one block moves through the DRAM.
  package var blockBytes: Double
  /// Useful floating-point operations of the launch.
  package var flop: Double
  /// DRAM bytes of the launch.
  package var dramBytes: Double
  /// What tells the demand on SMs, and on the DRAM.
  package var origins: (sm: Origin, dram: Origin)

  /// - Throws: `KernelFault` when nothing says what the launch costs.
  package init(
    of kernel: KernelProfile, on gpu: GPUSpec, precision: Precision, usesDuration: Bool = true
  ) throws(KernelFault) {
    let duration = kernel.durationNS.map(Double.init)
    func amount(_ fraction: Double?, _ peak: Double) -> Double? {
      guard let fraction, let duration else { return nil }
      return fraction * peak * duration
    }
    let rate = gpu.smRate(precision)
    let issued = amount(kernel.computeFraction, rate * Double(gpu.smCount))
    let moved = amount(kernel.dramFraction, gpu.dramGBPerS)
    guard let flop = kernel.flop.map(Double.init) ?? issued,
      let bytes = kernel.dramBytes.map(Double.init) ?? moved
    else {
      throw KernelFault(
        description: "'\(kernel.name)' needs flop and dram_bytes, or their fractions and a duration"
      )
    }
    let blocks = Double(kernel.grid.count)
    let isTimed = usesDuration && duration != nil
    let stated = flop * (isTimed ? gpu.timing.instructionFactor : 1)
    blockIssueNS = (isTimed ? issued ?? stated : stated) / (rate * blocks)
    blockBytes = (isTimed ? moved ?? bytes : bytes) / blocks
    self.flop = flop
    dramBytes = bytes
    origins = (
      isTimed && issued != nil ? .counter : .operations,
      isTimed && moved != nil ? .counter : .operations
    )
  }
}
