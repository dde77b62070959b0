import Hardware
import Tables
import TestSupport
import Testing

@testable import KernelData

@Suite("Lowering")
struct LoweringTests {
  static let library = ModelLibrary(folder: SharedFiles.repositoryRoot + "/models")
  /// Read once: parsing JSON in debug is slow.
  static let gpus = ["v100-sxm2-16gb", "a100-sxm4-40gb", "h100-sxm5-80gb", "t4"].compactMap {
    try? library.gpu($0)
  }
  static var v100: GPUSpec? { gpus.first }

  static func stack() throws -> LoweringStack {
    try LoweringStack.read(SharedFiles.repositoryRoot + "/models/stacks/inference-fp32.json")
  }

  /// Milliseconds of a whole model: its launches and iGniter's 1.37 µs between two of them.
  static func milliseconds(_ launches: [KernelProfile]) -> Double {
    let work = launches.reduce(0) { $0 + ($1.durationNS ?? 0) }
    return (Double(work) + 1370 * Double(launches.count)) / 1e6
  }

  /// Operations and weights as the models' papers and reference implementations count them.
  @Test(arguments: [
    ("resnet18", 3.64, 44.6), ("resnet50", 8.2, 97.5), ("mobilenet_v2", 0.6, 13.4),
    ("bert_base", 22.4, 417.6), ("lstm_cell", 0.0042, 8.0), ("gemm_conv2_2", 0.0755, 1.125),
    ("gemm_256", 0.03355, 0.25), ("gemv_512", 0.000524, 1.0),
  ])
  func countsOperationsAndWeights(model: String, gigaFLOP: Double, weights: Double) throws {
    let gpu = try #require(Self.v100)
    let table = try Lowering.table(
      model: model, gpu: gpu, batches: [1], library: Self.library)
    let flop = table.batches[0].launches.reduce(0) { $0 + ($1.flop ?? 0) }
    #expect(abs(Double(flop) / 1e9 / gigaFLOP - 1) < 0.01)
    #expect(abs(table.weightsMiB / weights - 1) < 0.01)
  }

  @Test func paperProductsHaveTheBlocksOfTheirTime() throws {
    let gpu = try #require(Self.v100)
    func only(_ model: String, _ batch: Int) throws -> KernelProfile {
      let table = try Lowering.table(
        model: model, gpu: gpu, batches: [batch], library: Self.library)
      #expect(table.batches[0].launches.count == 1)
      return table.batches[0].launches[0]
    }
    let conv = try only("gemm_conv2_2", 1)
    #expect(conv.grid.count == 4)
    #expect(conv.block.count == 128)
    #expect(try only("gemm_conv2_2", 20).grid.count == 80)
    #expect(try only("gemm_256", 1).grid.count == 8)
    // One column: a warp for each of the 512 outputs, as cuBLAS has it.
    #expect(try only("gemv_512", 1).grid.count == 128)
    #expect(try only("gemv_512", 64).grid.count == 32)
  }

  /// Fitted jointly with VGG-19 and AlexNet, from a tenth of the SMs to all: what is left here is the
  /// price of one set of constants for all of them.
  @Test(arguments: [
    (1, 80, 2.39, 0.09), (32, 80, 21.3, 0.13), (16, 80, 11.5, 0.14),
    (1, 40, 2.85, 0.08), (16, 40, 20.1, 0.11), (32, 40, 38.4, 0.09),
    (1, 8, 7.69, 0.26), (16, 8, 91.7, 0.15), (32, 8, 180.5, 0.12),
  ])
  func meetsPublishedResNetLatency(
    batch: Int, sms: Int, published: Double, tolerance: Double
  ) throws {
    let gpu = try #require(Self.v100)
    var builder = LaunchBuilder(gpu: gpu, stack: try Self.stack(), batch: batch)
    builder.timingGPU.smCount = sms
    for layer in LayerGraph.resNet(.fifty).layers { builder.append(layer) }
    let error = Self.milliseconds(builder.launches) / published - 1
    #expect(abs(error) <= tolerance, "\(error)")
    if batch == 1 { #expect((57...92).contains(builder.launches.count)) }
  }

  /// From shapes alone, nothing fitted on these two.
  @Test(arguments: [("v100-pcie-32gb", 257.4), ("a100-pcie-40gb", 205.5)])
  func meetsPublishedBERTLarge(gpu: String, published: Double) throws {
    let table = try Lowering.table(
      model: "bert_large_512", gpu: Self.library.gpu(gpu), batches: [8], library: Self.library)
    let error = Self.milliseconds(table.batches[0].launches) / published - 1
    #expect(abs(error) <= 0.2, "\(error)")
  }

  @Test(arguments: Lowering.shippedNames)
  func everyLaunchFitsEveryGPU(model: String) throws {
    #expect(Self.gpus.count == 4)
    for gpu in Self.gpus {
      let table = try Lowering.table(
        model: model, gpu: gpu, batches: [1, 32], library: Self.library)
      for launch in table.batches.flatMap(\.launches) {
        let occupancy = Occupancy(
          threads: launch.block.count, registers: launch.registersPerThread,
          sharedMemory: launch.sharedMemoryBytes, limits: gpu.limits)
        #expect(occupancy.blocksPerSM > 0)
        #expect((launch.durationNS ?? 0) > 0)
        #expect((launch.flop ?? 0) > 0)
        #expect((launch.dramBytes ?? 0) > 0)
      }
    }
  }

  @Test func tilesOfTheV100HaveTheResidencySeenThere() throws {
    let gpu = try #require(Self.v100)
    let found = try Self.stack().tiles.map { tile in
      let occupancy = Occupancy(
        threads: tile.threads, registers: tile.registers, sharedMemory: tile.sharedMemory,
        limits: gpu.limits)
      return "\(tile.name) \(occupancy.blocksPerSM)"
    }
    #expect(
      found == ["128x128 2", "128x64 4", "64x64 8", "128x32 4", "32x128 4", "32x32_sliced1x4 6"])
  }

  @Test func moreOfABatchNeverCostsMorePerRequest() throws {
    let gpu = try #require(Self.v100)
    for model in ["resnet50", "mobilenet_v2", "bert_base"] {
      let table = try Lowering.table(model: model, gpu: gpu, library: Self.library)
      var last = Double.infinity
      for (batch, launches) in table.batches {
        let each = Self.milliseconds(launches) / Double(batch)
        #expect(each < last, "\(model) at batch \(batch)")
        last = each
      }
    }
  }

  @Test(arguments: Lowering.shippedNames)
  func equalShapesShareAFusionClassAndOthersDoNot(model: String) throws {
    let gpu = try #require(Self.v100)
    let table = try Lowering.table(
      model: model, gpu: gpu, batches: [1, 2], library: Self.library)
    func shape(_ launch: KernelProfile) -> String {
      "\(launch.name) \(launch.grid) \(launch.block) \(launch.flop ?? 0) "
        + "\(launch.dramBytes ?? 0) \(launch.durationNS ?? 0)"
    }
    var shapes: [String: String] = [:]
    for launch in table.batches.flatMap(\.launches) {
      let known = shapes[launch.fusionClass] ?? shape(launch)
      #expect(known == shape(launch), "\(launch.fusionClass)")
      shapes[launch.fusionClass] = known
    }
    #expect(model != "resnet50" || shapes.count > 40)
  }

  @Test func refusesWhatItCannotLower() throws {
    let gpu = try #require(Self.v100)
    let unknown = #expect(throws: InputError.self) {
      try Lowering.table(model: "resnet05", gpu: gpu, library: Self.library)
    }
    #expect(unknown?.kind == .badData)
    #expect(
      unknown?.description == """
        gpuloom: error: unknown model 'resnet05'
          hint: did you mean 'resnet50'?
        """)
    let batch = #expect(throws: InputError.self) {
      try Lowering.table(model: "resnet50", gpu: gpu, batches: [0], library: Self.library)
    }
    #expect(batch?.description == "gpuloom: error: expected batches from 1 to 4096, found 0")
  }
}
