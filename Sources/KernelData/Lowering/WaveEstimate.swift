import Hardware

/// Predicts a launch's duration alone on an idle GPU from waves of blocks.
///
/// Blocks of equal work spread over the SMs; the SM with most blocks ends last, whether they run
/// together or in turn, since residents share its issue slots. DRAM is shared by all. Not
/// modelled: L2 bandwidth, clocks, blocks of unequal work.
struct WaveEstimate {
  var gpu: GPUSpec

  /// The duration in nanoseconds, ramps of the launch left out.
  ///
  /// - Parameters:
  ///   - flop: operations the blocks execute together, padding included.
  ///   - efficiency: share of an SM's peak the blocks reach.
  func duration(
    blocks: Int, threads: Int, registers: Int, sharedMemory: Int, flop: Double, bytes: Double,
    precision: Precision, efficiency: Double = 1
  ) -> Double? {
    let occupancy = Occupancy(
      threads: threads, registers: registers, sharedMemory: sharedMemory, limits: gpu.limits)
    guard occupancy.blocksPerSM > 0, blocks > 0 else { return nil }
    let perSM = (blocks + gpu.smCount - 1) / gpu.smCount
    let resident = min(perSM, occupancy.blocksPerSM)
    let waves = (perSM + occupancy.blocksPerSM - 1) / occupancy.blocksPerSM
    let warps = Double(resident * occupancy.cost.warps)
    let share = Double(perSM) / Double(blocks)
    let rate = gpu.smRate(precision) * efficiency * min(1, warps / gpu.timing.saturatingWarps)
    let compute = flop * share / rate
    let stream = min(
      gpu.dramRate, warps * gpu.timing.bytesInFlightPerWarp / gpu.timing.dramLatencyNS)
    let memory = max(bytes / gpu.dramRate, bytes * share / stream)
    return Double(waves) * gpu.timing.blockOverheadNS + max(compute, memory)
  }
}
