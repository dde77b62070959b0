import Tables
import TestSupport
import Testing

@testable import Hardware

@Suite("Occupancy")
struct OccupancyTests {
  /// Read once: parsing JSON in debug is slow.
  static let gpus: [GPUSpec] = {
    let library = ModelLibrary(folder: SharedFiles.repositoryRoot + "/models")
    let names = ["v100-sxm2-16gb", "a100-sxm4-40gb", "p100-sxm2-16gb", "t4"]
    return names.compactMap { try? library.gpu($0) }
  }()

  static func gpu(_ name: String) throws -> GPUSpec {
    try #require(gpus.first { $0.name == name })
  }

  /// threads, registers, shared memory; blocks per SM and limiter worked out by hand.
  static let byHand: [(gpu: String, Int, Int, Int, blocks: Int, Occupancy.Limiter)] = [
    // 8 warps, 64 of them in an SM.
    ("v100-sxm2-16gb", 256, 32, 0, 8, .warps),
    // 33 registers round up to 1280 a warp: 12 warps a partition, 48 in all, 6 blocks.
    ("v100-sxm2-16gb", 256, 33, 0, 6, .registers),
    // 128 registers are 4096 a warp: 4 warps a partition, 16 in all, 4 blocks of 4 warps.
    ("v100-sxm2-16gb", 128, 128, 0, 4, .registers),
    // One register more rounds to 4352 a warp: 3 warps a partition, 12 in all, 3 blocks.
    ("v100-sxm2-16gb", 128, 129, 0, 3, .registers),
    // 96 KiB hold 3 blocks of 32 KiB; one byte more takes a unit of 256 more.
    ("v100-sxm2-16gb", 64, 16, 32768, 3, .sharedMemory),
    ("v100-sxm2-16gb", 64, 16, 32769, 2, .sharedMemory),
    // Small blocks run out of block slots, 32 on Volta and 16 on Turing.
    ("v100-sxm2-16gb", 32, 16, 0, 32, .blocks),
    ("t4", 32, 16, 0, 16, .blocks),
    // Turing has room for 32 warps.
    ("t4", 256, 32, 0, 4, .warps),
    // Ampere keeps 1 KiB a block: 164 KiB hold 9 blocks of 17 KiB and 10 of 15.4.
    ("a100-sxm4-40gb", 64, 16, 16384, 9, .sharedMemory),
    ("a100-sxm4-40gb", 64, 16, 15360, 10, .sharedMemory),
    // What no SM can hold.
    ("v100-sxm2-16gb", 1024, 65, 0, 0, .registers),
    ("v100-sxm2-16gb", 256, 256, 0, 0, .registers),
    ("v100-sxm2-16gb", 256, 32, 98305, 0, .sharedMemory),
    // Two sub-partitions of 32768 registers on the P100: 5 warps of 5120 each, 10 in all.
    ("p100-sxm2-16gb", 32, 160, 0, 12, .registers),
  ]

  @Test(arguments: byHand.indices)
  func matchesHandCases(index: Int) throws {
    let (gpu, threads, registers, shared, blocks, limiter) = Self.byHand[index]
    let found = Occupancy(
      threads: threads, registers: registers, sharedMemory: shared,
      limits: try Self.gpu(gpu).limits)
    #expect(found.blocksPerSM == blocks)
    #expect(found.limiter == limiter)
  }

  /// Rows of a Kineto export; the profiler's field is right up to 48 KiB of shared memory and
  /// known to be wrong above.
  @Test(
    .enabled(if: SharedFiles.areAvailable, "the public samples are not beside this checkout"),
    arguments: [
      ("resnet_v100sxm2_kernels.derived.csv", "v100-sxm2-16gb", 2133),
      ("alexnet_a100_kernels.derived.csv", "a100-sxm4-40gb", 73),
    ])
  func matchesEveryRecordedKernel(file: String, gpu: String, expected: Int) throws {
    let spec = try Self.gpu(gpu)
    let csv = try CSVReader.table(at: SharedFiles.path("kernels/kineto/" + file))
    let wanted = [
      "block_x", "block_y", "block_z", "regs_per_thread", "smem_bytes", "est_occ_pct",
      "grid_x", "grid_y", "grid_z",
    ]
    let columns = try wanted.map { try #require(csv.index(of: $0)) }
    let kind = try #require(csv.index(of: "cat"))
    var compared = 0
    var wrong: [String] = []
    for row in csv.rows where row.fields[kind] == "kernel" {
      let cells = columns.map { Double(row.fields[$0]) ?? .nan }
      let shared = Int(cells[4])
      if shared > 48 << 10 { continue }
      let threads = Int(cells[0] * cells[1] * cells[2])
      let occupancy = Occupancy(
        threads: threads, registers: Int(cells[3]), sharedMemory: shared, limits: spec.limits)
      let perSM = cells[6] * cells[7] * cells[8] / Double(spec.smCount)
      let resident = min(Double(occupancy.blocksPerSM), perSM)
      let percent =
        100 * resident * Double(occupancy.cost.warps) / Double(spec.limits.maxWarps)
      if !(abs(percent.rounded() - cells[5]) <= 1) {
        wrong.append("line \(row.line): \(percent) against \(cells[5])")
      }
      compared += 1
    }
    #expect(wrong == [])
    #expect(compared == expected)
  }

  /// A kernel alone reaches CUDA's count although registers are allotted per sub-partition.
  @Test(arguments: [24, 33, 40, 57, 64, 96, 127, 128, 168, 255], [32, 96, 128, 256, 512])
  func costsAddUpToTheBlocksThatFit(registers: Int, threads: Int) throws {
    #expect(Self.gpus.count == 4)
    for gpu in Self.gpus {
      let limits = gpu.limits
      let found = Occupancy(
        threads: threads, registers: registers, sharedMemory: 4096, limits: limits)
      guard found.blocksPerSM > 0 else { continue }
      let n = found.blocksPerSM
      #expect(found.cost.warps * n <= limits.maxWarps)
      #expect(found.cost.registers * n <= limits.registers)
      #expect(found.cost.sharedMemory * n <= limits.sharedMemory)
      let full =
        found.cost.warps * (n + 1) > limits.maxWarps || n == limits.maxBlocks
        || found.cost.registers * (n + 1) > limits.registers
        || found.cost.sharedMemory * (n + 1) > limits.sharedMemory
      #expect(full, "\(gpu.name): one block more would fit")
    }
  }
}
