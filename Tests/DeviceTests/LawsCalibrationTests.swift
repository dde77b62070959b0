import SimBasics
import TestSupport
import Testing

@testable import Device
@testable import Hardware

/// Law 8: a calibrated launch alone takes exactly its measured time, and preparing a row keeps its
/// operations.
@Suite struct LawsCalibrationTests {
  /// A GPU of round numbers, about the size of a V100.
  private static let gpu = GPUSpec(
    name: "test", architecture: "Test", computeCapability: "7.0", smCount: 80, smsPerTPC: 2,
    clockMHz: 1500, flopPerCyclePerSM: [.fp32: 128], dramGBPerS: 900, dramEfficiency: 0.9,
    l2MiB: 6, memoryMiB: 16384,
    limits: SMLimits(
      maxWarps: 64, maxBlocks: 32, registers: 65536, subPartitions: 4, sharedMemory: 98304,
      maxSharedMemoryPerBlock: 98304, sharedMemoryUnit: 256, sharedMemoryReserve: 0),
    dramLatencyNS: 500, bytesInFlightPerWarp: 512, saturatingWarps: 16, blockOverheadNS: 300,
    maxResidentGrids: 128, maxMPSClients: 48)

  private static func row(_ draw: inout SeededGenerator) -> KernelProfile {
    let grid = 1 + draw.nextBelow([4, 80, 200, 3000][draw.nextBelow(4)])
    let threads = 32 * (1 + draw.nextBelow(16))
    return KernelProfile(
      name: "k", grid: Extent3(grid), block: Extent3(threads),
      registersPerThread: 16 + draw.nextBelow(100), sharedMemoryBytes: draw.nextBelow(49152),
      flop: Int64(draw.nextBelow(100_000)) * Int64(grid * threads) / 100,
      dramBytes: Int64(draw.nextBelow(4000)) * Int64(grid * threads) / 100)
  }

  private static func oracleTime(_ profile: BlockProfile) -> Int64? {
    let limits = gpu.limits
    let kernel = NaiveDevice.Kernel(
      warps: profile.cost.warps, registers: profile.cost.registers,
      sharedMemory: profile.cost.sharedMemory, soloNS: profile.soloNS, smShare: profile.smShare,
      dramRate: profile.dramRate, tailNS: profile.tailNS)
    let machine = NaiveDevice.Machine(
      smCount: gpu.smCount, warps: limits.maxWarps, blocks: limits.maxBlocks,
      registers: limits.registers, sharedMemory: limits.sharedMemory, dramRate: gpu.dramRate,
      maxResidentGrids: gpu.maxResidentGrids)
    let launch = NaiveDevice.Launch(kernel, blocks: profile.blocks)
    return LawSubject.oracle.play(
      Mix(machine: machine, arrivals: [.init(launch: launch, start: .at(0))])
    ).completedAt[0]
  }

  @Test(
    "Alone, a calibrated launch takes its measured time to the nanosecond",
    arguments: UInt64(0)..<100)
  func measuredTime(seed: UInt64) throws {
    var draw = SeededGenerator(seed: seed, stream: "calibration")
    var row = Self.row(&draw)
    let natural = Device.isolatedRun(
      of: try BlockProfile.prepare(row, on: Self.gpu, precision: .fp32), on: Self.gpu
    ).durationNS
    // From a fifth to five times of what the model says by itself.
    let duration = Int64(Double(natural) * (0.2 + 4.8 * draw.nextUnit())) + 1
    row.durationNS = duration
    let profile = try BlockProfile.prepare(row, on: Self.gpu, precision: .fp32)
    #expect(Device.isolatedRun(of: profile, on: Self.gpu).durationNS == duration, "seed \(seed)")
    // The tail is for what whole nanoseconds per wave cannot say, not for the launch's time.
    #expect(
      profile.tailNS >= 0 && profile.tailNS <= 4 + duration / 100,
      "seed \(seed): \(profile.tailNS) of \(duration) ns, by itself \(natural) ns, \(profile)")
    if seed % 10 == 0 { #expect(Self.oracleTime(profile) == duration, "seed \(seed)") }
  }

  @Test("A prepared block does the row's operations at full speed", arguments: UInt64(0)..<50)
  func operations(seed: UInt64) throws {
    var draw = SeededGenerator(seed: seed, stream: "operations")
    let row = Self.row(&draw)
    let profile = try BlockProfile.prepare(row, on: Self.gpu, precision: .fp32)
    let blocks = Double(row.grid.count)
    let bytes = Double(try #require(row.dramBytes))
    let flop = Double(try #require(row.flop))
    #expect(abs(profile.dramRate * profile.soloNS * blocks - bytes) <= bytes * 1e-12)
    let done = profile.smShare * profile.soloNS * Self.gpu.smRate(.fp32) * blocks
    #expect(abs(done - flop) <= flop * 1e-12)
    #expect(profile.smShare <= 1 && profile.dramRate <= Self.gpu.dramRate)
    #expect(profile.flop == row.flop && profile.dramBytes == row.dramBytes)
  }
}
