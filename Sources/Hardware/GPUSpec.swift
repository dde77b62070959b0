/// A numeric format whose rate a GPU states.
public enum Precision: String, CaseIterable, Sendable {
  case fp64, fp32, tf32, fp16, bf16, int8
  /// Tensor-core rates where they differ from the plain ones.
  case fp16Tensor = "fp16_tensor"
  case bf16Tensor = "bf16_tensor"
}

/// What the time of a block alone on an idle GPU follows from, beside rates.
public struct BlockTimingConstants: Hashable, Sendable {
  /// DRAM load latency in nanoseconds.
  public var dramLatencyNS: Double
  /// Bytes a warp keeps in flight to DRAM.
  public var bytesInFlightPerWarp: Double
  /// Warps that saturate an SM's issue slots.
  public var saturatingWarps: Double
  /// Time a block needs to start and stop, in nanoseconds.
  public var blockOverheadNS: Double

  /// Creates the constants.
  public init(
    dramLatencyNS: Double, bytesInFlightPerWarp: Double, saturatingWarps: Double,
    blockOverheadNS: Double
  ) {
    self.dramLatencyNS = dramLatencyNS
    self.bytesInFlightPerWarp = bytesInFlightPerWarp
    self.saturatingWarps = saturatingWarps
    self.blockOverheadNS = blockOverheadNS
  }
}

/// One GPU as `models/gpus/<name>.json` describes it (`gpuloom.gpu/1`).
public struct GPUSpec: Sendable {
  /// The most SMs a device may have: what the sets of SMs hold, far above today's cards.
  public static let mostSMs = 256

  /// The catalogue name, such as `v100-sxm2-16gb`.
  public var name: String
  /// Other names the catalogue finds it by.
  public var alsoKnownAs: [String] = []
  /// The architecture, such as `Volta`.
  public var architecture: String
  /// The compute capability, such as `7.0`.
  public var computeCapability: String
  /// The number of streaming multiprocessors.
  public var smCount: Int
  /// SMs a TPC holds: the step of MPS caps.
  public var smsPerTPC: Int
  /// The sustained SM clock in MHz.
  public var clockMHz: Double
  /// Floating-point operations an SM does in a cycle, by precision.
  public var flopPerCyclePerSM: [Precision: Double]
  /// Peak DRAM bandwidth in 10^9 bytes/s.
  public var dramGBPerS: Double
  /// The share of the peak bandwidth that a streaming kernel reaches.
  public var dramEfficiency: Double
  /// L2 size in MiB.
  public var l2MiB: Double
  /// Device memory in MiB.
  public var memoryMiB: Int
  /// The limits of one SM.
  public var limits: SMLimits
  /// What the time of one block follows from.
  public var timing: BlockTimingConstants
  /// Most grids resident at once.
  public var maxResidentGrids: Int
  /// Most MPS clients.
  public var maxMPSClients: Int
  /// MIG slices on offer; empty where the GPU has none.
  public var migSlices: [MIGSlice] = []
  /// Where each number comes from, by key, and whether it was measured, published, derived or
  /// assumed.
  public var sources: [(key: String, source: String)] = []

  /// Creates a GPU from its numbers.
  public init(
    name: String, architecture: String, computeCapability: String, smCount: Int, smsPerTPC: Int,
    clockMHz: Double, flopPerCyclePerSM: [Precision: Double], dramGBPerS: Double,
    dramEfficiency: Double, l2MiB: Double, memoryMiB: Int, limits: SMLimits,
    dramLatencyNS: Double, bytesInFlightPerWarp: Double, saturatingWarps: Double,
    blockOverheadNS: Double, maxResidentGrids: Int, maxMPSClients: Int
  ) {
    self.name = name
    self.architecture = architecture
    self.computeCapability = computeCapability
    self.smCount = smCount
    self.smsPerTPC = smsPerTPC
    self.clockMHz = clockMHz
    self.flopPerCyclePerSM = flopPerCyclePerSM
    self.dramGBPerS = dramGBPerS
    self.dramEfficiency = dramEfficiency
    self.l2MiB = l2MiB
    self.memoryMiB = memoryMiB
    self.limits = limits
    timing = BlockTimingConstants(
      dramLatencyNS: dramLatencyNS, bytesInFlightPerWarp: bytesInFlightPerWarp,
      saturatingWarps: saturatingWarps, blockOverheadNS: blockOverheadNS)
    self.maxResidentGrids = maxResidentGrids
    self.maxMPSClients = maxMPSClients
  }

  /// FLOP one SM does in a nanosecond at a precision; fp32's rate where the GPU states none.
  public func smRate(_ precision: Precision) -> Double {
    let perCycle = flopPerCyclePerSM[precision] ?? flopPerCyclePerSM[.fp32] ?? 1
    return perCycle * clockMHz / 1e3
  }

  /// Achievable DRAM bandwidth in bytes per nanosecond.
  public var dramRate: Double { dramGBPerS * dramEfficiency }
}

/// What one SM holds at most, and in which units it hands it out.
public struct SMLimits: Hashable, Sendable {
  /// Resident warps (of 32 threads).
  public var maxWarps: Int
  /// Resident thread blocks.
  public var maxBlocks: Int
  /// Threads of one block.
  public var maxThreadsPerBlock: Int
  /// 32-bit registers.
  public var registers: Int
  /// Registers one thread may use.
  public var maxRegistersPerThread: Int
  /// Registers one block may use.
  public var maxRegistersPerBlock: Int
  /// Registers are handed to a warp in multiples of this.
  public var registerUnit: Int
  /// Warp schedulers, each with its share of the registers.
  public var subPartitions: Int
  /// Shared memory in bytes.
  public var sharedMemory: Int
  /// Shared memory one block may use (opt-in maximum), in bytes.
  public var maxSharedMemoryPerBlock: Int
  /// Shared memory is handed out in multiples of this, in bytes.
  public var sharedMemoryUnit: Int
  /// Shared memory the system keeps per block, in bytes.
  public var sharedMemoryReserve: Int

  /// Creates the limits.
  public init(
    maxWarps: Int, maxBlocks: Int, maxThreadsPerBlock: Int = 1024, registers: Int,
    maxRegistersPerThread: Int = 255, maxRegistersPerBlock: Int = 65536, registerUnit: Int = 256,
    subPartitions: Int, sharedMemory: Int, maxSharedMemoryPerBlock: Int, sharedMemoryUnit: Int,
    sharedMemoryReserve: Int
  ) {
    self.maxWarps = maxWarps
    self.maxBlocks = maxBlocks
    self.maxThreadsPerBlock = maxThreadsPerBlock
    self.registers = registers
    self.maxRegistersPerThread = maxRegistersPerThread
    self.maxRegistersPerBlock = maxRegistersPerBlock
    self.registerUnit = registerUnit
    self.subPartitions = subPartitions
    self.sharedMemory = sharedMemory
    self.maxSharedMemoryPerBlock = maxSharedMemoryPerBlock
    self.sharedMemoryUnit = sharedMemoryUnit
    self.sharedMemoryReserve = sharedMemoryReserve
  }
}

/// A MIG slice: a smaller GPU with its own SMs, L2 and bandwidth.
public struct MIGSlice: Hashable, Sendable {
  /// The profile, such as `3g.20gb`.
  public var name: String
  /// Its SMs.
  public var smCount: Int
  /// Its share of DRAM bandwidth and L2.
  public var memoryFraction: Double
  /// Its memory in MiB.
  public var memoryMiB: Int
  /// Most instances of it at once.
  public var maxInstances: Int

  /// Creates a slice.
  public init(
    name: String, smCount: Int, memoryFraction: Double, memoryMiB: Int, maxInstances: Int
  ) {
    self.name = name
    self.smCount = smCount
    self.memoryFraction = memoryFraction
    self.memoryMiB = memoryMiB
    self.maxInstances = maxInstances
  }
}
