import SimBasics

/// Fits a gamma law's shape.
enum GammaShape {
  /// The shape k with ln k - ψ(k) = `logRatio`, ln of the mean less the mean of the ln, by Newton's
  /// method from Minka's start ("Estimating a gamma distribution", 2002).
  static func maximizingLikelihood(logRatio s: Double) -> Double {
    var k = (3 - s + ((s - 3) * (s - 3) + 24 * s).squareRoot()) / (12 * s)
    for _ in 0..<50 {
      let value = PortableMath.log(k) - digamma(k) - s
      let step = value / (1 / k - trigamma(k))
      let next = k - step
      k = next > 0 ? next : k / 2
      if abs(step) < 1e-12 * k { break }
    }
    return k
  }

  /// The logarithmic derivative of Γ, by its asymptotic series from 10 on.
  static func digamma(_ x: Double) -> Double {
    var (y, shifted) = (x, 0.0)
    while y < 10 {
      shifted -= 1 / y
      y += 1
    }
    let square = 1 / (y * y)
    return shifted + PortableMath.log(y) - 0.5 / y
      - square * (1.0 / 12 - square * (1.0 / 120 - square / 252))
  }

  /// The derivative of `digamma`.
  static func trigamma(_ x: Double) -> Double {
    var (y, shifted) = (x, 0.0)
    while y < 10 {
      shifted += 1 / (y * y)
      y += 1
    }
    let inverse = 1 / y
    let square = inverse * inverse
    return shifted
      + inverse * (1 + 0.5 * inverse + square * (1.0 / 6 - square * (1.0 / 30 - square / 42)))
  }
}
