import Hardware

/// A launch that takes its duration in waves of equal length, each a whole number of nanoseconds:
/// what it does on an idle device is known without running it there.
///
/// `BlockProfile.prepare` finds the block time of a kernel by running it, which suits tables whose
/// rows run millions of times. Launches of a language model's iterations are new nearly every time.
/// Theirs is the same model in closed form: blocks that together ask for no more than there is, at
/// `duration / waves`, what is left over as the tail. What asks for more than its part of an SM, or
/// of the DRAM, on the idle device is cut down to it, since the launch was measured there and takes
/// no longer; beside others, or on fewer SMs, its blocks do slow each other.
///
/// A launch that waits for its share of the DRAM waits less on fewer SMs: its blocks last
/// `unboundNS / waves` each where they get all they ask for, and ask for so much that all of them
/// together are held to `duration / waves`. They are charged the DRAM's time, which is more than
/// their bytes where a launch does not reach the DRAM's rate; its blocks come in whole waves then.
package struct EvenLaunch: Sendable {
  /// Blocks of the launch.
  package let blocks: Int
  /// What one takes of its SM, and how many an SM holds.
  package let occupancy: Occupancy
  /// Duration alone on the idle device, in nanoseconds.
  package let durationNS: Int64
  private let waves: Int
  private let smCount: Int
  /// The part of a block's duration that it takes where it gets all the DRAM it asks for; 1 where the
  /// launch does not wait for it.
  private let unboundShare: Double

  /// The least part of the DRAM's time in which a launch that waits for it is moving bytes.
  private static let leastBusyDRAM = 0.6

  /// Describes a launch.
  ///
  /// - Parameters:
  ///   - durationNS: alone on the idle device; a nanosecond a wave at least.
  ///   - unboundNS: the same were the DRAM not shared; nil where that makes no difference.
  ///   - busyDRAM: the part of the DRAM's rate that it moves bytes at, alone.
  /// - Precondition: a block fits an SM.
  package init(
    blocks: Int, occupancy: Occupancy, durationNS: Int64, unboundNS: Int64? = nil,
    busyDRAM: Double = 0, smCount: Int
  ) {
    precondition(occupancy.blocksPerSM >= 1, "a kernel must fit an SM")
    let capacity = occupancy.blocksPerSM * smCount
    var blocks = blocks
    let share = Double(unboundNS ?? durationNS) / Double(max(1, durationNS))
    if share < 1, busyDRAM >= Self.leastBusyDRAM {
      unboundShare = share
      if blocks > capacity { blocks = (blocks + capacity / 2) / capacity * capacity }
    } else {
      unboundShare = 1
    }
    waves = (blocks + capacity - 1) / capacity
    self.blocks = blocks
    self.occupancy = occupancy
    self.durationNS = max(durationNS, Int64(waves))
    self.smCount = smCount
  }

  /// Describes the launch of a row.
  ///
  /// - Parameter unboundNS: its duration were the DRAM not shared.
  package init(
    _ row: KernelProfile, _ occupancy: Occupancy, unboundNS: Int64, on gpu: GPUSpec
  ) {
    let duration = max(1, row.durationNS ?? 1)
    self.init(
      blocks: row.grid.count, occupancy: occupancy, durationNS: duration, unboundNS: unboundNS,
      busyDRAM: Double(row.dramBytes ?? 0) / Double(duration) / gpu.dramRate,
      smCount: gpu.smCount)
  }

  /// Duration of a block, and from the last block to the launch's end.
  private var blockNS: Int64 { durationNS / Int64(waves) }
  private var tailNS: Int64 { durationNS % Int64(waves) }

  /// What the device does meanwhile.
  package var integrals: DeviceIntegrals {
    let capacity = occupancy.blocksPerSM * smCount
    let (full, rest) = blocks.quotientAndRemainder(dividingBy: capacity)
    var integrals = DeviceIntegrals()
    let active = full * smCount + min(rest, smCount)
    integrals.activeSMTime = Int128(active) * Int128(blockNS)
    integrals.warpTime = Int128(blocks * occupancy.cost.warps) * Int128(blockNS)
    integrals.busyTime = Int128(durationNS)
    return integrals
  }

  /// The launch's blocks for a device.
  ///
  /// - Parameters:
  ///   - demand: what they do of the GPU's work.
  ///   - dramRate: the DRAM's, in bytes per nanosecond.
  package func profile(_ demand: Demand, dramRate: Double) -> BlockProfile {
    let resident = min(blocks, occupancy.blocksPerSM * smCount)
    let perSM = (resident + smCount - 1) / smCount
    let time = Double(blockNS)
    // A hair below, so that rounding finds no one short of anything.
    let most = 1 - 1e-9
    if unboundShare < 1 {
      let unbound = max(1, time * unboundShare)
      // What all together are held to: a block lasts its time, but for a hair.
      let ask = dramRate / Double(resident) * time / unbound * most
      return BlockProfile(
        blocks: blocks, cost: occupancy.cost, blocksPerSM: occupancy.blocksPerSM, soloNS: unbound,
        smShare: min(most / Double(perSM), demand.blockIssueNS / unbound), dramRate: ask,
        tailNS: tailNS, flop: Int64(demand.flop), dramBytes: Int64(demand.dramBytes))
    }
    return BlockProfile(
      blocks: blocks, cost: occupancy.cost, blocksPerSM: occupancy.blocksPerSM, soloNS: time,
      smShare: min(most / Double(perSM), demand.blockIssueNS / time),
      dramRate: min(most * dramRate / Double(resident), demand.blockBytes / time), tailNS: tailNS,
      flop: Int64(demand.flop), dramBytes: Int64(demand.dramBytes))
  }
}

extension Device {
  /// Puts another kernel in the place of one that no live launch runs.
  ///
  /// - Precondition: as `register(_:)`.
  package mutating func replace(_ kernel: Int, by profile: BlockProfile) {
    precondition(kernel >= 0 && kernel < kernels.count, "there is no such kernel")
    kernels.rows[kernel] = deviceKernel(profile)
  }
}
