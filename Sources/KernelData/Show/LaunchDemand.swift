import Device
import Hardware

/// What a launch asks of a GPU while it runs, which decides what neighbours leave it and it leaves
/// them (`Demand`), and which columns of its row tell so.
package struct LaunchDemand: Sendable, Hashable {
  /// Share of its SM's issue slots that one block asks for, 0...1.
  package var blockShare: Double
  /// Share of all issue slots of the GPU that the launch uses over its duration.
  package var smShare: Double
  /// Share of the peak DRAM bandwidth that it uses over its duration.
  package var dramShare: Double
  /// What tells the first two: `compute_fraction`, or `flop`, times the GPU's instruction factor
  /// where the row has a duration.
  package var smOrigin: String
  /// What tells the third: `dram_fraction` or `dram_bytes`.
  package var dramOrigin: String

  /// The demand of a row whose launch alone takes `durationNS`.
  ///
  /// - Throws: `KernelFault` when no block of it fits an SM, or nothing says what it costs.
  init(
    _ kernel: KernelProfile, lasting durationNS: Double, on gpu: GPUSpec, _ precision: Precision
  ) throws(KernelFault) {
    let demand = try Demand(of: kernel, on: gpu, precision: precision)
    let blocks = Double(kernel.grid.count)
    blockShare = try BlockProfile.prepare(kernel, on: gpu, precision: precision).smShare
    smShare = demand.blockIssueNS * blocks / (durationNS * Double(gpu.smCount))
    dramShare = demand.blockBytes * blocks / (durationNS * gpu.dramGBPerS)
    let factor = gpu.timing.instructionFactor
    let isScaled = kernel.durationNS != nil && factor != 1
    smOrigin =
      demand.origins.sm == .counter
      ? "compute_fraction" : "flop" + (isScaled ? " × \(factor)" : "")
    dramOrigin = demand.origins.dram == .counter ? "dram_fraction" : "dram_bytes"
  }
}
