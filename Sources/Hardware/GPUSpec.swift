/// A numeric format whose rate a GPU states.
package enum Precision: String, CaseIterable, Sendable {
  case fp64, fp32, tf32, fp16, bf16, int8
  /// Tensor-core rates where they differ from the plain ones.
  case fp16Tensor = "fp16_tensor"
  case bf16Tensor = "bf16_tensor"
}

/// What the time of a block alone on an idle GPU follows from, beside rates.
package struct BlockTimingConstants: Hashable, Sendable {
  /// DRAM load latency in nanoseconds.
  package var dramLatencyNS: Double
  /// Bytes a warp keeps in flight to DRAM.
  package var bytesInFlightPerWarp: Double
  /// Warps that saturate an SM's issue slots.
  package var saturatingWarps: Double
  /// Time a block needs to start and stop, in nanoseconds.
  package var blockOverheadNS: Double
  /// Issue slots a kernel uses over those of its arithmetic alone, where nothing counted them.
  package var instructionFactor: Double

  /// Creates the constants.
  package init(
    dramLatencyNS: Double, bytesInFlightPerWarp: Double, saturatingWarps: Double,
    blockOverheadNS: Double, instructionFactor: Double = 1
  ) {
    self.dramLatencyNS = dramLatencyNS
    self.bytesInFlightPerWarp = bytesInFlightPerWarp
    self.saturatingWarps = saturatingWarps
    self.blockOverheadNS = blockOverheadNS
    self.instructionFactor = instructionFactor
  }
}

/// One GPU as `models/gpus/<name>.json` describes it (`gpuloom.gpu/1`).
package struct GPUSpec: Sendable {
  /// The most SMs a device may have: what the sets of SMs hold, far above today's cards.
  package static let mostSMs = 256

  /// The catalogue name, such as `v100-sxm2-16gb`.
  package var name: String
  /// Other names the catalogue finds it by.
  package var alsoKnownAs: [String] = []
  /// The architecture, such as `Volta`.
  package var architecture: String
  /// The compute capability, such as `7.0`.
  package var computeCapability: String
  /// The number of streaming multiprocessors.
  package var smCount: Int
  /// SMs a TPC holds: the step of MPS caps.
  package var smsPerTPC: Int
  /// The sustained SM clock in MHz.
  package var clockMHz: Double
  /// Floating-point operations an SM does in a cycle, by precision.
  package var flopPerCyclePerSM: [Precision: Double]
  /// Peak DRAM bandwidth in 10^9 bytes/s.
  package var dramGBPerS: Double
  /// The share of the peak bandwidth that a streaming kernel reaches.
  package var dramEfficiency: Double
  /// L2 size in MiB.
  package var l2MiB: Double
  /// Device memory in MiB.
  package var memoryMiB: Int
  /// The limits of one SM.
  package var limits: SMLimits
  /// What the time of one block follows from.
  package var timing: BlockTimingConstants
  /// Most grids resident at once.
  package var maxResidentGrids: Int
  /// Most MPS clients.
  package var maxMPSClients: Int
  /// MIG slices on offer; empty where the GPU has none.
  package var migSlices: [MIGSlice] = []
  /// What limits its clock under load; nil where that is not known.
  package var power: PowerLimit?
  /// Where each number comes from, by key, and whether it was measured, published, derived or
  /// assumed.
  package var sources: [(key: String, source: String)] = []

  /// Creates a GPU from its numbers.
  package init(
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
  package func smRate(_ precision: Precision) -> Double {
    let perCycle = flopPerCyclePerSM[precision] ?? flopPerCyclePerSM[.fp32] ?? 1
    return perCycle * clockMHz / 1e3
  }

  /// Achievable DRAM bandwidth in bytes per nanosecond.
  package var dramRate: Double { dramGBPerS * dramEfficiency }
}

/// What one SM holds at most, and in which units it hands it out.
package struct SMLimits: Hashable, Sendable {
  /// Resident warps (of 32 threads).
  package var maxWarps: Int
  /// Resident thread blocks.
  package var maxBlocks: Int
  /// Threads of one block.
  package var maxThreadsPerBlock: Int
  /// 32-bit registers.
  package var registers: Int
  /// Registers one thread may use.
  package var maxRegistersPerThread: Int
  /// Registers one block may use.
  package var maxRegistersPerBlock: Int
  /// Registers are handed to a warp in multiples of this.
  package var registerUnit: Int
  /// Warp schedulers, each with its share of the registers.
  package var subPartitions: Int
  /// Shared memory in bytes.
  package var sharedMemory: Int
  /// Shared memory one block may use (opt-in maximum), in bytes.
  package var maxSharedMemoryPerBlock: Int
  /// Shared memory is handed out in multiples of this, in bytes.
  package var sharedMemoryUnit: Int
  /// Shared memory the system keeps per block, in bytes.
  package var sharedMemoryReserve: Int

  /// Creates the limits.
  package init(
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
package struct MIGSlice: Hashable, Sendable {
  /// The profile, such as `3g.20gb`.
  package var name: String
  /// Its SMs.
  package var smCount: Int
  /// Its share of DRAM bandwidth and L2.
  package var memoryFraction: Double
  /// Its memory in MiB.
  package var memoryMiB: Int
  /// Most instances of it at once.
  package var maxInstances: Int

  /// Creates a slice.
  package init(
    name: String, smCount: Int, memoryFraction: Double, memoryMiB: Int, maxInstances: Int
  ) {
    self.name = name
    self.smCount = smCount
    self.memoryFraction = memoryFraction
    self.memoryMiB = memoryMiB
    self.maxInstances = maxInstances
  }
}
