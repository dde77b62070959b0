import Hardware
import Tables
import TestSupport
import Testing

@testable import KernelData

/// A table of launches as rows; the header is that of a V100 in fp32.
func lintTable(_ rows: [String], gpu: String = "v100-sxm2-16gb", precision: String = "fp32")
  -> String
{
  """
  # format: gpuloom.kernels/1
  # model: small
  # gpu: \(gpu)
  # stack: a test
  # precision: \(precision)
  # weights_mib: 10
  # workspace_mib: 1
  # input_bytes: 0
  # output_bytes: 0
  # source: by hand
  # provenance: measured
  batch,launch,kernel,grid_x,grid_y,grid_z,block_x,block_y,block_z,registers_per_thread,\
  shared_memory_bytes,flop,dram_bytes,duration_ns

  """ + rows.map { $0 + "\n" }.joined()
}

/// A table with one fault, and what the lint says of it.
struct LintCase: CustomTestStringConvertible, Sendable {
  var name: String
  var rows: [String]
  var gpu = "v100-sxm2-16gb"
  var precision = "fp32"
  var expected: String
  var testDescription: String { name }

  static let good = "1,0,good_gemm,80,1,1,256,1,1,32,0,1000000,1000000,5123"

  static let all: [LintCase] = [
    LintCase(
      name: "too many registers",
      rows: ["1,0,fat_gemm,80,1,1,1024,1,1,128,0,1000000,1000000,5123"],
      expected: "f.csv:13:30: error: no block of 'fat_gemm' fits an SM of 'v100-sxm2-16gb': 128 "
        + "registers for each of 1024 threads; a thread has at most 255, a block 65536 "
        + "[impossible-occupancy]"),
    LintCase(
      name: "too much shared memory",
      rows: ["1,0,fat_gemm,80,1,1,256,1,1,32,99000,1000000,1000000,5123"],
      expected: "f.csv:13:32: error: no block of 'fat_gemm' fits an SM of 'v100-sxm2-16gb': 99000 "
        + "bytes of shared memory; a block has at most 98304 [impossible-occupancy]"),
    LintCase(
      name: "too many blocks along z",
      rows: ["1,0,good_gemm,80,1,65536,256,1,1,32,0,1000000,1000000,51230000"],
      expected: "f.csv:13:20: error: 65536 blocks along z: CUDA launches at most 65535 "
        + "[launch-limit]"),
    LintCase(
      // 15.667 TFLOP/s at 1.53 GHz: 15.667 GFLOP take a millisecond.
      name: "faster than the SMs", rows: ["1,0,g_gemm,80,1,1,256,1,1,32,0,15667200000,1,500000"],
      expected: "f.csv:13:46: error: 500000 ns is below the roofline of 'v100-sxm2-16gb': 15.67 "
        + "GFLOP take 1000000 ns at 15.67 TFLOP/s of fp32 [below-roofline]\n  hint: tensor cores "
        + "could: if they were used, state the precision fp16_tensor"),
    LintCase(
      name: "a little faster than the SMs",
      rows: ["1,0,g_gemm,80,1,1,256,1,1,32,0,15667200000,1,999000"],
      expected: "f.csv:13:46: warning: 999000 ns is below the roofline of 'v100-sxm2-16gb': 15.67 "
        + "GFLOP take 1000000 ns at 15.67 TFLOP/s of fp32 [below-roofline]\n  hint: tensor cores "
        + "could: if they were used, state the precision fp16_tensor"),
    LintCase(
      name: "faster than the DRAM",
      rows: ["1,0,g_add,80,1,1,256,1,1,32,0,1,898050000,500000"],
      expected: "f.csv:13:43: error: 500000 ns is below the roofline of 'v100-sxm2-16gb': 898.1 MB "
        + "take 1000000 ns at 898.1 GB/s [below-roofline]"),
    LintCase(
      name: "one duration for all",
      rows: (0..<5).map { "1,\($0),k\($0)_add,80,1,1,256,1,1,32,0,1000,1000,5125" },
      expected: "f.csv:13:42: warning: 5 of the 5 launches of batch 1 last 5125 ns, whatever they "
        + "do: placeholders? [placeholder-duration]"),
    LintCase(
      name: "whole microseconds",
      rows: (0..<8).map { "1,\($0),k\($0)_add,80,1,1,256,1,1,32,0,1000,1000,\($0 + 7)000" },
      expected: "f.csv:13:42: warning: all 8 durations of batch 1 are whole microseconds: the "
        + "profiler rounded them, and 3 below 10 us may be off by 5 % and more [rounded-duration]"),
    LintCase(
      name: "too short", rows: ["1,0,k_add,80,1,1,256,1,1,32,0,1000,1000,12"],
      expected: "f.csv:13:41: warning: 12 ns is shorter than any launch [short-duration]\n"
        + "  hint: a placeholder, or microseconds taken for nanoseconds"),
    LintCase(
      name: "bytes alone", rows: ["1,0,k_gemm,80,1,1,256,1,1,32,0,0,1000,5123"],
      expected: "f.csv:13:32: warning: 'k_gemm' moves bytes and computes nothing "
        + "[bytes-without-operations]\n  hint: a counter that does not see tensor cores, or a name "
        + "that hides a copy"),
    LintCase(
      name: "operations alone", rows: ["1,0,k_gemm,80,1,1,256,1,1,32,0,1000,0,5123"],
      expected: "f.csv:13:37: warning: 'k_gemm' computes and moves no bytes "
        + "[operations-without-bytes]"),
    LintCase(
      name: "nothing at all", rows: ["1,0,k_gemm,80,1,1,256,1,1,32,0,0,0,5123"],
      expected: "f.csv:13:32: warning: 'k_gemm' has neither operations nor bytes: it slows nobody "
        + "down [no-demand]"),
    LintCase(
      name: "a newer architecture",
      rows: ["1,0,ampere_sgemm_64x64,80,1,1,256,1,1,32,0,1000,1000,5123"],
      expected: "f.csv:13:5: error: 'ampere_sgemm_64x64' is compiled for compute capability 8.0, "
        + "'v100-sxm2-16gb' has 7.0 [mixed-devices]\n  hint: rows of two GPUs, or the wrong GPU"),
    LintCase(
      name: "two makers",
      rows: [
        "1,0,Cijk_Ailk_Bljk,80,1,1,256,1,1,32,0,1000,1000,5123",
        "1,1,volta_sgemm_64x64,80,1,1,256,1,1,32,0,1000,1000,5123",
      ],
      expected: "f.csv:13:5: error: kernels of AMD and of NVIDIA GPUs in one table: "
        + "'Cijk_Ailk_Bljk' and 'volta_sgemm_64x64' [mixed-devices]"),
    LintCase(
      name: "an unknown GPU", rows: [good], gpu: "mine",
      expected: "f.csv:3:8: warning: the GPU 'mine' is not in the catalogue: its limits and rates "
        + "are not checked [unknown-gpu]\n  hint: name the GPU with --gpu"),
    LintCase(
      name: "a rate that is not stated", rows: [good], precision: "int8",
      expected: "f.csv:5:14: warning: 'v100-sxm2-16gb' states no rate for int8: that of fp32 is "
        + "taken [unknown-rate]"),
  ]
}

@Suite struct KernelLintTests {
  static let library = ModelLibrary(folder: SharedFiles.repositoryRoot + "/models")
  /// Read once: twenty files for every case would take longer than the cases.
  static let gpus = (try? library.gpus()) ?? []
  let gpus = Self.gpus

  func lint(_ text: String, for gpu: GPUSpec? = nil) throws -> [LintFinding] {
    try KernelLint.findings(in: CSVReader.table(of: text, file: "f.csv")) { table in
      gpu ?? GPUSpec.find(table.gpu, among: gpus)
    }
  }

  @Test(arguments: LintCase.all) func aFaultIsNamed(fault: LintCase) throws {
    let text = lintTable(fault.rows, gpu: fault.gpu, precision: fault.precision)
    let found = try lint(text).diagnostics(upTo: 9).map(\.description)
    #expect(found == [fault.expected])
  }

  @Test func aGoodTableHasNoFindings() throws {
    #expect(try lint(lintTable([LintCase.good])).isEmpty)
  }

  @Test func copiesNeedNoOperations() throws {
    let names = ["nchwToNhwcKernel", "CatArrayBatchedCopy", "relu_kernel", "max_pool", "mystery"]
    let rows = names.enumerated().map {
      "1,\($0.0),\($0.1),80,1,1,256,1,1,32,0,0,1000,\(5123 + $0.0)"
    }
    #expect(try lint(lintTable(rows)).isEmpty)
  }

  @Test func anotherGPUIsSaid() throws {
    let t4 = try #require(gpus.first { $0.name == "t4" })
    let found = try lint(lintTable([LintCase.good]), for: t4)
    #expect(found.map(\.rule) == [.otherGPU])
    // A product's name is the catalogue's.
    #expect(try lint(lintTable([LintCase.good], gpu: "Tesla T4 (0)"), for: t4).isEmpty)
  }

  @Test func memoryThatIsNotThereIsSaid() throws {
    let text = lintTable([LintCase.good]).replacing("weights_mib: 10", with: "weights_mib: 99999")
    let found = try lint(text)
    #expect(found.map(\.rule) == [.memoryLimit] && found[0].diagnostic.line == 6)
  }

  @Test func manyOfARuleAreCounted() throws {
    let rows = (0..<9).map { "1,\($0),k_gemm,80,1,1,256,1,1,32,0,0,1000,\(5123 + $0)" }
    let found = try lint(lintTable(rows))
    #expect(found.count == 9)
    let shown = found.diagnostics(upTo: 4)
    #expect(shown.count == 5 && shown[4].message == "5 more of [bytes-without-operations]")
  }

  /// Winograd's kernels do the work of a convolution in a quarter of its multiplications, not less.
  @Test func winogradIsNoWonder() throws {
    // 10⁹ operations in 50 µs are 20 TFLOP/s where the V100 has 15.7; in 10 µs they are 100.
    let row = "1,0,k_gemm,80,1,1,256,1,1,32,0,1000000000,1000,50000"
    #expect(try lint(lintTable([row])).map(\.rule) == [.belowRoofline])
    let named = row.replacing("k_gemm", with: "cudnn_Winograd_128x128")
    #expect(try lint(lintTable([named])).isEmpty)
    let fast = named.replacing(",50000", with: ",10000")
    #expect(try lint(lintTable([fast])).map(\.rule) == [.belowRoofline])
  }

  /// Every table that ships is clean on its own GPU.
  @Test func shippedTablesAreClean() throws {
    var count = 0
    for model in Self.library.modelNames {
      for gpu in Self.library.tableGPUs(of: model) {
        let path = SharedFiles.repositoryRoot + "/models/kernels/\(model)/\(gpu).csv"
        let found = try KernelLint.findings(in: CSVReader.table(at: path)) { table in
          GPUSpec.find(table.gpu, among: gpus)
        }
        #expect(found.isEmpty, "\(path): \(found.diagnostics(upTo: 3))")
        count += 1
      }
    }
    #expect(count >= 8)
  }

  /// A Winograd convolution multiplies up to four times less than its layer counts.
  @Test(arguments: [
    ("conv_winograd", 300_000, 0), ("conv_winograd", 200_000, 1), ("conv", 300_000, 1),
  ])
  func savedOperationsAreNoWonder(name: String, duration: Int, faults: Int) throws {
    // A millisecond at the V100's rate.
    let row = "1,0,\(name),80,1,1,256,1,1,32,0,15667200000,1000,\(duration)"
    let found = try lint(lintTable([row])).filter { $0.rule == .belowRoofline }
    #expect(found.count == faults)
  }

  @Test func theSameIsFoundInEveryRow() throws {
    // Batches below the first stand in other lines.
    let rows = [LintCase.good, "2,0,k_gemm,80,1,1,256,1,1,32,0,0,1000,5123"]
    let found = try lint(lintTable(rows))
    #expect(found.map(\.diagnostic.line) == [14] && found.map(\.batch) == [2])
  }
}
