import SimBasics

/// The law of the gaps between the requests of one bin, up to their scale.
enum GapLaw {
  case exponential
  case gamma(shape: Double)
  case weibull(shape: Double)
}

/// Hands out the times of one bin's requests in order: exactly `count` of them, all inside.
///
/// Drawn gaps are scaled so that `count` + 1 of them fill the bin; with exponential gaps that is
/// the law of `count` independent uniform times put in order. The scale needs the gaps' sum, so
/// the generator runs twice over the same numbers instead of keeping them.
struct BinPlacer {
  private let startNS: Int64
  private let widthNS: Int64
  private let placement: BinPlacement
  private let law: GapLaw
  private let sampler = ExponentialSampler()
  private var generator: SeededGenerator
  private var sum = 0.0
  private var total = 0.0
  private var placed: Int64 = 0
  /// How many requests the bin holds.
  let count: Int64

  init(
    startNS: Int64, widthNS: Int64, count: Int64, placement: BinPlacement, seed: UInt64,
    law: GapLaw = .exponential
  ) {
    self.startNS = startNS
    self.widthNS = widthNS
    self.count = count
    self.placement = placement
    self.law = law
    generator = SeededGenerator(seed: seed)
    guard placement == .uniformSeeded, count > 0 else { return }
    let first = generator
    for _ in 0...count { total += gap() }
    generator = first
  }

  /// The next time in nanoseconds; nil when all are placed.
  mutating func next() -> Int64? {
    guard placed < count else { return nil }
    defer { placed += 1 }
    switch placement {
    case .start: return startNS
    case .even: return startNS + even()
    case .uniformSeeded:
      sum += gap()
      // Gaps so small that they vanish in a Double leave nothing to scale.
      guard total > 0, total.isFinite else { return startNS + even() }
      let offset = Int64(sum / total * Double(widthNS))
      return startNS + min(offset, widthNS - 1)
    }
  }

  private func even() -> Int64 {
    let product = UInt64(placed).multipliedFullWidth(by: UInt64(widthNS))
    return Int64(UInt64(count).dividingFullWidth(product).quotient)
  }

  private mutating func gap() -> Double {
    switch law {
    case .exponential: return sampler.next(&generator)
    case .gamma(let shape): return generator.nextGamma(shape: shape)
    case .weibull(let shape): return generator.nextWeibull(shape: shape)
    }
  }

  /// The seed of one bin: it depends on the user's seed, the series and the bin's number alone, so
  /// that adding a series does not move the requests of another.
  static func seed(_ seed: UInt64, series: UInt64, bin: Int64) -> UInt64 {
    var z = seed &* 0xD134_2543_DE82_EF95 ^ series
    z &+= UInt64(bitPattern: bin) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    return z ^ (z >> 27)
  }
}
