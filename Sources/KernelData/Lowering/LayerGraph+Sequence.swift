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
  static func product(name: String, m: Int, n: Int, k: Int, tile: String) -> LayerGraph {
    LayerGraph(
      name: name, description: "one SGEMM of \(m)x\(n)x\(k), tile \(tile), depth not split",
      layers: [.columns(m: m, n: n, k: k, tile: tile)], inputBytes: k * n * 4,
      outputBytes: m * n * 4)
  }

  /// The models that can be lowered and do not ship.
  static let others: [LayerGraph] = [
    .bert(
      name: "bert_large_512", title: "BERT-large, eager", blocks: 24, hidden: 1024, heads: 16,
      tokens: 512, isFused: false)
  ]

  /// The models that ship, by name.
  static let shipped: [LayerGraph] = [
    .resNet(.eighteen), .resNet(.fifty), .mobileNetV2(),
    .bert(name: "bert_base", title: "BERT-base", blocks: 12, hidden: 768, heads: 12, tokens: 128),
    .lstmCell(),
    .product(name: "gemm_conv2_2", m: 256, n: 128, k: 1152, tile: "128x64"),
    .product(name: "gemm_256", m: 256, n: 256, k: 256, tile: "128x64"),
    .product(name: "gemv_512", m: 512, n: 1, k: 512, tile: "128x32"),
  ]
}
