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
  /// Branches joined along their channels. A stack that fuses has each branch write its part where
  /// it belongs and launches nothing; others copy.
  case concatenation(values: Int)
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
  /// The batches of its tables.
  var batches = standardBatches

  /// The batches of a table unless a model has its own.
  static let standardBatches = [1, 2, 4, 8, 16, 32, 64]

  /// All weights, as a runtime that folds normalisations keeps them.
  var weights: Int {
    layers.reduce(lookupWeights) { $0 + $1.weights }
  }

  /// All learned parameters, as models are published.
  var parameters: Int {
    layers.reduce(lookupWeights) { sum, layer in
      switch layer {
      case .convolution(let shape): sum + shape.parameters(isDepthwise: false)
      case .depthwise(let shape): sum + shape.parameters(isDepthwise: true)
      default: sum + layer.weights
      }
    }
  }

  /// Multiply-adds of convolutions and products for one request.
  var multiplyAdds: Int {
    layers.reduce(0) { sum, layer in
      switch layer {
      case .convolution(let shape): sum + shape.multiplyAdds(isDepthwise: false)
      case .depthwise(let shape): sum + shape.multiplyAdds(isDepthwise: true)
      case .dense(let rows, let inputs, let outputs): sum + rows * inputs * outputs
      case .products(let count, let m, let n, let k): sum + count * m * n * k
      case .columns(let m, let n, let k, _): sum + m * n * k
      case .streaming, .rows, .concatenation: sum
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
      case .concatenation(let values): 2 * values
      }
    }.max() ?? 0
  }
}

extension Layer {
  /// The layer's weights.
  var weights: Int {
    switch self {
    case .convolution(let shape): shape.weights(isDepthwise: false)
    case .depthwise(let shape): shape.weights(isDepthwise: true)
    case .dense(_, let inputs, let outputs): (inputs + 1) * outputs
    case .columns(let m, _, let k, _): m * k
    case .streaming(let shape): shape.weights
    // Scale and shift; the L2 norm of SSD has a scale alone.
    case .rows("layer_norm", _, let width, _, _): 2 * width
    case .rows("l2_norm", _, let width, _, _): width
    case .products, .rows, .concatenation: 0
    }
  }
}
