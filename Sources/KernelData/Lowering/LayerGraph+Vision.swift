extension LayerGraph {
  /// ResNet-18 and ResNet-50: He et al., "Deep Residual Learning" (2016), table 1, on 224×224
  /// images; ResNet-50 with the stride in the 3×3 convolution as torchvision has it.
  static func resNet(_ depth: ResNetDepth) -> LayerGraph {
    var layers: [Layer] = [
      .convolution(Convolution(size: 224, inputs: 3, outputs: 64, kernel: 7, stride: 2)),
      .streaming(
        Streaming(name: "max_pool", reads: 112 * 112 * 64, writes: 56 * 56 * 64, flopPerWrite: 9)),
    ]
    var size = 56
    var channels = 64
    for (stage, blocks) in depth.blocks.enumerated() {
      let width = 64 << stage
      for block in 0..<blocks {
        let stride = block == 0 && stage > 0 ? 2 : 1
        layers += depth.block(size: size, inputs: channels, width: width, stride: stride)
        size = (size + stride - 1) / stride
        channels = width * depth.expansion
      }
    }
    layers += classifier(size: size, channels: channels)
    return LayerGraph(
      name: depth.name, description: "\(depth.title), 224x224 images", layers: layers,
      inputBytes: 224 * 224 * 3 * 4, outputBytes: 1000 * 4)
  }

  /// MobileNet V2: Sandler et al. (2018), table 2, width 1, on 224×224 images.
  static func mobileNetV2() -> LayerGraph {
    var layers: [Layer] = [
      .convolution(Convolution(size: 224, inputs: 3, outputs: 32, kernel: 3, stride: 2))
    ]
    var size = 112
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
      name: "mobilenet_v2", description: "MobileNet V2, width 1, 224x224 images", layers: layers,
      inputBytes: 224 * 224 * 3 * 4, outputBytes: 1000 * 4)
  }

  /// Global average pooling, a 1000-way classifier and its softmax.
  private static func classifier(size: Int, channels: Int) -> [Layer] {
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

/// The residual networks that ship.
enum ResNetDepth {
  case eighteen, fifty

  var name: String { self == .eighteen ? "resnet18" : "resnet50" }
  var title: String { self == .eighteen ? "ResNet-18" : "ResNet-50" }
  var blocks: [Int] { self == .eighteen ? [2, 2, 2, 2] : [3, 4, 6, 3] }
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
    case .fifty:
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
