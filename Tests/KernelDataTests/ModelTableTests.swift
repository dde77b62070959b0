import Hardware
import Tables
import TestSupport
import Testing

@testable import KernelData

/// Tables that are lowered when they are asked for.
@Suite("Model tables")
struct ModelTableTests {
  static let library = LoweringTests.library

  static func gpu(_ name: String) throws -> GPUSpec { try library.gpu(name) }

  @Test func shippedTablesComeFirst() throws {
    let v100 = try Self.gpu("v100-sxm2-16gb")
    for word in ["resnet50", "resnet50:fp32"] {
      let found = try Self.library.table(word, on: v100)
      #expect(found.stack == nil && found.note == nil && found.name == "resnet50")
      #expect(
        found.table.csvText == (try Self.library.kernelTable("resnet50", gpu: v100.name)).csvText)
    }
    let half = try Self.library.table("resnet50:fp16", on: v100)
    #expect(half.stack == "inference-fp16" && half.table.precision == .fp16Tensor)
  }

  @Test func anyOtherGPUIsLowered() throws {
    let a100 = try Self.gpu("a100-sxm4-40gb")
    let found = try Self.library.table("resnet50", on: a100)
    let made = try Lowering.table(model: "resnet50", gpu: a100, library: Self.library)
    #expect(found.table.csvText == made.csvText && found.table.provenance == "analytic")
    #expect(
      found.note
        == "analytic: lowered for 'a100-sxm4-40gb' from the layer shapes of 'resnet50', "
        + "inference-fp32; no such table ships")
    // Read as a file it is the same.
    let again = try KernelTable.read(text: found.table.csvText, file: "a.csv")
    #expect(again.csvText == found.table.csvText)
    let more = try Self.library.table("resnet50", on: a100, including: [3, 4, 100])
    #expect(more.table.batches.map(\.batch) == [1, 2, 3, 4, 8, 16, 32, 64, 100])
  }

  /// A card of the user's own: half the SMs of a T4 take longer, and are at least half as fast.
  @Test func filesOfTheUsersAreLowered() throws {
    var card = try Self.gpu("t4")
    // At its cap the board would slow twice the SMs down to nearly the speed of half of them.
    card.power = nil
    let whole = try Self.library.table("vgg19", on: card)
    card.name = "my-card"
    card.smCount /= 2
    let half = try Self.library.table("vgg19", on: card)
    #expect(half.table.gpu == "my-card" && half.stack == "inference-fp32")
    for (a, b) in zip(whole.table.batches, half.table.batches) where a.batch >= 8 {
      func time(_ launches: [KernelProfile]) -> Double {
        Double(launches.reduce(0) { $0 + ($1.durationNS ?? 0) })
      }
      let ratio = time(b.launches) / time(a.launches)
      #expect(ratio > 1.5 && ratio < 2.1, "batch \(a.batch): \(ratio)")
    }
  }

  @Test(arguments: [
    ("v100-sxm2-16gb", "fp16", Precision.fp16Tensor), ("p100-sxm2-16gb", "fp16", .fp16),
    ("t4", "int8", .int8), ("a100-sxm4-40gb", "tf32", .tf32), ("l4", "fp32", .fp32),
    ("h100-sxm5-80gb", "FP16", .fp16Tensor), ("p4", "int8", .int8),
  ])
  func precisionsTakeTheRateThatTheGPUStates(
    gpu: String, word: String, rate: Precision
  ) throws {
    let gpu = try Self.gpu(gpu)
    let found = try Self.library.table("mobilenet_v2:\(word)", on: gpu)
    #expect(found.table.precision == rate)
    let full = try Self.library.table("mobilenet_v2:fp32", on: gpu)
    let bytes = LoweringPrecision(rawValue: word.lowercased())?.bytes ?? 0
    #expect(abs(found.table.weightsMiB * 4 - full.table.weightsMiB * Double(bytes)) < 0.01)
  }

  @Test(arguments: [
    ("resnet50:int8", "v100-sxm2-16gb", "'v100-sxm2-16gb' states no rate for int8"),
    (
      "resnet50:tf32", "t4",
      "'t4' states no rate for tf32\n  hint: it has rates for: fp32, fp16, int8"
    ),
    ("resnet50:fp61", "t4", "unknown precision 'fp61'\n  hint: did you mean 'fp16'?"),
    ("resnet51:fp16", "t4", "unknown model 'resnet51'\n  hint: did you mean 'resnet50'?"),
    ("resnet51", "t4", "unknown model 'resnet51'\n  hint: did you mean 'resnet50'?"),
  ])
  func refusesWhatItDoesNotKnow(word: String, gpu: String, error: String) throws {
    let place = NamePlace(file: "e.json", line: 3, column: 7)
    let gpu = try Self.gpu(gpu)
    let found = #expect(throws: InputError.self) {
      try Self.library.table(word, on: gpu, at: place)
    }
    #expect(found?.description.hasPrefix("e.json:3:7: error: " + error) == true, "\(found as Any)")
  }

  @Test func batchesAreAllOfTheFewAndSomeOfTheMany() {
    #expect(Lowering.batches(upTo: 1) == [1])
    #expect(Lowering.batches(upTo: 5) == [1, 2, 3, 4, 5])
    #expect(Lowering.batches(upTo: 64).count == 64)
    #expect(Lowering.batches(upTo: 1000).suffix(5) == [64, 128, 256, 512, 1000])
    #expect(Lowering.batches(upTo: 128).suffix(2) == [64, 128])
  }

  /// Nothing that is lowered is faster than its GPU or does not fit it.
  @Test(arguments: [
    "v100-sxm2-16gb", "a100-sxm4-40gb", "h100-sxm5-80gb", "t4", "p100-sxm2-16gb",
  ])
  func loweredTablesAreClean(gpu: String) throws {
    let gpu = try Self.gpu(gpu)
    for precision in LoweringPrecision.allCases where precision.isStated(by: gpu) {
      for model in ["resnet50", "densenet121", "bert_large", "lstm_cell"] {
        let table = try Lowering.table(
          model: model, gpu: gpu, batches: [1, 8], stack: Lowering.stack(for: precision),
          library: Self.library)
        let found = try KernelLint.findings(
          in: CSVReader.table(of: table.csvText, file: "\(model).csv")
        ) { _ in gpu }
        #expect(found.isEmpty, "\(gpu.name) \(precision): \(found.diagnostics(upTo: 3))")
      }
    }
  }

  /// TensorRT on an A100: BERT of 128 tokens (NVIDIA's demo, averages) and ResNet-18 (profile
  /// published with TensorRT's engine explorer); errors as the stacks' files tell them, and some
  /// room for what chooses kernels.
  @Test(arguments: [
    ("bert_large:fp16", "a100-sxm4-40gb", 1, 1.64, 0.3),
    ("bert_large:fp16", "a100-sxm4-40gb", 8, 4.51, 0.15),
    ("bert_large:fp16", "a100-sxm4-40gb", 32, 13.85, 0.15),
    ("bert_base:fp16", "a100-sxm4-40gb", 8, 1.38, 0.25),
    ("bert_large:int8", "a100-sxm4-40gb", 1, 1.25, 0.3),
    ("bert_large:int8", "a100-sxm4-40gb", 32, 7.09, 0.2),
    ("bert_base:int8", "a100-sxm4-40gb", 8, 0.95, 0.25),
    ("resnet18:tf32", "a100-pcie-80gb", 32, 1.99, 0.2),
  ])
  func meetsPublishedLatencies(
    word: String, gpu: String, batch: Int, published: Double, tolerance: Double
  ) throws {
    let found = try Self.library.table(word, on: Self.gpu(gpu), including: [batch])
    let launches = try #require(found.table.batches.first { $0.batch == batch }?.launches)
    let error = LoweringTests.milliseconds(launches) / published - 1
    #expect(abs(error) <= tolerance, "\(error)")
  }

  /// Fewer bytes and faster products never take longer.
  @Test func narrowerIsFaster() throws {
    let gpu = try Self.gpu("a100-sxm4-40gb")
    var last = Double.infinity
    for word in ["fp32", "tf32", "fp16", "int8"] {
      let table = try Self.library.table("resnet50:\(word)", on: gpu).table
      let time = LoweringTests.milliseconds(table.batches[5].launches)
      #expect(time < last, "\(word)")
      last = time
    }
  }
}
