extension SeededGenerator {
  /// A Poisson count of the given mean: counted arrivals for small means, Hörmann's transformed
  /// rejection ("The transformed rejection method for generating Poisson random variables", 1993)
  /// from 10 on.
  ///
  /// - Precondition: 0 <= `mean` <= 2^52.
  public mutating func nextPoisson(mean: Double) -> Int {
    precondition(mean >= 0 && mean <= 0x1p52, "Poisson mean \(mean) is out of range")
    if mean >= 10 { return nextLargePoisson(mean) }
    var (count, elapsed) = (0, nextExponential())
    while elapsed < mean {
      count += 1
      elapsed += nextExponential()
    }
    return count
  }

  /// A negative binomial count of mean `mean` and variance `mean + mean² / size`: a Poisson count
  /// whose mean is gamma with shape `size`.
  ///
  /// - Precondition: `mean` >= 0, `size` > 0.
  public mutating func nextNegativeBinomial(mean: Double, size: Double) -> Int {
    nextPoisson(mean: min(nextGamma(shape: size) * (mean / size), 0x1p52))
  }

  private mutating func nextLargePoisson(_ mean: Double) -> Int {
    let b = 0.931 + 2.53 * mean.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let vr = 0.9277 - 3.6224 / (b - 2)
    let logMean = PortableMath.log(mean)
    while true {
      let u = nextUnit() - 0.5
      let v = nextPositiveUnit()
      let us = 0.5 - abs(u)
      let k = ((2 * a / us + b) * u + mean + 0.43).rounded(.down)
      if us >= 0.07, v <= vr { return Int(k) }
      if k < 0 || (us < 0.013 && v > us) || !(k < 0x1p60) { continue }
      let left = PortableMath.log(v * inverseAlpha / (a / (us * us) + b))
      if left <= k * logMean - mean - PortableMath.logFactorial(k) { return Int(k) }
    }
  }
}

extension PortableMath {
  /// ln k! for a whole k >= 0: summed up to 9, Stirling's series above.
  public static func logFactorial(_ k: Double) -> Double {
    if k < 10 {
      var product = 1.0
      var factor = 2.0
      while factor <= k {
        product *= factor
        factor += 1
      }
      return log(product)
    }
    let inverse = 1 / k
    let square = inverse * inverse
    let series =
      inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1_260 - square / 1_680)))
    // ½ ln 2π.
    return (k + 0.5) * log(k) - k + 0x1.d67f1c864beb4p-1 + series
  }
}
