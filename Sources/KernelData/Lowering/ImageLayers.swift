/// Strings the layers of an image network together: each starts from what the one before left.
struct ImageLayers {
  /// The side of the image that flows on.
  var size: Int
  /// Its channels.
  var channels: Int
  /// The layers so far.
  var layers: [Layer] = []
  /// What follows the convolutions unless one says otherwise.
  var affine = ChannelAffine.normalised

  /// Appends a convolution; `width` where the kernel is not square.
  mutating func convolve(
    _ outputs: Int, kernel: Int, width: Int? = nil, stride: Int = 1, padding: Int? = nil,
    dilation: Int = 1, hasActivation: Bool = true, affine: ChannelAffine? = nil
  ) {
    let shape = Convolution(
      size: size, inputs: channels, outputs: outputs, kernel: kernel, stride: stride,
      hasActivation: hasActivation, affine: affine ?? self.affine, kernelWidth: width,
      padding: padding, dilation: dilation)
    layers.append(.convolution(shape))
    size = shape.outputSize
    channels = outputs
  }

  /// Appends a pooling to images of the given side.
  mutating func pool(_ kind: String = "max_pool", window: Int, to outputSize: Int) {
    layers.append(
      .streaming(
        Streaming(
          name: kind, reads: size * size * channels, writes: outputSize * outputSize * channels,
          flopPerWrite: window * window)))
    size = outputSize
  }

  /// Appends a normalisation and activation that no convolution before it can take in.
  mutating func normalise() {
    let values = size * size * channels
    layers.append(
      .streaming(
        Streaming(
          name: "batch_norm_relu", reads: values, writes: values, flopPerWrite: 3,
          weights: 2 * channels)))
  }

  /// Appends branches from here and joins their channels.
  mutating func branch(_ branches: [(inout ImageLayers) -> Void]) {
    var joined = 0
    var outputSize = size
    for append in branches {
      var part = ImageLayers(size: size, channels: channels, affine: affine)
      append(&part)
      layers += part.layers
      joined += part.channels
      outputSize = part.size
    }
    size = outputSize
    channels = joined
    layers.append(.concatenation(values: size * size * channels))
  }
}
