extension LayerGraph {
  /// The models that ship with a table, by name.
  static let shipped: [LayerGraph] = [
    .resNet(.eighteen), .resNet(.fifty), .resNet(.hundredOne), .resNet(.hundredFiftyTwo),
    .mobileNetV2(), .mobileNetV2(name: "mobilenet_v2_96", image: 96),
    .alexNet(), .vgg19(), .ssdVGG16(), .ssdResNet50(), .inceptionV3(), .denseNet121(),
    .bert(name: "bert_base", title: "BERT-base", blocks: 12, hidden: 768, heads: 12, tokens: 128),
    .bertLarge(), .gpt2(), .lstmCell(),
    .product(name: "gemm_conv2_2", m: 256, n: 128, k: 1152, tile: "128x64"),
    .product(name: "gemm_256", m: 256, n: 256, k: 256, tile: "128x64"),
    .product(name: "gemv_512", m: 512, n: 1, k: 512, tile: nil),
  ]

  /// The models that can be lowered and do not ship.
  static let others: [LayerGraph] = [
    .bert(
      name: "bert_large_512", title: "BERT-large, eager", blocks: 24, hidden: 1024, heads: 16,
      tokens: 512, isFused: false)
  ]

  /// A model by its name.
  static func named(_ name: String) -> LayerGraph? {
    (shipped + others).first { $0.name == name }
  }

  private static func bertLarge() -> LayerGraph {
    var graph = bert(
      name: "bert_large", title: "BERT-large", blocks: 24, hidden: 1024, heads: 16, tokens: 128)
    graph.batches = [1, 2, 4, 8, 16, 32]
    return graph
  }
}
