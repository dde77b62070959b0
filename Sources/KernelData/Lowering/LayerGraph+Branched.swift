extension LayerGraph {
  /// DenseNet-121: Huang et al. (2017), table 1, growth 32, on 224×224 images. A layer normalises
  /// all that came before it by values of its own, so that nothing can take that in; the features
  /// themselves are written side by side.
  static func denseNet121() -> LayerGraph {
    let growth = 32
    let blocks = [6, 12, 24, 16]
    var net = ImageLayers(size: 224, channels: 3)
    net.convolve(64, kernel: 7, stride: 2)
    net.pool(window: 3, to: 56)
    for (index, count) in blocks.enumerated() {
      for _ in 0..<count {
        let channels = net.channels
        net.normalise()
        net.convolve(4 * growth, kernel: 1)
        net.convolve(growth, kernel: 3, hasActivation: false, affine: ChannelAffine.none)
        net.channels = channels + growth
        net.layers.append(.concatenation(values: net.size * net.size * net.channels))
      }
      net.normalise()
      guard index + 1 < blocks.count else { continue }
      net.convolve(net.channels / 2, kernel: 1, hasActivation: false, affine: ChannelAffine.none)
      net.pool("average_pool", window: 2, to: net.size / 2)
    }
    return LayerGraph(
      name: "densenet121", description: "DenseNet-121, 224x224 images",
      layers: net.layers + classifier(size: net.size, channels: net.channels),
      inputBytes: 224 * 224 * 3 * 4, outputBytes: 1000 * 4)
  }

  /// Inception v3: Szegedy et al. (2016) as torchvision has it, on 299×299 images, without the
  /// auxiliary classifier that only training uses.
  static func inceptionV3() -> LayerGraph {
    var net = ImageLayers(size: 299, channels: 3)
    net.convolve(32, kernel: 3, stride: 2, padding: 0)
    net.convolve(32, kernel: 3, padding: 0)
    net.convolve(64, kernel: 3)
    net.pool(window: 3, to: 73)
    net.convolve(80, kernel: 1)
    net.convolve(192, kernel: 3, padding: 0)
    net.pool(window: 3, to: 35)
    for pooled in [32, 64, 64] { inceptionA(&net, pooled: pooled) }
    inceptionB(&net)
    for width in [128, 160, 160, 192] { inceptionC(&net, width: width) }
    inceptionD(&net)
    for _ in 0..<2 { inceptionE(&net) }
    return LayerGraph(
      name: "inception_v3", description: "Inception v3, 299x299 images",
      layers: net.layers + classifier(size: net.size, channels: net.channels),
      inputBytes: 299 * 299 * 3 * 4, outputBytes: 1000 * 4)
  }

  /// Figure 5 of the paper: 1×1, 5×5, two of 3×3, pooling.
  private static func inceptionA(_ net: inout ImageLayers, pooled: Int) {
    net.branch([
      { $0.convolve(64, kernel: 1) },
      {
        $0.convolve(48, kernel: 1)
        $0.convolve(64, kernel: 5)
      },
      {
        $0.convolve(64, kernel: 1)
        $0.convolve(96, kernel: 3)
        $0.convolve(96, kernel: 3)
      },
      poolThen(pooled),
    ])
  }

  /// Figure 10, from 35×35 to 17×17.
  private static func inceptionB(_ net: inout ImageLayers) {
    net.branch([
      { $0.convolve(384, kernel: 3, stride: 2, padding: 0) },
      {
        $0.convolve(64, kernel: 1)
        $0.convolve(96, kernel: 3)
        $0.convolve(96, kernel: 3, stride: 2, padding: 0)
      },
      { $0.pool(window: 3, to: 17) },
    ])
  }

  /// Figure 6: 1×1, one and two pairs of 1×7 and 7×1, pooling.
  private static func inceptionC(_ net: inout ImageLayers, width: Int) {
    net.branch([
      { $0.convolve(192, kernel: 1) },
      {
        $0.convolve(width, kernel: 1)
        $0.convolve(width, kernel: 1, width: 7)
        $0.convolve(192, kernel: 7, width: 1)
      },
      {
        $0.convolve(width, kernel: 1)
        $0.convolve(width, kernel: 7, width: 1)
        $0.convolve(width, kernel: 1, width: 7)
        $0.convolve(width, kernel: 7, width: 1)
        $0.convolve(192, kernel: 1, width: 7)
      },
      poolThen(192),
    ])
  }

  /// From 17×17 to 8×8.
  private static func inceptionD(_ net: inout ImageLayers) {
    net.branch([
      {
        $0.convolve(192, kernel: 1)
        $0.convolve(320, kernel: 3, stride: 2, padding: 0)
      },
      {
        $0.convolve(192, kernel: 1)
        $0.convolve(192, kernel: 1, width: 7)
        $0.convolve(192, kernel: 7, width: 1)
        $0.convolve(192, kernel: 3, stride: 2, padding: 0)
      },
      { $0.pool(window: 3, to: 8) },
    ])
  }

  /// Figure 7: 1×1, two branches that fork into 1×3 and 3×1, pooling.
  private static func inceptionE(_ net: inout ImageLayers) {
    let fork: [(inout ImageLayers) -> Void] = [
      { $0.convolve(384, kernel: 1, width: 3) }, { $0.convolve(384, kernel: 3, width: 1) },
    ]
    net.branch([
      { $0.convolve(320, kernel: 1) },
      {
        $0.convolve(384, kernel: 1)
        $0.branch(fork)
      },
      {
        $0.convolve(448, kernel: 1)
        $0.convolve(384, kernel: 3)
        $0.branch(fork)
      },
      poolThen(192),
    ])
  }

  /// A 3×3 average of every pixel, then a 1×1 convolution.
  private static func poolThen(_ outputs: Int) -> (inout ImageLayers) -> Void {
    {
      $0.pool("average_pool", window: 3, to: $0.size)
      $0.convolve(outputs, kernel: 1)
    }
  }
}
