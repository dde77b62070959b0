import SimBasics

extension TraceStatistics {
  /// The period of the counts: the lag at which they correlate with themselves best, once the
  /// correlation of neighbours has faded.
  ///
  /// Seconds are looked at up to 5 min, minutes up to 25 h; a period needs a correlation above 0.5
  /// and at least three of its lengths in the trace.
  package var dominantPeriod: (lengthNS: Int64, correlation: Double)? {
    let second: Int64 = 1_000_000_000
    let short = Self.peak(Int(min(300, span.nanoseconds / (3 * second)))) {
      autocorrelation(lagSeconds: $0)
    }
    if let short { return (Int64(short.lag) * second, short.correlation) }
    let long = Self.peak(Int(min(1_500, span.nanoseconds / (180 * second)))) {
      autocorrelation(lagMinutes: $0)
    }
    return long.map { (Int64($0.lag) * 60 * second, $0.correlation) }
  }

  private static func peak(
    _ limit: Int, _ correlation: (Int) -> Double?
  ) -> (lag: Int, correlation: Double)? {
    guard limit >= 2 else { return nil }
    var hasFaded = false
    var best: (lag: Int, correlation: Double)?
    for lag in 1...limit {
      guard let value = correlation(lag) else { continue }
      if value < 0.3 { hasFaded = true }
      if hasFaded, value > max(0.5, best?.correlation ?? 0) { best = (lag, value) }
    }
    return best
  }
}
