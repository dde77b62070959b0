extension SeededGenerator {
  /// A number uniform in (0, 1], safe to take the logarithm of.
  @inlinable public mutating func nextPositiveUnit() -> Double {
    Double((next() >> 11) &+ 1) * 0x1p-53
  }

  /// An exponential number of mean 1; hot loops hold an `ExponentialSampler` instead.
  public mutating func nextExponential() -> Double {
    ExponentialSampler().next(&self)
  }

  /// A normal number of mean 0 and deviation 1 (Marsaglia's polar method; its second number is
  /// dropped so that the generator carries no hidden state).
  public mutating func nextNormal() -> Double {
    while true {
      let x = 2 * nextUnit() - 1
      let y = 2 * nextUnit() - 1
      let square = x * x + y * y
      if square < 1, square > 0 {
        return x * (-2 * PortableMath.log(square) / square).squareRoot()
      }
    }
  }

  /// A gamma number of the given shape and scale 1, hence of mean `shape` (Marsaglia and Tsang,
  /// "A simple method for generating gamma variables", 2000).
  ///
  /// - Precondition: `shape` > 0 and finite.
  public mutating func nextGamma(shape: Double) -> Double {
    precondition(shape > 0 && shape < .infinity, "gamma shape \(shape) is not positive")
    if shape == 1 { return nextExponential() }
    if shape < 1 {
      // A gamma of shape + 1 times U^(1/shape); for tiny shapes this may underflow to 0, rightly.
      let larger = nextGamma(shape: shape + 1)
      return larger * PortableMath.pow(nextPositiveUnit(), 1 / shape)
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = nextNormal()
      let root = 1 + c * x
      if root <= 0 { continue }
      let v = root * root * root
      let u = nextPositiveUnit()
      if u < 1 - 0.0331 * x * x * x * x { return d * v }
      if PortableMath.log(u) < 0.5 * x * x + d * (1 - v + PortableMath.log(v)) { return d * v }
    }
  }

  /// A Weibull number of the given shape and scale 1, by inversion.
  ///
  /// - Precondition: `shape` > 0.
  public mutating func nextWeibull(shape: Double) -> Double {
    precondition(shape > 0, "Weibull shape \(shape) is not positive")
    return PortableMath.pow(nextExponential(), 1 / shape)
  }

  /// A lognormal number: e raised to a normal one of mean `logMean` and deviation `logDeviation`.
  public mutating func nextLogNormal(logMean: Double, logDeviation: Double) -> Double {
    PortableMath.exp(logMean + logDeviation * nextNormal())
  }

  /// A Pareto number of at least 1 with P(X > x) = x^-shape, by inversion.
  ///
  /// - Precondition: `shape` > 0.
  public mutating func nextPareto(shape: Double) -> Double {
    precondition(shape > 0, "Pareto shape \(shape) is not positive")
    return PortableMath.exp(nextExponential() / shape)
  }
}
