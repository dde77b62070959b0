/// The attention of several prompts' new tokens, causal.
package struct PrefillShape: Hashable, Sendable {
  /// Prompts.
  package var sequences: Int
  /// New tokens of all.
  package var tokens: Int
  /// Cached and new tokens of all.
  package var context: Int
  /// The longest prompt's cached and new tokens.
  package var longest: Int
  /// Pairs of a query and a key it sees, summed.
  package var pairs: Double
  /// Blocks of 128 queries, summed over prompts.
  package var tiles: Int
  /// The heads.
  package var heads: AttentionHeads

  /// Creates a shape.
  package init(
    sequences: Int, tokens: Int, context: Int, longest: Int, pairs: Double, tiles: Int,
    heads: AttentionHeads
  ) {
    self.sequences = sequences
    self.tokens = tokens
    self.context = context
    self.longest = longest
    self.pairs = pairs
    self.tiles = tiles
    self.heads = heads
  }

  /// Prompts alike, nothing cached.
  package init(batch: Int, tokens: Int, heads: AttentionHeads) {
    self.init(
      sequences: batch, tokens: batch * tokens, context: batch * tokens, longest: tokens,
      pairs: Double(batch) * Double(tokens) * Double(tokens) / 2,
      tiles: batch * ((tokens + 127) / 128), heads: heads)
  }
}

/// The heads of an attention.
package struct AttentionHeads: Hashable, Sendable {
  /// Query heads.
  package var queries: Int
  /// Heads of keys and values.
  package var keys: Int
  /// The width of a head.
  package var width: Int

  /// Creates heads.
  package init(queries: Int, keys: Int, width: Int) {
    self.queries = queries
    self.keys = keys
    self.width = width
  }

  /// Queries that share keys and values.
  var group: Double { Double(queries) / Double(keys) }
}

/// Durations of prompts' attention.
///
/// Blocks of 128 queries each go through the keys they see, 64 at a time; SMs share the blocks, the
/// longest bounds the whole, and a part of it trails. Reading Q, K, V and writing O does not hide
/// behind that: short prompts in large numbers are bound by it.
struct PrefillModel {
  static let constants = [
    OperatorConstant("floor_us", 8, 0.5, 0.1...100, .cycles),
    OperatorConstant("efficiency", 0.7, 0.3, 0.05...0.98),
    OperatorConstant("block_us", 2, 0.7, 0.001...100, .cycles),
    OperatorConstant("stream_share", 1, 0.5, 0.05...4, .l2Part),
    OperatorConstant("width_power", 0.3, 1, 0.001...2),
    OperatorConstant("tail", 0.5, 1, 0.001...2),
    OperatorConstant("kv_weight", 1, 0.7, 0.01...10),
    OperatorConstant("chain", 1, 0.5, 0.05...2),
  ]
  static let tileQueries = 128.0
  private static let keyBlock = 64.0

  let chip: OperatorChip
  let values: [Double]
  let packsQueries: Bool

  init(_ chip: OperatorChip, _ constants: OperatorConstants) {
    self.chip = chip
    values = constants.values
    packsQueries = constants.packsQueries
  }

  /// Blocks, and the keys they go through together.
  func work(_ shape: PrefillShape) -> (blocks: Double, keys: Double) {
    let heads = shape.heads
    let packs = packsQueries || shape.tokens == shape.sequences
    let (n, tokens) = (Double(shape.sequences), Double(shape.tokens))
    let span = packs ? Self.tileQueries / heads.group : Self.tileQueries
    let tiles = packs ? max(n, (tokens / span).rounded(.up)) : Double(shape.tiles)
    let average = Double(shape.context) / n
    let padded = n * (average / Self.keyBlock).rounded(.up) * Self.keyBlock
    let causal = shape.pairs / span + tokens / 2 + tiles * Self.keyBlock / 2
    let keys = max(padded, min(tiles / n * padded, causal))
    let across = Double(packs ? heads.keys : heads.queries)
    return (tiles * across, keys * across)
  }

  func ns(_ shape: PrefillShape, widthFactor: Double) -> Double {
    let v = values
    let width = Double(shape.heads.width)
    let (blocks, keys) = work(shape)
    let efficiency = min(v[1] * widthFactor, 0.98)
    let perKey = 4 * Self.tileQueries * width / (chip.smRate(.bf16) * efficiency)
    let perBlock = v[2] * 1e3 * width / 128
    let longestKeys = (Double(shape.longest) / Self.keyBlock).rounded(.up) * Self.keyBlock
    let longest = perBlock + longestKeys * perKey
    let shared = (blocks * perBlock + keys * perKey) / chip.smCount
    let trailing = v[5] * longest * min(1, blocks / chip.smCount)
    let arithmetic = max(longest * v[7], shared + trailing)
    return v[0] * 1e3 + arithmetic + bytes(shape, kvWeight: v[6]) / (chip.dramRate * v[3])
  }

  /// Bytes of Q, K, V and O; keys and values are read, and written before.
  func bytes(_ shape: PrefillShape, kvWeight: Double) -> Double {
    let (heads, tokens) = (shape.heads, Double(shape.tokens))
    let cached = Double(shape.context) - tokens
    return 2 * Double(heads.width)
      * (2 * tokens * Double(heads.queries)
        + (4 * kvWeight * tokens + 2 * cached) * Double(heads.keys))
  }
}
