extension LayerGraph {
  /// AlexNet as torchvision has it: Krizhevsky, "One weird trick" (2014), one column, no local
  /// response normalisation, on 224×224 images.
  static func alexNet() -> LayerGraph {
    var net = ImageLayers(size: 224, channels: 3, affine: .bias)
    net.convolve(64, kernel: 11, stride: 4, padding: 2)
    net.pool(window: 3, to: 27)
    net.convolve(192, kernel: 5)
    net.pool(window: 3, to: 13)
    for outputs in [384, 256, 256] { net.convolve(outputs, kernel: 3) }
    net.pool(window: 3, to: 6)
    return classifying(
      net, hidden: 4096, name: "alexnet", description: "AlexNet of torchvision, 224x224 images")
  }

  /// VGG-19: Simonyan and Zisserman (2015), table 1, configuration E, on 224×224 images.
  static func vgg19() -> LayerGraph {
    var net = ImageLayers(size: 224, channels: 3, affine: .bias)
    for (outputs, count) in [(64, 2), (128, 2), (256, 4), (512, 4), (512, 4)] {
      for _ in 0..<count { net.convolve(outputs, kernel: 3) }
      net.pool(window: 2, to: net.size / 2)
    }
    return classifying(
      net, hidden: 4096, name: "vgg19", description: "VGG-19, 224x224 images")
  }

  /// A network of 1000 classes with two hidden fully connected layers.
  private static func classifying(
    _ net: ImageLayers, hidden: Int, name: String, description: String
  ) -> LayerGraph {
    LayerGraph(
      name: name, description: description,
      layers: net.layers + [
        .dense(rows: 1, inputs: net.size * net.size * net.channels, outputs: hidden),
        .dense(rows: 1, inputs: hidden, outputs: hidden),
        .dense(rows: 1, inputs: hidden, outputs: 1000),
        .rows(name: "softmax", rows: 1, width: 1000, reads: 1, flopPerValue: 5),
      ], inputBytes: 224 * 224 * 3 * 4, outputBytes: 1000 * 4)
  }
}
