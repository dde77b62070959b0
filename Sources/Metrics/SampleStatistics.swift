/// Statistics of a few numbers, such as one figure over several seeds.
package struct SampleStatistics: Sendable {
  /// The number of samples.
  package let count: Int
  /// The mean.
  package let mean: Double
  /// The sample standard deviation (divided by n − 1); 0 for one sample.
  package let standardDeviation: Double

  /// Sums up the samples; nil where there are none.
  package init?(_ samples: [Double]) {
    guard let first = samples.first else { return nil }
    count = samples.count
    // From the first one on, so that equal samples have exactly their value and no spread.
    let mean = first + samples.reduce(0) { $0 + ($1 - first) } / Double(samples.count)
    self.mean = mean
    let squares = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    standardDeviation =
      samples.count < 2 ? 0 : (squares / Double(samples.count - 1)).squareRoot()
  }

  /// Half the width of the mean's 95 % confidence interval (Student's t); nil with one sample,
  /// which says nothing about its spread.
  package var confidenceHalfWidth: Double? {
    guard count > 1 else { return nil }
    return StudentT.twoSided95(degreesOfFreedom: count - 1) * standardDeviation
      / Double(count).squareRoot()
  }

  /// The coefficient of variation: standard deviation over mean; nil where the mean is 0.
  package var coefficientOfVariation: Double? { mean == 0 ? nil : standardDeviation / mean }
}

/// Student's t distribution.
package enum StudentT {
  // The 0.975 quantile for 1...30 degrees of freedom: the standard table (e.g. Abramowitz and
  // Stegun, Handbook of Mathematical Functions, table 26.10).
  private static let table: [Double] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
  ]

  /// The factor of a two-sided 95 % interval.
  ///
  /// Above 30 degrees of freedom by the expansion of Cornish and Fisher around the normal's
  /// 1.959964, which is then exact to three decimals.
  ///
  /// - Precondition: at least 1.
  package static func twoSided95(degreesOfFreedom n: Int) -> Double {
    precondition(n >= 1, "a t distribution needs at least one degree of freedom")
    if n <= table.count { return table[n - 1] }
    let z = 1.959964
    let z3 = z * z * z
    let z5 = z3 * z * z
    let d = Double(n)
    return z + (z3 + z) / (4 * d) + (5 * z5 + 16 * z3 + 3 * z) / (96 * d * d)
  }
}
