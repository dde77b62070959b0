import Tables
import TestSupport
import Testing

@testable import KernelData

@Suite("Wave estimate")
struct LoweringWaveTests {
  /// Nanoseconds of `blocks` blocks of 128 threads with a million operations each on the V100.
  static func time(_ blocks: Int, bytes: Double = 0) throws -> Double {
    let estimate = WaveEstimate(gpu: try #require(LoweringTests.v100))
    return try #require(
      estimate.duration(
        blocks: blocks, threads: 128, registers: 128, sharedMemory: 0,
        flop: 1e6 * Double(blocks), bytes: bytes, precision: .fp32))
  }

  /// An SM does 195.84 operations a nanosecond and holds 4 of these blocks; a wave costs 250 ns.
  @Test(arguments: [
    (1, 1, 1), (80, 1, 1), (81, 1, 2), (160, 1, 2), (320, 1, 4), (321, 2, 5), (640, 2, 8),
  ])
  func stepsWithTheBlocksOfTheBusiestSM(blocks: Int, waves: Int, perSM: Int) throws {
    let expected = 250 * Double(waves) + 1e6 / 195.84 * Double(perSM)
    #expect(abs(try Self.time(blocks) - expected) < 1e-6)
  }

  @Test func bytesTakeOverWhereTheyAreSlower() throws {
    let rate = 898.05 * 0.89
    #expect(abs(try Self.time(320, bytes: 1e9) - (250 + 1e9 / rate)) < 1e-6)
    // One block alone is held up by the latency of its loads: 4 warps of 512 bytes in 317 ns.
    #expect(abs(try Self.time(1, bytes: 1e6) - (250 + 1e6 * 317 / 2048)) < 1e-6)
  }

  @Test func whatFitsNoSMHasNoDuration() throws {
    let estimate = WaveEstimate(gpu: try #require(LoweringTests.v100))
    let time = estimate.duration(
      blocks: 1, threads: 128, registers: 32, sharedMemory: 1 << 20, flop: 1, bytes: 1,
      precision: .fp32)
    #expect(time == nil)
  }
}
