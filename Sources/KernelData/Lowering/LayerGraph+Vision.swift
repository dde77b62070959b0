extension LayerGraph {
  /// A residual network: He et al., "Deep Residual Learning" (2016), table 1, on 224×224 images;
  /// from 50 layers on with the stride in the 3×3 convolution as torchvision has it.
  static func resNet(_ depth: ResNetDepth) -> LayerGraph {
    let body = residualStages(depth, size: 224, strides: [1, 2, 2, 2])
    return LayerGraph(
      name: depth.name, description: "\(depth.title), 224x224 images",
      layers: body.layers + classifier(size: body.size, channels: body.channels),
      inputBytes: 224 * 224 * 3 * 4, outputBytes: 1000 * 4)
  }

  /// A residual network's stem and as many of its stages as strides are given.
  static func residualStages(
    _ depth: ResNetDepth, size: Int, strides: [Int]
  ) -> (layers: [Layer], size: Int, channels: Int) {
    var net = ImageLayers(size: size, channels: 3)
    net.convolve(64, kernel: 7, stride: 2)
    net.pool(window: 3, to: (net.size + 1) / 2)
    for (stage, (blocks, first)) in zip(depth.blocks, strides).enumerated() {
      let width = 64 << stage
      for block in 0..<blocks {
        let stride = block == 0 ? first : 1
        net.layers += depth.block(
          size: net.size, inputs: net.channels, width: width, stride: stride)
        net.size = (net.size + stride - 1) / stride
        net.channels = width * depth.expansion
      }
    }
    return (net.layers, net.size, net.channels)
  }

  /// MobileNet V2: Sandler et al. (2018), table 2, width 1, on square images of a side that 32
  /// divides.
  static func mobileNetV2(name: String = "mobilenet_v2", image: Int = 224) -> LayerGraph {
    var layers: [Layer] = [
      .convolution(Convolution(size: image, inputs: 3, outputs: 32, kernel: 3, stride: 2))
    ]
    var size = image / 2
    var channels = 32
    let stages: [(expansion: Int, channels: Int, blocks: Int, stride: Int)] = [
      (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2),
      (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]
    for stage in stages {
      for block in 0..<stage.blocks {
        let stride = block == 0 ? stage.stride : 1
        let width = channels * stage.expansion
        if stage.expansion > 1 {
          layers.append(
            .convolution(
              Convolution(size: size, inputs: channels, outputs: width, kernel: 1, stride: 1)))
        }
        layers.append(
          .depthwise(
            Convolution(size: size, inputs: width, outputs: width, kernel: 3, stride: stride)))
        size = (size + stride - 1) / stride
        layers.append(
          .convolution(
            Convolution(
              size: size, inputs: width, outputs: stage.channels, kernel: 1, stride: 1,
              addsResidual: stride == 1 && channels == stage.channels, hasActivation: false)))
        channels = stage.channels
      }
    }
    layers.append(
      .convolution(Convolution(size: size, inputs: channels, outputs: 1280, kernel: 1, stride: 1)))
    layers += classifier(size: size, channels: 1280)
    return LayerGraph(
      name: name, description: "MobileNet V2, width 1, \(image)x\(image) images", layers: layers,
      inputBytes: image * image * 3 * 4, outputBytes: 1000 * 4)
  }

  /// Global average pooling, a 1000-way classifier and its softmax.
  static func classifier(size: Int, channels: Int) -> [Layer] {
    [
      .streaming(
        Streaming(
          name: "global_average_pool", reads: size * size * channels, writes: channels,
          flopPerWrite: size * size)),
      .dense(rows: 1, inputs: channels, outputs: 1000),
      .rows(name: "softmax", rows: 1, width: 1000, reads: 1, flopPerValue: 5),
    ]
  }
}

/// The residual networks, by their layers.
enum ResNetDepth: Int {
  case eighteen = 18
  case fifty = 50
  case hundredOne = 101
  case hundredFiftyTwo = 152

  var name: String { "resnet\(rawValue)" }
  var title: String { "ResNet-\(rawValue)" }
  /// Blocks of each stage.
  var blocks: [Int] {
    switch self {
    case .eighteen: [2, 2, 2, 2]
    case .fifty: [3, 4, 6, 3]
    case .hundredOne: [3, 4, 23, 3]
    case .hundredFiftyTwo: [3, 8, 36, 3]
    }
  }
  /// Output channels of a block over its width.
  var expansion: Int { self == .eighteen ? 1 : 4 }

  /// One residual block; where the shape changes, the shortcut has a convolution of its own.
  func block(size: Int, inputs: Int, width: Int, stride: Int) -> [Layer] {
    let outputs = width * expansion
    let small = (size + stride - 1) / stride
    var layers: [Layer] = []
    if stride > 1 || inputs != outputs {
      layers.append(
        .convolution(
          Convolution(
            size: size, inputs: inputs, outputs: outputs, kernel: 1, stride: stride,
            hasActivation: false)))
    }
    switch self {
    case .eighteen:
      layers += [
        .convolution(
          Convolution(size: size, inputs: inputs, outputs: width, kernel: 3, stride: stride)),
        .convolution(
          Convolution(
            size: small, inputs: width, outputs: width, kernel: 3, stride: 1, addsResidual: true)),
      ]
    case .fifty, .hundredOne, .hundredFiftyTwo:
      layers += [
        .convolution(Convolution(size: size, inputs: inputs, outputs: width, kernel: 1, stride: 1)),
        .convolution(
          Convolution(size: size, inputs: width, outputs: width, kernel: 3, stride: stride)),
        .convolution(
          Convolution(
            size: small, inputs: width, outputs: outputs, kernel: 1, stride: 1, addsResidual: true)),
      ]
    }
    return layers
  }
}
