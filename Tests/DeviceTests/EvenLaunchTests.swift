import Hardware
import SimBasics
import Testing

@testable import Device

/// A launch of equal waves against the engine that runs it.
@Suite struct EvenLaunchTests {
  static let gpu = GPUSpec(
    name: "test", architecture: "none", computeCapability: "8.0", smCount: 20, smsPerTPC: 2,
    clockMHz: 1_000, flopPerCyclePerSM: [.fp32: 128, .bf16Tensor: 2_048], dramGBPerS: 1_000,
    dramEfficiency: 0.9, l2MiB: 4, memoryMiB: 16_000,
    limits: SMLimits(
      maxWarps: 64, maxBlocks: 32, registers: 65_536, subPartitions: 4, sharedMemory: 166_912,
      maxSharedMemoryPerBlock: 166_912, sharedMemoryUnit: 128, sharedMemoryReserve: 1_024),
    dramLatencyNS: 400, bytesInFlightPerWarp: 512, saturatingWarps: 8, blockOverheadNS: 0,
    maxResidentGrids: 128, maxMPSClients: 48)

  @Test("Alone, it takes its duration and does what is said", arguments: UInt64(0)..<400)
  func alone(seed: UInt64) throws {
    var draw = SeededGenerator(seed: seed, stream: "even")
    let row = KernelProfile(
      name: "k", grid: Extent3(1 + draw.nextBelow([3, 40, 200, 4_000][draw.nextBelow(4)])),
      block: Extent3(32 * (1 + draw.nextBelow(16))), registersPerThread: 16 + draw.nextBelow(100),
      sharedMemoryBytes: draw.nextBelow(49_152), flop: Int64(draw.nextBelow(1 << 30)),
      dramBytes: Int64(draw.nextBelow(1 << 26)), durationNS: Int64(1 + draw.nextBelow(200_000)),
      computeFraction: draw.nextUnit())
    let occupancy = Occupancy(
      threads: row.block.count, registers: row.registersPerThread,
      sharedMemory: row.sharedMemoryBytes, limits: Self.gpu.limits)
    let unbound = Int64(Double(row.durationNS ?? 1) * draw.nextUnit()) + 1
    let launch = EvenLaunch(row, occupancy, unboundNS: unbound, on: Self.gpu)
    let demand = try Demand(of: row, on: Self.gpu, precision: .bf16Tensor)
    let run = Device.isolatedRun(
      of: launch.profile(demand, dramRate: Self.gpu.dramRate), on: Self.gpu)
    #expect(run.durationNS == launch.durationNS, "seed \(seed)")
    #expect(run.integrals == launch.integrals, "seed \(seed)")
  }

  @Test("A kernel that takes another's place runs as itself")
  func replaced() throws {
    func profile(_ ns: Double) -> BlockProfile {
      BlockProfile(
        blocks: 7, cost: BlockCost(warps: 4, registers: 0, sharedMemory: 0), blocksPerSM: 16,
        soloNS: ns, smShare: 0.01, dramRate: 1)
    }
    var device = Device(gpu: Self.gpu)
    let kernel = device.register(profile(50))
    for ns in [70.0, 20] {
      device.replace(kernel, by: profile(ns))
      let start = device.now
      _ = device.submit(kernel: kernel, blocks: 7, tag: 0)
      device.settle()
      while device.advance(before: .max) { device.settle() }
      #expect(device.now - start == Int64(ns))
    }
  }
}
