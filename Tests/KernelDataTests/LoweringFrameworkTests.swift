import GPUModel
import Tables
import TestSupport
import Testing

@testable import KernelData

/// Lowering for a runtime that runs what follows a convolution as launches of their own.
struct LoweringFrameworkTests {
  static let stack = "framework-2018-fp32"

  static func launches(_ model: String, stack: String) throws -> [KernelProfile] {
    let gpu = try #require(LoweringTests.v100)
    return try Lowering.table(
      model: model, gpu: gpu, batches: [1], stack: stack, library: LoweringTests.library
    ).batches[0].launches
  }

  /// A normalisation after every convolution, an addition for every residual, a ReLU where the
  /// papers have one; MobileNet V2's projections are linear.
  @Test(arguments: [
    ("resnet50", 53, 16, 49), ("resnet18", 20, 8, 17), ("mobilenet_v2", 52, 10, 35),
  ])
  func runsElementwiseByItself(model: String, norms: Int, additions: Int, activations: Int) throws {
    let launches = try Self.launches(model, stack: Self.stack)
    func count(_ name: String) -> Int { launches.count { $0.name == name } }
    #expect(count("batch_norm") == norms)
    #expect(count("add") == additions)
    #expect(count("relu") == activations)
    #expect(!launches.contains { $0.name.contains("splitk") || $0.name.contains("_add_") })
  }

  /// What is not fused reads and writes its tensor again; operations of convolutions stay.
  @Test func movesMoreBytesForTheSameProducts() throws {
    let apart = try Self.launches("resnet50", stack: Self.stack)
    let fused = try Self.launches("resnet50", stack: Lowering.standardStack)
    func bytes(_ rows: [KernelProfile]) -> Int64 { rows.reduce(0) { $0 + ($1.dramBytes ?? 0) } }
    #expect(bytes(apart) > bytes(fused) * 3 / 2)
    func flop(_ rows: [KernelProfile]) -> Int64 {
      rows.filter { $0.name.hasPrefix("conv") }.reduce(0) { $0 + ($1.flop ?? 0) }
    }
    #expect(flop(apart) == flop(fused))
  }

  @Test func refusesStacksItDoesNotKnow() throws {
    let gpu = try #require(LoweringTests.v100)
    let error = #expect(throws: InputError.self) {
      try Lowering.table(
        model: "resnet50", gpu: gpu, stack: "framework-2018-fp16", library: LoweringTests.library)
    }
    #expect(error?.kind == .missingFile)
    #expect(error?.description.contains("did you mean 'framework-2018-fp32'?") == true)
  }

  /// The tables of the paper's experiments are what the code makes; `RECORD_GOLDEN=1` rewrites
  /// them and fails.
  @Test(arguments: ["resnet50", "mobilenet_v2"])
  func paperTablesAreWhatTheCodeMakes(model: String) throws {
    let path = SharedFiles.repositoryRoot + "/Experiments/paper-fig3/\(model).csv"
    let gpu = try #require(LoweringTests.v100)
    let present = try KernelTable.read(path)
    let text = try Lowering.table(
      model: model, gpu: gpu, batches: present.batches.map(\.batch), stack: Self.stack,
      library: LoweringTests.library
    ).csvText
    if InputFolder.environment("RECORD_GOLDEN") == "1" {
      try GoldenFile.write(text, to: path)
      Issue.record("rewritten: \(path)")
      return
    }
    #expect(try InputFile.text(at: path) == text)
  }
}
