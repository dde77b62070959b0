import SimBasics

/// The law of the gaps between arrivals, scaled to a mean of 1.
struct GapDistribution: Sendable {
  private enum Family { case exponential, gamma, weibull, equal }

  private let family: Family
  private let shape: Double
  private let scale: Double
  private let sampler = ExponentialSampler()

  private init(_ family: Family, shape: Double = 1, scale: Double = 1) {
    self.family = family
    self.shape = shape
    self.scale = scale
  }

  static let exponential = GapDistribution(.exponential)

  /// Gamma gaps of a coefficient of variation; equal ones at 0.
  static func gamma(cv: Double) -> GapDistribution {
    if cv < 1e-4 { return GapDistribution(.equal) }
    if cv == 1 { return .exponential }
    return GapDistribution(.gamma, shape: 1 / (cv * cv), scale: cv * cv)
  }

  /// Weibull gaps; a shape below 1 gives bursts.
  static func weibull(shape: Double) -> GapDistribution {
    let mean = PortableMath.exp(GammaFunction.log(1 + 1 / shape))
    return GapDistribution(.weibull, shape: shape, scale: 1 / mean)
  }

  /// A gap.
  @inline(__always) func draw(_ randomness: inout SeededGenerator) -> Double {
    switch family {
    case .exponential: return sampler.next(&randomness)
    case .gamma: return scale * randomness.nextGamma(shape: shape)
    case .weibull: return scale * randomness.nextWeibull(shape: shape)
    case .equal: return 1
    }
  }

  /// The wait for the first arrival of a stationary process: a uniform part of a gap drawn with
  /// weight proportional to its length.
  ///
  /// Without it a bursty renewal process would start with a burst at time zero. The weighted gamma
  /// law is gamma of shape + 1; the weighted Weibull law is a power of gamma(1 + 1 / shape).
  func drawFirst(_ randomness: inout SeededGenerator) -> Double {
    let part = randomness.nextUnit()
    switch family {
    case .exponential: return sampler.next(&randomness)
    case .gamma: return part * scale * randomness.nextGamma(shape: shape + 1)
    case .weibull:
      let power = randomness.nextGamma(shape: 1 + 1 / shape)
      return part * scale * PortableMath.pow(power, 1 / shape)
    case .equal: return part
    }
  }
}

/// Independent gaps of one law.
struct RenewalSource: ArrivalSource {
  private let meanGap: Double
  private let law: GapDistribution
  private var randomness: SeededGenerator
  private var time = 0.0
  private var hasStarted = false

  init(rate: Double, _ law: GapDistribution, _ randomness: SeededGenerator) {
    meanGap = 1 / rate
    self.law = law
    self.randomness = randomness
  }

  mutating func next() -> Double? {
    if hasStarted {
      time += meanGap * law.draw(&randomness)
    } else {
      time = meanGap * law.drawFirst(&randomness)
      hasStarted = true
    }
    return time
  }
}

/// The gamma function's logarithm, in plain arithmetic.
enum GammaFunction {
  /// ln Γ(x) for x > 0: Stirling's series after shifting the argument to 12 or more, where the
  /// first term left out is below 10^-14.
  static func log(_ x: Double) -> Double {
    var shift = 1.0
    var y = x
    while y < 12 {
      shift *= y
      y += 1
    }
    let inverse = 1 / y
    let square = inverse * inverse
    let series =
      inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1_260 - square / 1_680)))
    let halfLogTwoPi = 0.918_938_533_204_672_7
    return (y - 0.5) * PortableMath.log(y) - y + halfLogTwoPi + series - PortableMath.log(shift)
  }
}
