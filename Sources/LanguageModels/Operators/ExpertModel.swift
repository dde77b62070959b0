import SimBasics

/// How tokens fall on experts.
package enum ExpertSpread: Hashable, Sendable {
  /// Each token chooses evenly by chance.
  case random
  /// The same number for each expert.
  case balanced
  /// Numbers drawn from a power law between 1 and 0.8 of the tokens, with this exponent.
  case powerLaw(Double)
}

/// The grouped products of one layer's experts.
package struct ExpertShape: Hashable, Sendable {
  /// Tokens.
  package var tokens: Int
  /// The width of a token.
  package var hidden: Int
  /// The width inside an expert on this GPU.
  package var ffn: Int
  /// Experts a token is sent to.
  package var perToken: Int
  /// Experts of the layer.
  package var experts: Int
  /// GPUs that share them, evenly; the one with most tokens is meant.
  package var ranks: Int
  /// Products of an expert: gate, up and down, or up and down.
  package var products: Int
  /// How tokens fall on them.
  package var spread: ExpertSpread

  /// Creates a shape.
  package init(
    tokens: Int, hidden: Int, ffn: Int, perToken: Int, experts: Int, ranks: Int = 1,
    products: Int = 3, spread: ExpertSpread = .random
  ) {
    self.tokens = tokens
    self.hidden = hidden
    self.ffn = ffn
    self.perToken = perToken
    self.experts = experts
    self.ranks = ranks
    self.products = products
    self.spread = spread
  }
}

/// Durations of experts' grouped products.
///
/// Experts that got tokens read their weights; each one's tokens fill tiles of 16 to 128 rows,
/// whichever is fastest, better the more rows a tile has. Every token's activations are written
/// and read between the products, on every rank.
struct ExpertModel {
  static let constants = [
    OperatorConstant("floor_us", 20, 0.5, 0.1...500, .cycles),
    OperatorConstant("dram_share", 0.9, 0.08, 0.1...0.98),
    OperatorConstant("efficiency", 0.7, 0.3, 0.05...1),
    OperatorConstant("rows_power", 0.7, 0.5, 0.01...2),
    OperatorConstant("startup_depth", 60, 1, 0.1...5000),
    OperatorConstant("expert_us", 0.01, 1, 0.000001...10, .cycles),
    OperatorConstant("traffic", 1, 0.5, 0.01...10, .dramOverL2),
    OperatorConstant("leak", 0.2, 1, 0.001...1),
    OperatorConstant("dram_bytes_per_cycle", 100, 0.7, 1...10_000, .sharedMemory),
    OperatorConstant("rank_spread", 1, 0.7, 0.01...10),
    OperatorConstant("depth_ns", 1, 1, 0.0001...100, .cycles),
  ]
  private static let quantiles = 16

  let chip: OperatorChip
  let values: [Double]
  let precision: OperandPrecision
  /// Efficiency of tiles of 16, 32, 64 and 128 rows.
  private let tileEfficiency: [Double]
  static let tileRows = [16.0, 32, 64, 128]

  init(_ chip: OperatorChip, _ constants: OperatorConstants) {
    self.chip = chip
    values = constants.values
    precision = constants.precision
    let (efficiency, power) = (values[2], values[3])
    tileEfficiency = Self.tileRows.map {
      min(1, efficiency * PortableMath.pow($0 / 128, power))
    }
  }

  /// What tokens ask of the experts of one GPU.
  struct Load {
    /// Experts with tokens.
    var used: Double
    /// Tokens of all of them, each as often as it is sent.
    var picks: Double
    /// Tokens of a part of the experts each, even or by quantiles.
    var shares: [Double]
    /// Whether shares are means of chance.
    var isRandom: Bool
  }

  static func load(_ shape: ExpertShape, rankSpread: Double) -> Load {
    let local = Double(shape.experts) / Double(shape.ranks)
    let sent = Double(shape.tokens) * Double(shape.perToken)
    let mean = sent / Double(shape.experts)
    var shares = [mean]
    if case .powerLaw(let exponent) = shape.spread {
      shares = powerLaw(exponent, tokens: Double(shape.tokens)).map { $0 * mean }
      if shape.ranks > 1 {
        let square = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(shares.count)
        let chance = 2 * PortableMath.log(Double(shape.ranks)) / local
        let heaviest = 1 + rankSpread * (square * chance).squareRoot() / mean
        shares = shares.map { $0 * min(heaviest, Double(shape.ranks)) }
      }
    }
    let own = shares.reduce(0, +) / Double(shares.count)
    let picks = min(local * own, Double(shape.tokens) * min(Double(shape.perToken), local))
    let isRandom = shape.spread != .balanced
    var used = min(local, max(picks, 1))
    if isRandom {
      let hit = shares.reduce(0) { $0 + 1 - PortableMath.exp(-$1) } / Double(shares.count)
      used = max(1, min(used, local * hit))
    }
    return Load(used: used, picks: picks, shares: shares, isRandom: isRandom)
  }

  /// Quantiles of the power law, their mean 1.
  private static func powerLaw(_ exponent: Double, tokens: Double) -> [Double] {
    let top = max(0.8 * tokens, 1.0001)
    let power = 1 - exponent
    let raw = (0..<quantiles).map { i in
      let u = (Double(i) + 0.5) / Double(quantiles)
      if abs(power) < 1e-9 { return PortableMath.exp(u * PortableMath.log(top)) }
      let edge = PortableMath.pow(top, power) - 1
      return PortableMath.pow(edge * u + 1, 1 / power)
    }
    let mean = raw.reduce(0, +) / Double(quantiles)
    return raw.map { $0 / mean }
  }

  /// Tiles of `rows` rows over all of the GPU's experts.
  private func tiles(_ shape: ExpertShape, _ load: Load, rows: Double) -> Double {
    if !load.isRandom {
      return load.used * (load.picks / load.used / rows - 1e-9).rounded(.up)
    }
    let local = Double(shape.experts) / Double(shape.ranks)
    let mean =
      load.shares.reduce(0) { sum, share in
        let hit = 1 - PortableMath.exp(-share)
        let filled = share / rows + 0.5 * (1 - PortableMath.exp(-share / rows))
        return sum + max(hit, filled)
      } / Double(load.shares.count)
    return max(load.used, local * mean)
  }

  struct Choice {
    var ns: Double
    /// The same were the DRAM not shared.
    var unboundNS = 0.0
    var dramBytes: Double
    var busyNS: Double
    var blocks: Double
    var rows: Double
  }

  func choice(_ shape: ExpertShape) -> Choice {
    let v = values
    let load = Self.load(shape, rankSpread: v[9])
    let (hidden, ffn) = (Double(shape.hidden), Double(shape.ffn))
    let products = Double(shape.products)
    let weights = products * hidden * ffn
    let moved = load.used * weights * precision.bytes + load.picks * hidden * 2
    let sent = Double(shape.tokens) * Double(shape.perToken)
    let between = sent * (2 * hidden + 2 * products * ffn) * 2
    let rate = chip.rate(precision)
    var best = Choice(ns: .infinity, dramBytes: moved, busyNS: 0, blocks: 1, rows: 16)
    for (rows, efficiency) in zip(Self.tileRows, tileEfficiency) {
      let tiles = tiles(shape, load, rows: rows)
      let blocks = tiles * (2 * ffn / 128).rounded(.up)
      let executed = 2 * tiles * rows * products * (hidden + v[4]) * (ffn + v[4] / 3)
      let ask = min(blocks, chip.smCount) * v[8] * chip.clockGHz
      let dram = moved / min(chip.dramRate * v[1], ask)
      let time = overlapped(executed / (rate * efficiency), dram, leak: v[7])
      if time < best.ns {
        best.ns = time
        best.unboundNS = min(
          time, overlapped(executed / (rate * efficiency), moved / ask, leak: v[7]))
        best.busyNS = 2 * tiles * rows * weights / rate
        best.blocks = blocks
        best.rows = rows
      }
    }
    let local = Double(shape.experts) / Double(shape.ranks)
    let around =
      v[0] * 1e3 + v[5] * 1e3 * local + v[6] * between / chip.dramRate + v[10] * (hidden + ffn)
    best.ns += around
    best.unboundNS += around
    best.dramBytes += between
    return best
  }
}
