import Hardware
import Tables
import TestSupport
import Testing

@testable import KernelData

/// A real export, and what is in it.
struct NativeFile: CustomTestStringConvertible, Sendable {
  var path: String
  var format: ProfileFormat
  var rows: Int
  var used: Int
  var kernels: Int
  var totalNS: Int64
  var companions: [String] = []
  var device: String?
  var filter: String?
  var testDescription: String { path }

  static let all: [NativeFile] = [
    NativeFile(
      path: "kineto/resnet_v100sxm2_kernels.derived.csv", format: .kinetoRows, rows: 3000,
      used: 2133, kernels: 2133, totalNS: 222_146_728),
    NativeFile(
      path: "kineto/alexnet_a100_kernels.derived.csv", format: .kinetoRows, rows: 98, used: 79,
      kernels: 79, totalNS: 10_692_000),
    NativeFile(
      path: "kineto/alexnet_a100_kineto.json.gz", format: .kineto, rows: 1408, used: 79,
      kernels: 79, totalNS: 10_692_000),
    NativeFile(
      path: "kineto/mi250_minitoy_kineto.json.gz", format: .kineto, rows: 220, used: 14,
      kernels: 14, totalNS: 110_881),
    NativeFile(
      path: "kineto/sampled_rank-0_kineto.json.gz", format: .kineto, rows: 4855, used: 1154,
      kernels: 1154, totalNS: 606_519_000),
    NativeFile(
      path: "kineto/triton_example_kineto.json.gz", format: .kineto, rows: 71, used: 1,
      kernels: 1, totalNS: 1760),
    NativeFile(
      path: "nsys/power_iteration_cuda_gpu_trace.DERIVED.csv", format: .nsys, rows: 1500,
      used: 1466, kernels: 1466, totalNS: 448_983_334),
    NativeFile(
      path: "nsys/power_iteration__baseline.sqlite.gz", format: .nsysDatabase, rows: 3778,
      used: 3689, kernels: 3689, totalNS: 1_131_742_684),
    NativeFile(
      path: "ncu/copy_blocked.csv", format: .ncuDetails, rows: 83, used: 10, kernels: 1,
      totalNS: 21_058_944),
    NativeFile(
      path: "nvprof/nvprof_gputrace.csv", format: .nvprof, rows: 25, used: 6, kernels: 6,
      totalNS: 336_671),
    NativeFile(
      path: "nvprof/trace_async.csv", format: .nvprof, rows: 9, used: 2, kernels: 2,
      totalNS: 278_946),
    NativeFile(
      path: "rocprof/MI100.timestamps.csv", format: .rocprof, rows: 3, used: 3, kernels: 3,
      totalNS: 62_400),
    NativeFile(
      path: "rocprof/MI200.SQ_LEVEL_WAVES.csv", format: .rocprof, rows: 3, used: 3, kernels: 3,
      totalNS: 51_840),
    NativeFile(
      path: "trtexec/A100_fp32_resnet.engine.profile.json", format: .trtexec, rows: 33, used: 24,
      kernels: 24, totalNS: 2_123_776,
      companions: [
        "trtexec/A100_fp32_resnet.engine.graph.json",
        "trtexec/A100_fp32_resnet.engine.profile.metadata.json",
      ]),
    NativeFile(
      path: "trtexec/TITANRTX_mobilenet.qat.engine.profile.json", format: .trtexec, rows: 74,
      used: 72, kernels: 72, totalNS: 470_389,
      companions: ["trtexec/TITANRTX_mobilenet.qat.engine.graph.json"]),
    // REEF's documented model latencies are 2189, 8273 and 4824 us.
    NativeFile(
      path: "reef/resnet18.json", format: .reef, rows: 57, used: 57, kernels: 57,
      totalNS: 2_640_000, companions: ["reef/resnet18.profile.json"]),
    NativeFile(
      path: "reef/inception.json", format: .reef, rows: 146, used: 146, kernels: 146,
      totalNS: 9_492_000, companions: ["reef/inception.profile.json"]),
    NativeFile(
      path: "reef/vgg.profile.json", format: .reef, rows: 71, used: 71, kernels: 71,
      totalNS: 5_294_000, companions: ["reef/vgg.json"]),
    NativeFile(
      path: "neusight/test_ln.csv", format: .neusight, rows: 533, used: 75, kernels: 75,
      totalNS: -1, device: "Tesla T4"),
    NativeFile(
      path: "neusight/V100_bert_large-inf-512-8.csv", format: .neusightGraph, rows: 79, used: 75,
      kernels: 75, totalNS: 13_039_612),
    NativeFile(
      path: "vidur/a100_phi-2_mlp.csv", format: .vidur, rows: 261, used: 259, kernels: 2331,
      totalNS: 313_985_000),
    NativeFile(
      path: "vidur/a100_Llama-2-7b_mlp.csv", format: .vidur, rows: 1044, used: 259,
      kernels: 2590, totalNS: -1, filter: "num_tensor_parallel_workers=8"),
    NativeFile(
      path: "gemm_fp32_neusight_dev.csv", format: .gemmRows, rows: 10_000, used: 2000,
      kernels: 2000, totalNS: -1, device: "T4"),
    NativeFile(
      path: "gemm_fp16_vidur_dev.csv", format: .gemmRows, rows: 4000, used: 2000, kernels: 2000,
      totalNS: -1, device: "A40"),
  ]
}

@Suite(
  // The samples stand beside some checkouts only.
  .enabled(if: SharedFiles.areAvailable, "needs the public samples beside the repository"))
struct ImportNativeTests {
  @Test(arguments: NativeFile.all) func everyRowIsAccountedFor(file: NativeFile) throws {
    var options = ProfileImportOptions()
    options.companions = file.companions.map { SharedFiles.path("kernels/" + $0) }
    options.device = file.device
    if let parts = file.filter?.split(separator: "=") {
      options.filters = [(String(parts[0]), String(parts[1]))]
    }
    let profile = try ProfileImport.open(
      path: SharedFiles.path("kernels/" + file.path), options: options)
    #expect(profile.format == file.format)
    #expect(profile.rowsRead == file.rows)
    #expect(profile.rowsUsed == file.used)
    #expect(profile.kernels.count == file.kernels)
    #expect(profile.rowsRead == profile.rowsUsed + profile.leftOut.reduce(0) { $0 + $1.count })
    if file.totalNS >= 0 { #expect(profile.totalDurationNS == file.totalNS) }
    var table = ProfileTableOptions()
    table.assumedSMs = 1
    let selection = try profile.selection(.whole, keepsCollectives: true)
    let made = try selection.kernelTable(table)
    let read = try KernelTable.read(text: made.csvText, file: "table")
    #expect(read.batches.map(\.launches) == made.batches.map(\.launches))
    #expect(read.batches.reduce(0) { $0 + $1.launches.count } == file.kernels)
    let sum = read.batches.flatMap(\.launches).reduce(0) { $0 + ($1.durationNS ?? 0) }
    #expect(sum == profile.totalDurationNS)
  }

  /// Rows and total milliseconds as the formats' notes have them.
  @Test(arguments: [
    ("orion/resnet50_4_fwd_new", 175, 6.498), ("orion/resnet101_4_fwd_new", 345, 12.219),
    ("orion/mobilenetv2_4_fwd_new", 152, 2.263), ("orion/bert_2_fwd_new", 572, 48.625),
    ("orion/transformer_4_fwd_new", 459, 16.671), ("orion/efficientnet_4_fwd_new", 823, 18.536),
    ("orion/model_kernels/mobilenetv2_32_fb1", 890, 40.476),
    ("orion/model_kernels/mobilenetv2_64_fb1", 890, 74.897),
    ("orion/model_kernels/resnet101_32_fb1", 1847, 155.933),
    ("orion/model_kernels/resnet101_4_fwd", 345, 11.567),
    ("orion/model_kernels/resnet50_32_fb1", 946, 95.278),
    ("orion/model_kernels/transformer_xl_4_fwd", 459, 16.671),
  ])
  func orionTables(path: String, rows: Int, totalMS: Double) throws {
    let profile = try ProfileImport.open(path: SharedFiles.path("kernels/" + path))
    #expect(profile.rowsUsed == rows)
    #expect(profile.rowsRead == rows)
    #expect(abs(Double(profile.totalDurationNS) / 1e6 - totalMS) < 0.0006)
  }

  @Test(arguments: [
    "bert_8_fb0", "mobilenetv2_32_fb0", "mobilenetv2_64_fb0", "resnet101_32_fb0",
    "resnet50_32_fb0", "transformer_xl_8_fb0",
  ])
  func orionPlaceholdersAreRefused(name: String) {
    do {
      _ = try ProfileImport.open(path: SharedFiles.path("kernels/orion/model_kernels/" + name))
      Issue.record("accepted placeholders")
    } catch { #expect("\(error)".contains("placeholders, not measurements"), "\(error)") }
  }

  @Test(arguments: [
    ("trtexec/A100_fp32_resnet.engine.timing.json", "request times"),
    ("orion/config_fig7_rnet_mnet.json", "Orion's experiment description"),
    ("neusight/V100_bert_large-inf-512-8.json", "whole latency"),
    ("nvidia-smi/qx-a100.xml", "XML"), ("gpus.csv", "no header"),
    ("neusight/test_ln.csv", "kernels of 7 GPUs"),
    ("vidur/a100_Llama-2-7b_mlp.csv", "4 tensor-parallel degrees"),
  ])
  func otherFilesAreNamed(path: String, sentence: String) {
    do {
      _ = try ProfileImport.open(path: SharedFiles.path("kernels/" + path))
      Issue.record("accepted \(path)")
    } catch { #expect("\(error)".contains(sentence), "\(error)") }
  }

  /// The layers' sum is the engine's 2.0 ms within the profiler's own overhead.
  @Test func trtexecJoinsItsGraph() throws {
    var options = ProfileImportOptions()
    let folder = "kernels/trtexec/A100_fp32_resnet.engine."
    options.companions = ["graph.json", "profile.metadata.json"].map {
      SharedFiles.path(folder + $0)
    }
    let profile = try ProfileImport.open(
      path: SharedFiles.path(folder + "profile.json"), options: options)
    #expect(profile.device?.smCount == 108)
    #expect(profile.device?.name == "NVIDIA A100 80GB PCIe")
    #expect(profile.name(of: profile.kernels[0]).hasPrefix("ampere_scudnn_128x64_relu"))
    // ResNet-18 is 1.82 G multiply-adds an image; the batch is 32.
    let flop = profile.demands.compactMap(\.flop).reduce(0, +)
    #expect(abs(flop / (2 * 32 * 1.82e9) - 1) < 0.02, "\(flop)")
    #expect(!profile.warnings.contains { $0.message.contains("not in the graph") })
  }

  @Test func theTwoFormsOfOneTraceAgree() throws {
    let json = try ProfileImport.open(
      path: SharedFiles.path("kernels/kineto/alexnet_a100_kineto.json.gz"))
    let rows = try ProfileImport.open(
      path: SharedFiles.path("kernels/kineto/alexnet_a100_kernels.derived.csv"))
    let byStart = json.kernels.sorted { $0.start < $1.start }
    #expect(byStart.map(\.durationNS) == rows.kernels.map(\.durationNS))
    #expect(byStart.map(\.gridX) == rows.kernels.map(\.gridX))
    #expect(byStart.map(\.sharedMemory) == rows.kernels.map(\.sharedMemory))
    #expect(json.copies == rows.copies)
  }

  /// The rebuilt CSV holds the first rows of the database.
  @Test func theDatabaseAndItsTableAgree() throws {
    let database = try ProfileImport.open(
      path: SharedFiles.path("kernels/nsys/power_iteration__baseline.sqlite.gz"))
    let rows = try ProfileImport.open(
      path: SharedFiles.path("kernels/nsys/power_iteration_cuda_gpu_trace.DERIVED.csv"))
    for (a, b) in zip(database.kernels, rows.kernels) {
      #expect(a.start == b.start)
      #expect(a.duration == b.duration)
      #expect(a.gridX == b.gridX)
      #expect(a.registers == b.registers)
      #expect(abs(a.sharedMemory - b.sharedMemory) <= 1000)
      #expect(database.name(of: a) == rows.name(of: b))
    }
    #expect(database.device?.smCount == 40)
    #expect(database.device?.name == "Tesla T4")
  }

  @Test func theIterationOfTheSolverIsFound() throws {
    let profile = try ProfileImport.open(
      path: SharedFiles.path("kernels/nsys/power_iteration_cuda_gpu_trace.DERIVED.csv"))
    let selection = try profile.selection(.automatic)
    #expect(selection.iteration?.period == 85)
    #expect(selection.iteration?.repeats == 16)
  }
}
