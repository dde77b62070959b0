extension NaiveDevice {
  /// What the device has.
  public struct Machine: Equatable, Sendable {
    /// Number of SMs.
    public var smCount: Int
    /// Warps, blocks, registers and bytes of shared memory an SM holds.
    public var warps, blocks, registers, sharedMemory: Int
    /// DRAM bandwidth in bytes per nanosecond.
    public var dramRate: Double
    /// Most launches resident at once.
    public var maxResidentGrids: Int
    /// What blocks take longer that are placed while another launch is resident.
    public var coRunnerSlowdown: Double

    /// Creates a machine; by default an SM has 64 warps, 32 blocks, 65 536 registers and 96 KiB.
    public init(
      smCount: Int, warps: Int = 64, blocks: Int = 32, registers: Int = 65536,
      sharedMemory: Int = 98304, dramRate: Double = 800, maxResidentGrids: Int = 128,
      coRunnerSlowdown: Double = 0
    ) {
      self.smCount = smCount
      self.warps = warps
      self.blocks = blocks
      self.registers = registers
      self.sharedMemory = sharedMemory
      self.dramRate = dramRate
      self.maxResidentGrids = maxResidentGrids
      self.coRunnerSlowdown = coRunnerSlowdown
    }
  }

  /// What a block takes and asks for.
  public struct Kernel: Equatable, Sendable {
    /// Warps, registers and bytes of shared memory of a block.
    public var warps, registers, sharedMemory: Int
    /// Nanoseconds of a block at full speed.
    public var soloNS: Double
    /// Share of its SM a block asks for, 0...1.
    public var smShare: Double
    /// DRAM bytes per nanosecond a block asks for at full speed.
    public var dramRate: Double
    /// Nanoseconds from the last block's end to the launch's.
    public var tailNS: Int64

    /// Creates a kernel.
    public init(
      warps: Int, registers: Int = 0, sharedMemory: Int = 0, soloNS: Double, smShare: Double = 0,
      dramRate: Double = 0, tailNS: Int64 = 0
    ) {
      self.warps = warps
      self.registers = registers
      self.sharedMemory = sharedMemory
      self.soloNS = soloNS
      self.smShare = smShare
      self.dramRate = dramRate
      self.tailNS = tailNS
    }
  }

  /// One launch to run.
  public struct Launch: Equatable, Sendable {
    /// What its blocks are.
    public var kernel: Kernel
    /// How many blocks it has, at least 1.
    public var blocks: Int
    /// Higher goes first.
    public var priority: Int
    /// The SMs it may use, by index; nil is all of them.
    public var mask: [Bool]?
    /// Whether the ceiling on the DRAM is for it.
    public var isConfined: Bool

    /// Creates a launch.
    public init(
      _ kernel: Kernel, blocks: Int, priority: Int = 0, mask: [Bool]? = nil,
      isConfined: Bool = false
    ) {
      self.kernel = kernel
      self.blocks = blocks
      self.priority = priority
      self.mask = mask
      self.isConfined = isConfined
    }
  }

  /// What adds up over time.
  public struct Totals: Equatable, Sendable {
    /// Blocks placed.
    public var placedBlocks: Int64 = 0
    /// SMs with a resident block, times nanoseconds.
    public var activeSMTime: Int64 = 0
    /// Resident warps times nanoseconds.
    public var warpTime: Int64 = 0
    /// Nanoseconds with a resident launch.
    public var busyTime: Int64 = 0

    /// Creates totals of nothing.
    public init() {}
  }

  /// What the blocks on an SM take of it.
  public struct Use: Equatable, Sendable {
    /// Warps, blocks, registers and bytes of shared memory.
    public var warps = 0, blocks = 0, registers = 0, sharedMemory = 0

    /// Creates the use of an idle SM.
    public init() {}

    mutating func add(_ kernel: Kernel) {
      warps += kernel.warps
      blocks += 1
      registers += kernel.registers
      sharedMemory += kernel.sharedMemory
    }
  }
}
