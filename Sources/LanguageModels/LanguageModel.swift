import Hardware

/// The number format of a language model's weights.
package enum WeightPrecision: String, CaseIterable, Sendable {
  case bf16, fp16, fp8

  /// Bytes of a weight of a layer's products.
  package var weightBytes: Double { self == .fp8 ? 1 : 2 }
}

/// The mixture of experts in a language model's feed-forward parts.
package struct ExpertMixture: Hashable, Sendable {
  /// Experts of a layer.
  package var experts: Int
  /// Experts a token is sent to.
  package var perToken: Int
  /// The width inside an expert.
  package var ffn: Int
  /// The width inside the experts that every token passes, together; 0 where there are none.
  package var sharedFFN: Int
  /// Layers, the first ones, with one dense feed-forward part in place of experts.
  package var denseLayers: Int

  /// Creates a mixture.
  package init(experts: Int, perToken: Int, ffn: Int, sharedFFN: Int = 0, denseLayers: Int = 0) {
    self.experts = experts
    self.perToken = perToken
    self.ffn = ffn
    self.sharedFFN = sharedFFN
    self.denseLayers = denseLayers
  }
}

/// A decoder-only language model as `models/llms/<name>.json` describes it (`gpuloom.llm/1`).
///
/// Not modelled: biases (below 0.1 % of any model's weights), sliding windows, adapters, vision
/// towers, speculative heads, quantised weights beyond fp8, ranks of a tensor-parallel group.
package struct LanguageModel: Sendable {
  /// The catalogue name, such as `llama-3.1-8b`.
  package var name: String
  /// Layers, alike but for `ExpertMixture.denseLayers`.
  package var layers: Int
  /// The width of a token.
  package var hidden: Int
  /// Query heads.
  package var heads: Int
  /// Heads of keys and values; fewer than `heads` where queries share them.
  package var kvHeads: Int
  /// The width of a head.
  package var headDim: Int
  /// The width inside a dense feed-forward part; 0 where no layer has one.
  package var ffn: Int
  /// Whether a feed-forward part has a gate beside its up product.
  package var isGated: Bool
  /// Tokens of the vocabulary.
  package var vocab: Int
  /// Whether the product with the vocabulary uses the embedding's weights.
  package var hasTiedEmbedding: Bool
  /// The format of the layers' weights.
  package var precision: WeightPrecision
  /// The mixture of experts; nil for a dense model.
  package var experts: ExpertMixture?
  /// The most tokens of a prompt and its answer together.
  package var maxContext: Int
  /// Where the numbers come from, by key; `config` stands for all that have no entry.
  package var sources: [(key: String, source: String)] = []

  /// Creates a model from its numbers.
  package init(
    name: String, layers: Int, hidden: Int, heads: Int, kvHeads: Int, headDim: Int, ffn: Int,
    isGated: Bool, vocab: Int, hasTiedEmbedding: Bool, precision: WeightPrecision,
    experts: ExpertMixture? = nil, maxContext: Int
  ) {
    self.name = name
    self.layers = layers
    self.hidden = hidden
    self.heads = heads
    self.kvHeads = kvHeads
    self.headDim = headDim
    self.ffn = ffn
    self.isGated = isGated
    self.vocab = vocab
    self.hasTiedEmbedding = hasTiedEmbedding
    self.precision = precision
    self.experts = experts
    self.maxContext = maxContext
  }
}

/// Sizes that follow from a model's numbers.
extension LanguageModel {
  /// Columns of the product that makes queries, keys and values.
  package var qkvColumns: Int { (heads + 2 * kvHeads) * headDim }

  /// Layers whose feed-forward part is dense.
  package var denseLayers: Int { min(experts.map(\.denseLayers) ?? layers, layers) }

  /// Products into a feed-forward part: gate and up, or up alone.
  package var upProducts: Int { isGated ? 2 : 1 }

  /// Weights of one layer's attention: queries, keys, values and the output product.
  var attentionWeights: Int { hidden * qkvColumns + heads * headDim * hidden }

  /// Weights of a feed-forward part of a width.
  func feedForwardWeights(_ width: Int) -> Int { (upProducts + 1) * hidden * width }

  /// Weights of all layers' products; `isActive` counts those that one token passes.
  private func layerWeights(isActive: Bool) -> Int {
    var sum = layers * attentionWeights + denseLayers * feedForwardWeights(ffn)
    if let experts {
      let used = isActive ? experts.perToken : experts.experts
      let layer =
        used * feedForwardWeights(experts.ffn) + feedForwardWeights(experts.sharedFFN)
        + hidden * experts.experts
      sum += (layers - denseLayers) * layer
    }
    return sum
  }

  /// Weights of the embedding and, where it has its own, the product with the vocabulary.
  private var vocabularyWeights: Int { (hasTiedEmbedding ? 1 : 2) * vocab * hidden }

  /// Weights of the norms: two a layer and the last.
  private var normWeights: Int { (2 * layers + 1) * hidden }

  /// Whether there are more parameters than sums in 64 bits can hold, far above any model.
  var isTooLarge: Bool {
    let heads = Double(heads + kvHeads) * Double(headDim)
    let dense = Double(denseLayers) * Double(ffn)
    var layer = Double(layers) * 2 * heads + dense * 3
    if let experts {
      let width = Double(experts.experts) * Double(experts.ffn) + Double(experts.sharedFFN)
      layer += Double(layers) * (3 * width + Double(experts.experts))
    }
    return (layer + 2 * Double(vocab)) * Double(hidden) > 1e13
  }

  /// Parameters, biases left out.
  package var parameters: Int {
    layerWeights(isActive: false) + vocabularyWeights + normWeights
  }

  /// Parameters that one token passes; all of them in a dense model.
  package var activeParameters: Int {
    layerWeights(isActive: true) + vocabularyWeights + normWeights
  }

  /// Bytes of the weights in memory. Embedding, vocabulary product and norms stay in two bytes
  /// where the layers are in fp8, as publishers' fp8 checkpoints keep them.
  package var weightsBytes: Int64 {
    Int64(Double(layerWeights(isActive: false)) * precision.weightBytes)
      + Int64(2 * (vocabularyWeights + normWeights))
  }

  /// Bytes of an element of keys and values: two, also for fp8 weights (serving stacks keep the
  /// cache in the activations' format unless told otherwise).
  package static let kvElementBytes = 2

  /// Bytes of keys and values that a token keeps, over all layers.
  package var kvBytesPerToken: Int { layers * 2 * kvHeads * headDim * Self.kvElementBytes }
}
