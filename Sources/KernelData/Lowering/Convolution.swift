/// A convolution's shape over a square image.
struct Convolution {
  /// The input image's side.
  var size: Int
  /// The input channels.
  var inputs: Int
  /// The output channels.
  var outputs: Int
  /// The kernel's height, and its width unless that is given.
  var kernel: Int
  /// The stride.
  var stride: Int
  /// Whether a residual is added to the output.
  var addsResidual = false
  /// Whether an activation follows.
  var hasActivation = true
  /// What is applied to each output channel.
  var affine = ChannelAffine.normalised
  /// The kernel's width where it is not its height, as in 1×7; such kernels keep the image's size.
  var kernelWidth: Int?
  /// Pixels added at each side; nil where the kernel has its centre on every input pixel that the
  /// stride meets, so that stride 1 keeps the size.
  var padding: Int?
  /// Pixels from one of the kernel's values to the next.
  var dilation = 1

  /// The kernel's width.
  var width: Int { kernelWidth ?? kernel }
  /// The kernel's values per pair of channels.
  var area: Int { kernel * width }
  /// The output image's side.
  var outputSize: Int {
    guard let padding else { return (size + stride - 1) / stride }
    return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
  }
  /// Output pixels.
  var pixels: Int { outputSize * outputSize }
  /// Whether Winograd's F(2×2, 3×3) applies: a thread of its kernels takes channels in eights
  /// (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016).
  var allowsWinograd: Bool {
    kernel == 3 && width == 3 && stride == 1 && dilation == 1 && inputs >= 8
  }
  /// Tiles of 2×2 outputs that cover the output.
  var winogradTiles: Int { ((outputSize + 1) / 2) * ((outputSize + 1) / 2) }
  /// Weights, the bias among them; a normalisation is folded into weights and bias.
  func weights(isDepthwise: Bool) -> Int {
    (isDepthwise ? 1 : inputs) * outputs * area + (affine == .none ? 0 : outputs)
  }
  /// Learned parameters before anything is folded: a normalisation has scale and shift.
  func parameters(isDepthwise: Bool) -> Int {
    weights(isDepthwise: isDepthwise) + (affine == .normalised ? outputs : 0)
  }
  /// Multiply-adds of one image.
  func multiplyAdds(isDepthwise: Bool) -> Int {
    pixels * outputs * area * (isDepthwise ? 1 : inputs)
  }
}

/// What follows a convolution channel by channel, learned with it.
enum ChannelAffine {
  /// A batch normalisation.
  case normalised
  /// A bias.
  case bias
  /// Nothing.
  case none
}

/// A memory-bound launch's shape.
struct Streaming {
  /// The kernel's name.
  var name: String
  /// Values read.
  var reads: Int
  /// Values written.
  var writes: Int
  /// Operations per value written.
  var flopPerWrite = 1
  /// Learned values it applies.
  var weights = 0
}
