extension LayerGraph {
  /// SSD300 with VGG-16: Liu et al. (2016) as torchvision has it, 91 classes, on 300×300 images,
  /// up to scores and box offsets of 8732 boxes.
  static func ssdVGG16() -> LayerGraph {
    var net = ImageLayers(size: 300, channels: 3, affine: .bias)
    var features: [ImageLayers] = []
    for (outputs, count, pooled) in [(64, 2, 150), (128, 2, 75), (256, 3, 38)] {
      for _ in 0..<count { net.convolve(outputs, kernel: 3) }
      net.pool(window: 2, to: pooled)
    }
    for _ in 0..<3 { net.convolve(512, kernel: 3) }
    features.append(net)
    net.layers.append(
      .rows(name: "l2_norm", rows: 38 * 38, width: 512, reads: 1, flopPerValue: 4))
    net.pool(window: 2, to: 19)
    for _ in 0..<3 { net.convolve(512, kernel: 3) }
    net.pool(window: 3, to: 19)
    net.convolve(1024, kernel: 3, padding: 6, dilation: 6)
    net.convolve(1024, kernel: 1)
    features.append(net)
    appendExtras(&net, [(256, 512, 2), (128, 256, 2), (128, 256, 1), (128, 256, 1)], &features)
    appendHeads(&net, features, classes: 91, copy: "permute")
    return detecting(
      net, classes: 91, name: "ssd300_vgg16",
      description: "SSD300 of torchvision, VGG-16, 91 classes, 300x300 images, "
        + "without box decoding and suppression")
  }

  /// SSD300 with ResNet-50 as NVIDIA publishes it (DeepLearningExamples, `nvidia_ssd` of torch.hub):
  /// the first three stages, the third with stride 1; 81 classes, on 300×300 images. It is the SSD
  /// that iGniter's authors export and measure.
  static func ssdResNet50() -> LayerGraph {
    let backbone = residualStages(.fifty, size: 300, strides: [1, 2, 1])
    var net = ImageLayers(size: backbone.size, channels: backbone.channels)
    net.layers = backbone.layers
    var features = [net]
    appendExtras(
      &net, [(256, 512, 2), (256, 512, 2), (128, 256, 2), (128, 256, 1), (128, 256, 1)], &features)
    appendHeads(&net, features, classes: 81, copy: "concat_copy")
    return detecting(
      net, classes: 81, name: "ssd300_resnet50",
      description: "SSD300 of NVIDIA, ResNet-50, 81 classes, 300x300 images, "
        + "without box decoding and suppression")
  }

  /// The layers after the backbone: a 1×1 and a 3×3 convolution for each further feature map; the
  /// last ones, of stride 1, are not padded.
  private static func appendExtras(
    _ net: inout ImageLayers, _ extras: [(middle: Int, outputs: Int, stride: Int)],
    _ features: inout [ImageLayers]
  ) {
    for extra in extras {
      net.convolve(extra.middle, kernel: 1)
      net.convolve(
        extra.outputs, kernel: 3, stride: extra.stride, padding: extra.stride == 1 ? 0 : nil)
      features.append(net)
    }
  }

  /// Box offsets and class scores of every feature map, each brought to its place among all boxes.
  private static func appendHeads(
    _ net: inout ImageLayers, _ features: [ImageLayers], classes: Int, copy: String
  ) {
    for (feature, boxes) in zip(features, boxesPerPixel) {
      for perBox in [4, classes] {
        var head = ImageLayers(size: feature.size, channels: feature.channels, affine: .bias)
        head.convolve(boxes * perBox, kernel: 3, hasActivation: false)
        let values = head.size * head.size * head.channels
        net.layers += head.layers
        net.layers.append(.streaming(Streaming(name: copy, reads: values, writes: values)))
      }
    }
  }

  /// Default boxes per pixel of the six feature maps.
  private static let boxesPerPixel = [4, 6, 6, 6, 4, 4]

  private static func detecting(
    _ net: ImageLayers, classes: Int, name: String, description: String
  ) -> LayerGraph {
    LayerGraph(
      name: name, description: description, layers: net.layers, inputBytes: 300 * 300 * 3 * 4,
      outputBytes: 8732 * (4 + classes) * 4, batches: [1, 2, 4, 8, 16, 32])
  }
}
