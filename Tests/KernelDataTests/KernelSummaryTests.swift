import Hardware
import TestSupport
import Testing

@testable import KernelData

@Suite struct KernelSummaryTests {
  let v100: GPUSpec

  init() throws {
    v100 = try ModelLibrary(folder: SharedFiles.repositoryRoot + "/models").gpu("v100-sxm2-16gb")
  }

  func launch(
    _ name: String, blocks: Int, threads: Int = 256, registers: Int = 32, flop: Int64 = 0,
    bytes: Int64 = 1, duration: Int64? = 10_000
  ) -> KernelProfile {
    KernelProfile(
      name: name, grid: Extent3(blocks), block: Extent3(threads), registersPerThread: registers,
      sharedMemoryBytes: 0, flop: flop, dramBytes: bytes, durationNS: duration)
  }

  func summary(_ launches: [KernelProfile]) throws -> KernelSummary {
    try KernelSummary(launches, on: v100, precision: .fp32, file: "f")
  }

  @Test func wavesAndTailByHand() throws {
    // 256 threads of 32 registers: 8 blocks on each of 80 SMs, 640 a wave.
    let sum = try summary([launch("a_gemm", blocks: 1600), launch("b_gemm", blocks: 320)])
    #expect(sum.launches.map(\.waves) == [2.5, 0.5])
    // Half of the third of three waves stands empty: a sixth of 10 us.
    #expect(abs(sum.launches[0].tailNS - 10_000.0 / 6) < 1e-9)
    #expect(sum.launches[1].tailNS == 0 && sum.launches[1].isPartial)
    #expect(sum.total.partialCount == 1 && sum.total.partialShare == 0.5)
    #expect(sum.total.idleCount == 0)
    #expect(try summary([launch("c", blocks: 79)]).total.idleCount == 1)
    #expect(sum.total.warpShare == 1 && sum.total.limiter == .warps)
  }

  @Test func theLimiterOfMostTimeIsTold() throws {
    let sum = try summary([
      launch("a", blocks: 80, registers: 128, duration: 30_000),
      launch("b", blocks: 80, duration: 10_000),
    ])
    #expect(sum.total.limiter == .registers)
    #expect(sum.limiters.map(\.limiter) == [.registers, .warps])
    #expect(sum.limiters.map(\.share) == [0.75, 0.25])
    // 2 blocks of 8 warps against 8 of them.
    #expect(sum.total.warpShare == 0.25 * 0.75 + 0.25)
  }

  @Test func ratesAndRooflineByHand() throws {
    // 15.6672 TFLOP/s and 898.05 GB/s.
    let sum = try summary([
      launch("a_gemm", blocks: 80, flop: 78_336_000, bytes: 1, duration: 10_000),
      launch("b_add", blocks: 80, flop: 1, bytes: 4_490_250, duration: 10_000),
    ])
    #expect(abs(sum.launches[0].boundNS - 5_000) < 1e-6)
    #expect(abs(sum.launches[1].boundNS - 5_000) < 1e-6)
    #expect(sum.families.map(\.name) == ["product", "elementwise"])
    #expect(abs(sum.families[0].teraflopPerSecond - 7.8336) < 1e-9)
    #expect(abs(sum.families[1].gigabytesPerSecond - 449.025) < 1e-9)
  }

  @Test func aMissingDurationIsPredicted() throws {
    let sum = try summary([
      launch("a_gemm", blocks: 80, flop: 1_000_000_000, bytes: 1_000_000, duration: nil)
    ])
    #expect(sum.total.predictedCount == 1)
    // 1 GFLOP take 64 us at the peak, and a block's start and stop.
    #expect((63_000...66_000).contains(sum.total.durationNS))
  }

  @Test func whatCannotRunIsNamedOnce() throws {
    let fat = launch("fat", blocks: 1, threads: 1024, registers: 128)
    do {
      _ = try summary([fat, fat])
      Issue.record("expected a fault")
    } catch {
      #expect(
        "\(error)" == "f: error: no block of 'fat' fits an SM of v100-sxm2-16gb: too many registers"
      )
    }
  }

  @Test func groupsAddUpToTheWhole() throws {
    let sum = try summary(
      (1...20).map {
        launch("k\($0 % 3)_gemm", blocks: $0 * 100, flop: 1000, duration: Int64($0) * 1000)
      })
    for groups in [sum.families, sum.kernels] {
      #expect(groups.reduce(0) { $0 + $1.count } == 20)
      #expect(groups.reduce(0) { $0 + $1.durationNS } == sum.total.durationNS)
      #expect(zip(groups, groups.dropFirst()).allSatisfy { $0.durationNS >= $1.durationNS })
    }
    #expect(sum.kernels.count == 3)
  }

  @Test(arguments: [
    ("volta_sgemm_128x64_tn", KernelFamily.product),
    ("ampere_sgemm_32x32_sliced1x4_tn", .product),
    ("void cudnn::ops::nchwToNhwcKernel<float>", .movement),
    ("cudnn_ampere_scudnn_128x64_relu", .convolution),
    ("void splitKreduce_kernel<32, 16>", .reduction),
    ("void softmax_warp_forward<float>", .softmax),
    ("void at::native::layer_norm_kernel", .normalization),
    ("void at::native::vectorized_elementwise_kernel<4>", .elementwise),
    ("flash_fwd_kernel", .attention), ("max_pool2d_forward", .pooling),
    ("indexSelectLargeIndex", .embedding), ("triton_", .other),
  ])
  func familiesByName(name: String, family: KernelFamily) {
    #expect(KernelFamily(of: name) == family)
  }
}
