/// Definitions of trace statistics written out plainly, to hold the streaming ones against.
public enum NaiveStatistics {
  /// Counts per whole window of `width` ns from zero, up to the last arrival.
  public static func counts(_ arrivals: [Int64], width: Int64) -> [Double] {
    guard let last = arrivals.last else { return [] }
    var counts = [Double](repeating: 0, count: Int(last / width) + 1)
    for arrival in arrivals { counts[Int(arrival / width)] += 1 }
    return counts.dropLast()
  }

  /// The mean.
  public static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// The population variance.
  public static func variance(_ values: [Double]) -> Double {
    let center = mean(values)
    return values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count)
  }

  /// Variance over mean of the counts per window.
  public static func dispersion(_ arrivals: [Int64], width: Int64) -> Double {
    let counts = counts(arrivals, width: width)
    return variance(counts) / mean(counts)
  }

  /// Deviation over mean of the gaps.
  public static func variation(_ arrivals: [Int64]) -> Double {
    let gaps = zip(arrivals, arrivals.dropFirst()).map { Double($1 - $0) }
    return variance(gaps).squareRoot() / mean(gaps)
  }

  /// The correlation of the series with itself `lag` places later, over the whole series' variance.
  public static func autocorrelation(_ values: [Double], lag: Int) -> Double {
    let center = mean(values)
    var sum = 0.0
    for (a, b) in zip(values, values.dropFirst(lag)) { sum += (a - center) * (b - center) }
    return sum / (variance(values) * Double(values.count))
  }
}
