import Hardware

/// A kernel made ready for one GPU: what each of its blocks takes and how fast it runs alone.
public struct BlockProfile: Sendable {
  /// Blocks of one launch.
  public var blocks: Int
  /// What a resident block takes of its SM.
  public var cost: BlockCost
  /// Blocks one SM holds at most.
  public var blocksPerSM: Int
  /// Time of one block alone on the idle GPU at full speed (`t1`), in nanoseconds; not rounded.
  public var soloNS: Double
  /// Share of its SM a block asks for at full speed (`u_c`), 0...1.
  public var smShare: Double
  /// DRAM bytes per nanosecond a block asks for at full speed (`u_m`).
  public var dramRate: Double
  /// Nanoseconds from a launch's last block to its end, so that whole nanoseconds per wave add up
  /// to the measured duration.
  public var tailNS: Int64
  /// Useful floating-point operations of the launch.
  public var flop: Int64
  /// DRAM bytes of the launch.
  public var dramBytes: Int64

  /// Creates a profile from its parts.
  public init(
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
}
