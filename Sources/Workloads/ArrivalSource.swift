/// Arrival times in seconds from zero, non-decreasing; nil when no more will come.
protocol ArrivalSource: Sendable {
  mutating func next() -> Double?
}

/// Equal gaps, without a drift: the k-th arrival is k / rate.
struct DeterministicSource: ArrivalSource {
  let rate: Double
  var count = 0.0

  init(rate: Double) { self.rate = rate }

  mutating func next() -> Double? {
    count += 1
    return count / rate
  }
}
