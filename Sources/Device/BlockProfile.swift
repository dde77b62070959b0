import Hardware

/// A kernel made ready for one GPU: what each of its blocks takes and how fast it runs alone.
package struct BlockProfile: Sendable {
  /// Blocks of one launch.
  package var blocks: Int
  /// What a resident block takes of its SM.
  package var cost: BlockCost
  /// Blocks one SM holds at most.
  package var blocksPerSM: Int
  /// Time of one block alone on the idle GPU at full speed (`t1`), in nanoseconds; not rounded.
  package var soloNS: Double
  /// Share of its SM a block asks for at full speed (`u_c`), 0...1.
  package var smShare: Double
  /// DRAM bytes per nanosecond a block asks for at full speed (`u_m`).
  package var dramRate: Double
  /// Nanoseconds from a launch's last block to its end, so that whole nanoseconds per wave add up
  /// to the measured duration.
  package var tailNS: Int64
  /// Useful floating-point operations of the launch.
  package var flop: Int64
  /// DRAM bytes of the launch.
  package var dramBytes: Int64

  /// Creates a profile from its parts.
  package init(
    blocks: Int, cost: BlockCost, blocksPerSM: Int, soloNS: Double, smShare: Double,
    dramRate: Double, tailNS: Int64 = 0, flop: Int64 = 0, dramBytes: Int64 = 0
  ) {
    self.blocks = blocks
    self.cost = cost
    self.blocksPerSM = blocksPerSM
    self.soloNS = soloNS
    self.smShare = smShare
    self.dramRate = dramRate
    self.tailNS = tailNS
    self.flop = flop
    self.dramBytes = dramBytes
  }

  /// The block of a kernel that issues `factor` times as much for the same result, as a fused one
  /// may: the part of its time in which it uses no issue slots stays.
  package func issuing(_ factor: Double) -> BlockProfile {
    if factor == 1 { return self }
    let issue = smShare * soloNS
    var profile = self
    profile.soloNS = soloNS + (factor - 1) * issue
    profile.smShare = min(1, factor * issue / profile.soloNS)
    profile.dramRate = dramRate * soloNS / profile.soloNS
    return profile
  }
}
