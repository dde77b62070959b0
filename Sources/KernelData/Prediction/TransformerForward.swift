import SimBasics
import Tables

/// The forward pass of an encoder-only transformer, operator by operator, from its sizes alone.
///
/// Modelled as an eager framework runs it in fp32: each operator one launch, biases inside the
/// matrix products, everything else limited by DRAM. Launches queue ahead of the GPU, so the time
/// of an empty call is replaced by the gap between launches of one stream. Not modelled: the host
/// where it is slower than the GPU (small batches).
package struct TransformerForward: Sendable {
  /// Encoder layers.
  package var layers: Int
  /// The width of a token.
  package var hidden: Int
  /// Attention heads.
  package var heads: Int
  /// The width inside the feed-forward part.
  package var feedForward: Int
  /// Tokens of a sequence.
  package var sequence: Int
  /// Sequences of a batch.
  package var batch: Int

  /// Creates a pass.
  package init(layers: Int, hidden: Int, heads: Int, feedForward: Int, sequence: Int, batch: Int) {
    self.layers = layers
    self.hidden = hidden
    self.heads = heads
    self.feedForward = feedForward
    self.sequence = sequence
    self.batch = batch
  }

  /// BERT-large (Devlin et al. 2018): 24 layers, 1024 wide, 16 heads.
  package static func bertLarge(sequence: Int, batch: Int) -> TransformerForward {
    TransformerForward(
      layers: 24, hidden: 1024, heads: 16, feedForward: 4096, sequence: sequence, batch: batch)
  }

  /// One operator of a layer.
  enum Operation {
    case product(GEMMShape, GEMMLayout)
    /// Elements read and written by an operator that DRAM limits.
    case elementwise(elements: Double)
  }

  /// One layer's operators, in order.
  var layer: [Operation] {
    let tokens = batch * sequence
    let wide = Double(tokens) * Double(hidden)
    let scores = Double(batch * heads) * Double(sequence) * Double(sequence)
    let inner = Double(tokens) * Double(feedForward)
    let head = hidden / heads
    func linear(_ n: Int, _ k: Int) -> Operation {
      .product(GEMMShape(m: tokens, n: n, k: k), .weight)
    }
    var operations = [Operation](repeating: linear(hidden, hidden), count: 3)
    let across = GEMMShape(m: sequence, n: sequence, k: head, batch: batch * heads)
    let back = GEMMShape(m: sequence, n: head, k: sequence, batch: batch * heads)
    // Keys, queries and values are laid out anew by head before the batched products.
    operations += [Operation](repeating: .elementwise(elements: 2 * wide), count: 3)
    operations += [
      .product(across, .batched),
      .elementwise(elements: 2 * scores),  // scale
      .elementwise(elements: 2 * scores),  // mask
      .elementwise(elements: 2 * scores),  // softmax, a row at a time
      .product(back, .batched),
      .elementwise(elements: 2 * wide),  // heads side by side again
      linear(hidden, hidden),
      .elementwise(elements: 3 * wide),  // residual
      .elementwise(elements: 2 * wide),  // layer norm
      linear(feedForward, hidden),
      .elementwise(elements: 2 * inner),  // activation
      linear(hidden, feedForward),
      .elementwise(elements: 3 * wide),
      .elementwise(elements: 2 * wide),
    ]
    return operations
  }

  /// The gap between dependent launches of a stream (`gpu-facts` §3: 1.6 to 2.6 µs measured).
  static let gapUS = 2.5
  /// The share of peak DRAM bandwidth that elementwise kernels reach (`gpu-facts` §4: 866 of
  /// 900 GB/s read, 800 read and written).
  static let streamingShare = 0.88

  /// The predicted duration on a GPU, its own fitted constants or transferred ones.
  ///
  /// - Throws: `InputError` of kind `missingFile` for an unknown GPU.
  package func duration(
    on gpu: String, catalogue: GEMMCatalogue, transfersAll: Bool = false
  ) throws(InputError) -> SimDuration {
    guard let sheet = catalogue.sheet(named: gpu) else {
      throw InputError.unknownGPU(gpu, catalogue)
    }
    let constants = catalogue.constants(for: sheet, .fp32, transfersAll: transfersAll)
    let predictor = GEMMPredictor(sheet: sheet, constants: constants)
    let floor = constants.values[GEMMConstants.Key.floor]
    var time = 0.0
    for operation in layer {
      switch operation {
      case .product(let shape, let layout):
        time += predictor.microseconds(shape, layout) - floor
      case .elementwise(let elements):
        time += elements * 4 / (sheet.dramGBPerS * 1e3 * TransformerForward.streamingShare)
      }
      time += TransformerForward.gapUS
    }
    return SimDuration(nanoseconds: Int64((time * Double(layers) * 1e3).rounded(.up)))
  }
}
