/// One layer of a model, sizes per request.
///
/// Bias, normalisation, activation and a residual addition are part of the layer they follow; a
/// stack that does not fuse them gives each a launch of its own.
enum Layer {
  /// A dense convolution over a square image.
  case convolution(Convolution)
  /// A convolution of each channel by itself.
  case depthwise(Convolution)
  /// A fully connected layer applied to `rows` rows.
  case dense(rows: Int, inputs: Int, outputs: Int)
  /// `count` products of an m×k by a k×n matrix, neither of them weights.
  case products(count: Int, m: Int, n: Int, k: Int)
  /// A product whose weights are its m×k operand and whose n columns belong to the request.
  case columns(m: Int, n: Int, k: Int, tile: String?)
  /// A launch that streams values: how many it reads, writes and does operations on.
  case streaming(Streaming)
  /// A reduction along rows, as in softmax and layer normalisation.
  case rows(name: String, rows: Int, width: Int, reads: Int, flopPerValue: Int)
}

/// A convolution's shape.
struct Convolution {
  /// The input image's side.
  var size: Int
  /// The input channels.
  var inputs: Int
  /// The output channels.
  var outputs: Int
  /// The kernel's side.
  var kernel: Int
  /// The stride.
  var stride: Int
  /// Whether a residual is added to the output.
  var addsResidual = false
  /// Whether an activation follows.
  var hasActivation = true

  /// The output image's side, padded so that stride 1 keeps the size.
  var outputSize: Int { (size + stride - 1) / stride }
  /// Output pixels.
  var pixels: Int { outputSize * outputSize }
  /// Whether Winograd's F(2×2, 3×3) applies: a thread of its kernels takes channels in eights
  /// (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016).
  var allowsWinograd: Bool { kernel == 3 && stride == 1 && inputs >= 8 }
  /// Tiles of 2×2 outputs that cover the output.
  var winogradTiles: Int { ((outputSize + 1) / 2) * ((outputSize + 1) / 2) }
  /// Weights, the folded normalisation's bias among them.
  func weights(isDepthwise: Bool) -> Int {
    (isDepthwise ? 1 : inputs) * outputs * kernel * kernel + outputs
  }
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
}

/// A model's layers in order, with what it keeps in memory.
struct LayerGraph {
  /// The catalogue name.
  var name: String
  /// What the graph is, for the table's source line.
  var description: String
  /// The layers, in launch order.
  var layers: [Layer]
  /// Weights that are read by row rather than by layer, as embeddings.
  var lookupWeights = 0
  /// Bytes of a request's input.
  var inputBytes: Int
  /// Bytes of a request's output.
  var outputBytes: Int

  /// All weights.
  var weights: Int {
    layers.reduce(lookupWeights) { sum, layer in
      switch layer {
      case .convolution(let shape): sum + shape.weights(isDepthwise: false)
      case .depthwise(let shape): sum + shape.weights(isDepthwise: true)
      case .dense(_, let inputs, let outputs): sum + (inputs + 1) * outputs
      case .columns(let m, _, let k, _): sum + m * k
      case .products, .streaming: sum
      case .rows(let name, _, let width, _, _): sum + (name == "layer_norm" ? 2 * width : 0)
      }
    }
  }

  /// The most values any layer reads and writes for one request.
  var largestActivations: Int {
    layers.map { layer in
      switch layer {
      case .convolution(let shape), .depthwise(let shape):
        shape.size * shape.size * shape.inputs
          + shape.pixels * shape.outputs * (shape.addsResidual ? 2 : 1)
      case .dense(let rows, let inputs, let outputs): rows * (inputs + outputs)
      case .products(let count, let m, let n, let k): count * (m * k + k * n + m * n)
      case .columns(let m, let n, let k, _): n * (m + k)
      case .streaming(let shape): shape.reads + shape.writes
      case .rows(_, let rows, let width, let reads, _): rows * width * (reads + 1)
      }
    }.max() ?? 0
  }
}
