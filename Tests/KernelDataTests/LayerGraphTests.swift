import Hardware
import TestSupport
import Testing

@testable import KernelData

@Suite("Layer graphs")
struct LayerGraphTests {
  /// A model as published: billions of multiply-adds as far as digits are given, and parameters.
  struct Published: CustomTestStringConvertible {
    var model: String
    var multiplyAdds: Double
    /// Half of the last digit given.
    var within: Double
    var parameters: Int
    var testDescription: String { model }
  }

  /// torchvision: `_ops` (10⁹ multiply-adds of convolutions and products) and `num_params` of each
  /// model's weights; Inception v3 there has the auxiliary classifier of 3 326 696 parameters, which
  /// inference does not run. BERT-large: `BertModel` of "bert-large-uncased" and KerasNLP; MobileBERT
  /// (Sun et al. 2020) counts 22.5 GFLOP for BERT-base at 128 tokens, BERT-large has 2 · 24 / 12 ·
  /// (1024 / 768)² of its products. GPT-2: `GPT2LMHeadModel` of "gpt2", and 291 648 307 200 FLOP of
  /// a forward of 1024 tokens (nanoGPT, transformer_sizing). MobileNet V2 at 96×96: 56 million
  /// multiply-adds (TensorFlow's model page).
  static let published = [
    Published(model: "resnet18", multiplyAdds: 1.814, within: 5e-4, parameters: 11_689_512),
    Published(model: "resnet50", multiplyAdds: 4.089, within: 5e-4, parameters: 25_557_032),
    Published(model: "resnet101", multiplyAdds: 7.801, within: 5e-4, parameters: 44_549_160),
    Published(model: "resnet152", multiplyAdds: 11.514, within: 5e-4, parameters: 60_192_808),
    Published(model: "mobilenet_v2", multiplyAdds: 0.301, within: 5e-4, parameters: 3_504_872),
    Published(model: "mobilenet_v2_96", multiplyAdds: 0.056, within: 5e-4, parameters: 3_504_872),
    Published(model: "alexnet", multiplyAdds: 0.714, within: 5e-4, parameters: 61_100_840),
    Published(model: "vgg19", multiplyAdds: 19.632, within: 5e-4, parameters: 143_667_240),
    Published(model: "inception_v3", multiplyAdds: 5.713, within: 5e-4, parameters: 23_834_568),
    Published(model: "densenet121", multiplyAdds: 2.834, within: 5e-4, parameters: 7_978_856),
    Published(model: "ssd300_vgg16", multiplyAdds: 34.858, within: 5e-4, parameters: 35_641_826),
    Published(model: "bert_base", multiplyAdds: 11.2, within: 0.06, parameters: 109_482_240),
    Published(model: "bert_large", multiplyAdds: 39.5, within: 0.06, parameters: 335_141_888),
    Published(model: "gpt2", multiplyAdds: 145.8241536, within: 1e-9, parameters: 124_439_808),
  ]

  @Test(arguments: published)
  func countsWhatIsPublished(_ expected: Published) throws {
    let graph = try #require(LayerGraph.named(expected.model))
    #expect(graph.parameters == expected.parameters)
    let found = Double(graph.multiplyAdds) / 1e9
    #expect(abs(found - expected.multiplyAdds) <= expected.within, "\(found)")
  }

  /// NVIDIA publishes the graph, not its counts. ResNet-50 without its last stage (14 964 736
  /// parameters) and classifier (2 049 000), five extra pairs of convolutions, heads for 4, 6, 6, 6,
  /// 4, 4 boxes a pixel of 4 offsets and 81 scores, together 8732 boxes.
  @Test func detectionWithResNetFollowsNVIDIA() throws {
    let graph = try #require(LayerGraph.named("ssd300_resnet50"))
    let backbone = 25_557_032 - 14_964_736 - 2_049_000
    let channels = [1024, 512, 512, 256, 256, 256]
    var extras = 0
    for (index, middle) in [256, 256, 128, 128, 128].enumerated() {
      let (inputs, outputs) = (channels[index], channels[index + 1])
      extras += middle * inputs + 2 * middle + 9 * middle * outputs + 2 * outputs
    }
    let boxes = [4, 6, 6, 6, 4, 4]
    let heads = zip(channels, boxes).reduce(0) { $0 + (9 * $1.0 + 1) * $1.1 * 85 }
    #expect(graph.parameters == backbone + extras + heads)
    #expect(graph.parameters == 22_894_902)
    let sides = [38, 19, 10, 5, 3, 1]
    #expect(zip(sides, boxes).reduce(0) { $0 + $1.0 * $1.0 * $1.1 } == 8732)
    #expect(graph.outputBytes == 8732 * 85 * 4)
    let found = graph.layers.compactMap { layer -> Int? in
      guard case .convolution(let shape) = layer, shape.affine == .bias else { return nil }
      return shape.outputSize
    }
    #expect(found == sides.flatMap { [$0, $0] })
  }

  /// A launch is there for every product and none is counted twice: what the launches compute is
  /// the products' operations and a few per cent of others.
  @Test(arguments: Lowering.modelNames)
  func launchesComputeTheProducts(model: String) throws {
    let gpu = try #require(LoweringTests.v100)
    let graph = try #require(LayerGraph.named(model))
    let table = try Lowering.table(
      model: model, gpu: gpu, batches: [2], library: LoweringTests.library)
    let flop = table.batches[0].launches.reduce(0) { $0 + ($1.flop ?? 0) }
    let products = 4 * graph.multiplyAdds
    #expect(flop >= products && Double(flop) <= 1.05 * Double(products))
    // FP32 weights without folded scales.
    let folded = Double(graph.weights * 4) / 1_048_576
    #expect(abs(table.weightsMiB - folded) < 0.001 && graph.weights <= graph.parameters)
  }

  /// Kernels of one inference that iGniter's authors count under TensorRT. Theirs include what adds
  /// split depths up and what copies between layouts: those of the first kind are left out here, the
  /// second are not modelled.
  @Test(arguments: [
    ("alexnet", 20), ("vgg19", 29), ("resnet50", 80), ("ssd300_resnet50", 93),
  ])
  func launchesAreAboutAsManyAsCounted(model: String, counted: Int) throws {
    let gpu = try #require(LoweringTests.v100)
    let table = try Lowering.table(
      model: model, gpu: gpu, batches: [1], library: LoweringTests.library)
    let launches = table.batches[0].launches.count { $0.name != "splitk_reduce" }
    #expect(launches <= counted && Double(launches) >= 0.6 * Double(counted), "\(launches)")
  }

  /// Figures of convolutions that are not square, not padded or spread out.
  @Test func shapesOfUnusualConvolutions() {
    var net = ImageLayers(size: 299, channels: 3)
    net.convolve(32, kernel: 3, stride: 2, padding: 0)
    #expect(net.size == 149)
    net.convolve(8, kernel: 1, width: 7, affine: ChannelAffine.none)
    net.convolve(8, kernel: 3, padding: 6, dilation: 6, affine: .bias)
    #expect(net.size == 149)
    #expect(net.layers.map(\.weights) == [3 * 32 * 9 + 32, 32 * 8 * 7, 8 * 8 * 9 + 8])
    net.branch([{ $0.convolve(5, kernel: 1) }, { $0.pool(window: 3, to: $0.size) }])
    #expect(net.channels == 13 && net.layers.count == 6)
  }

  /// Nothing that joins branches runs where it is fused; elsewhere it copies all of them.
  @Test func joinsBranchesInPlaceOrByCopy() throws {
    let gpu = try #require(LoweringTests.v100)
    func copies(_ stack: String) throws -> [KernelProfile] {
      try Lowering.table(
        model: "inception_v3", gpu: gpu, batches: [1], stack: stack, library: LoweringTests.library
      ).batches[0].launches.filter { $0.name == "concat" }
    }
    #expect(try copies("inference-fp32").isEmpty)
    let found = try copies("framework-2018-fp32")
    #expect(found.count == 15)
    let bytes: Int64 = 2 * 4 * 8 * 8 * 2048
    #expect(found.last?.dramBytes == bytes)
  }

  /// What follows a convolution has the name of what it is.
  @Test func runsBiasesAsBiases() throws {
    let gpu = try #require(LoweringTests.v100)
    let table = try Lowering.table(
      model: "vgg19", gpu: gpu, batches: [1], stack: "framework-2018-fp32",
      library: LoweringTests.library)
    let names = table.batches[0].launches.map(\.name)
    #expect(names.filter { $0 == "bias_relu" }.count == 16)
    #expect(!names.contains { $0.contains("batch_norm") })
  }
}
