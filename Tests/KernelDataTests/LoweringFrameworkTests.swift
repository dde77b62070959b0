import Hardware
import Tables
import TestSupport
import Testing

@testable import KernelData

/// Lowering for a runtime that runs what follows a convolution as launches of their own.
struct LoweringFrameworkTests {
  static let stack = "framework-2018-fp32"

  /// A model's launches at batch 1 where what follows a convolution is run in the given way.
  static func launches(_ model: String, _ way: Elementwise) throws -> [KernelProfile] {
    let gpu = try #require(LoweringTests.v100)
    let graph = try #require(LayerGraph.shipped.first { $0.name == model })
    var stack = try LoweringStack.read(
      SharedFiles.repositoryRoot + "/models/stacks/\(Self.stack).json")
    stack.elementwise = way
    return try Lowering.table(of: graph, gpu: gpu, batches: [1], stack: stack).batches[0].launches
  }

  /// A normalisation after every convolution, an addition for every residual, a ReLU where the
  /// papers have one; MobileNet V2's projections are linear.
  @Test(arguments: [
    ("resnet50", 53, 16, 49), ("resnet18", 20, 8, 17), ("mobilenet_v2", 52, 10, 35),
  ])
  func runsElementwiseByItself(model: String, norms: Int, additions: Int, activations: Int) throws {
    let launches = try Self.launches(model, .separate)
    func count(_ name: String) -> Int { launches.count { $0.name == name } }
    #expect(count("batch_norm") == norms && count("add") == additions)
    #expect(count("relu") == activations)
    #expect(!launches.contains { $0.name.contains("splitk") || $0.name.contains("_add_") })
    let merged = try Self.launches(model, .onePass).filter { $0.name.hasPrefix("batch_norm") }
    #expect(merged.count == norms)
    #expect(merged.count { $0.name.contains("_add") } == additions)
    #expect(merged.count { $0.name.contains("_relu") } == activations)
    let fused = try Self.launches(model, .fused)
    #expect(fused.count == launches.count - norms - additions - activations)
  }

  /// What is not fused reads and writes its tensor again; operations of convolutions stay.
  @Test func movesMoreBytesForTheSameProducts() throws {
    let ways = try Elementwise.allCases.map { try Self.launches("resnet50", $0) }
    let bytes = ways.map { rows in rows.reduce(0) { $0 + ($1.dramBytes ?? 0) } }
    #expect(bytes[0] < bytes[1] && bytes[1] < bytes[2], "\(bytes)")
    let flop = ways.map { rows in
      rows.filter { $0.name.hasPrefix("conv") }.reduce(0) { $0 + ($1.flop ?? 0) }
    }
    #expect(flop[0] == flop[1] && flop[1] == flop[2])
  }

  @Test func refusesStacksItDoesNotKnow() throws {
    let gpu = try #require(LoweringTests.v100)
    let error = #expect(throws: InputError.self) {
      try Lowering.table(
        model: "resnet50", gpu: gpu, stack: "framework-2018-fp16", library: LoweringTests.library)
    }
    #expect(error?.kind == .badData)
    #expect(error?.description.contains("did you mean 'framework-2018-fp32'?") == true)
  }

  /// The tables of the paper's experiments are what the code makes; `RECORD_GOLDEN=1` rewrites
  /// them and fails.
  @Test(arguments: [("resnet50", "resnet50"), ("mobilenet_v2", "mobilenet_v2_96")])
  func paperTablesAreWhatTheCodeMakes(file: String, model: String) throws {
    let path = SharedFiles.repositoryRoot + "/Experiments/paper-fig3/\(file).csv"
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
