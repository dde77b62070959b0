extension LayerGraph {
  /// A BERT encoder: Devlin et al. (2019). Fused, query, key and value come from one product;
  /// scale and mask are part of the softmax, the residual part of the normalisation, the
  /// activation part of its product, and no transposition is written out. Otherwise each is a
  /// launch of its own, as an eager framework runs them.
  static func bert(
    name: String, title: String, blocks: Int, hidden: Int, heads: Int, tokens: Int,
    isFused: Bool = true
  ) -> LayerGraph {
    let head = hidden / heads
    let values = tokens * hidden
    let normalisation = Layer.rows(
      name: "layer_norm", rows: tokens, width: hidden, reads: isFused ? 2 : 1, flopPerValue: 8)
    /// Launches of their own where nothing is fused.
    func eager(_ name: String, _ count: Int, values: Int, reads: Int = 1) -> [Layer] {
      let shape = Streaming(name: name, reads: reads * values, writes: values)
      return isFused ? [] : [Layer](repeating: .streaming(shape), count: count)
    }
    var layers: [Layer] = [
      .streaming(Streaming(name: "embedding", reads: 3 * values, writes: values, flopPerWrite: 2)),
      .rows(name: "layer_norm", rows: tokens, width: hidden, reads: 1, flopPerValue: 8),
    ]
    for _ in 0..<blocks {
      layers += (0..<(isFused ? 1 : 3)).map { _ in
        .dense(rows: tokens, inputs: hidden, outputs: isFused ? 3 * hidden : hidden)
      }
      layers += eager("transpose", 3, values: values)
      layers.append(.products(count: heads, m: tokens, n: tokens, k: head))
      layers += eager("scale", 1, values: heads * tokens * tokens)
      layers += eager("mask", 1, values: heads * tokens * tokens)
      layers.append(
        .rows(name: "softmax", rows: heads * tokens, width: tokens, reads: 1, flopPerValue: 5))
      layers.append(.products(count: heads, m: tokens, n: head, k: tokens))
      layers += eager("transpose", 1, values: values)
      layers.append(.dense(rows: tokens, inputs: hidden, outputs: hidden))
      layers += eager("add", 1, values: values, reads: 2) + [normalisation]
      layers.append(.dense(rows: tokens, inputs: hidden, outputs: 4 * hidden))
      layers += eager("gelu", 1, values: 4 * values)
      layers.append(.dense(rows: tokens, inputs: 4 * hidden, outputs: hidden))
      layers += eager("add", 1, values: values, reads: 2) + [normalisation]
    }
    layers.append(.dense(rows: 1, inputs: hidden, outputs: hidden))
    return LayerGraph(
      name: name, description: "\(title), sequence \(tokens), with pooler", layers: layers,
      // 30522 word pieces, 512 positions, 2 segments.
      lookupWeights: (30522 + 512 + 2) * hidden, inputBytes: tokens * 8,
      outputBytes: hidden * 4)
  }

  /// GPT-2 with 124 million parameters: Radford et al. (2019), 12 blocks of 768, all 1024 tokens of
  /// its context at once, with the scores of every token's successor. Attention covers the whole
  /// square: the half that is masked is computed too. Normalisation comes before each part and adds
  /// what the part before it left, writing both sum and norm.
  static func gpt2() -> LayerGraph {
    let (tokens, hidden, heads, words) = (1024, 768, 12, 50257)
    func normalisation(reads: Int) -> Layer {
      .rows(name: "layer_norm", rows: tokens, width: hidden, reads: reads, flopPerValue: 8)
    }
    var layers: [Layer] = [
      .streaming(
        Streaming(name: "embedding", reads: 2 * tokens * hidden, writes: tokens * hidden))
    ]
    for block in 0..<12 {
      layers += [
        normalisation(reads: block == 0 ? 1 : 3),
        .dense(rows: tokens, inputs: hidden, outputs: 3 * hidden),
        .products(count: heads, m: tokens, n: tokens, k: hidden / heads),
        .rows(name: "softmax", rows: heads * tokens, width: tokens, reads: 1, flopPerValue: 5),
        .products(count: heads, m: tokens, n: hidden / heads, k: tokens),
        .dense(rows: tokens, inputs: hidden, outputs: hidden),
        normalisation(reads: 3),
        .dense(rows: tokens, inputs: hidden, outputs: 4 * hidden),
        .dense(rows: tokens, inputs: 4 * hidden, outputs: hidden),
      ]
    }
    layers += [
      normalisation(reads: 2),
      // The embedding's weights again, without a bias.
      .columns(m: words, n: tokens, k: hidden, tile: nil),
    ]
    return LayerGraph(
      name: "gpt2", description: "GPT-2, 124M parameters, sequence \(tokens), with all scores",
      layers: layers, lookupWeights: tokens * hidden, inputBytes: tokens * 8,
      outputBytes: tokens * words * 4, batches: [1, 2, 4, 8])
  }

  /// One step of an LSTM with 512 inputs and 512 cells: the gates as one product of the weights
  /// with input and state side by side, then the cell's update.
  static func lstmCell() -> LayerGraph {
    let cells = 512
    return LayerGraph(
      name: "lstm_cell", description: "one step of an LSTM, 512 inputs, 512 cells",
      layers: [
        .dense(rows: 1, inputs: 2 * cells, outputs: 4 * cells),
        .streaming(
          Streaming(name: "lstm_update", reads: 5 * cells, writes: 2 * cells, flopPerWrite: 12)),
      ],
      inputBytes: cells * 4, outputBytes: cells * 4)
  }

  /// One of the three products of Jain et al. (2018), §5: C (m×n) = A (m×k) · B (k×n), A being
  /// weights. The tile is that of the library of its day, which did not split the depth.
  static func product(name: String, m: Int, n: Int, k: Int, tile: String?) -> LayerGraph {
    LayerGraph(
      name: name,
      description: "one SGEMM of \(m)x\(n)x\(k), "
        + (tile.map { "tile \($0), depth not split" } ?? "whatever kernel is fastest"),
      layers: [.columns(m: m, n: n, k: k, tile: tile)], inputBytes: k * n * 4,
      outputBytes: m * n * 4)
  }
}
