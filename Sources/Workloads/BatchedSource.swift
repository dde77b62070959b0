import SimBasics

/// Requests that a clock releases in batches: every tick a negative binomial number of them, each
/// within a small uniform jitter around the tick.
struct BatchedSource: ArrivalSource {
  private let tick: Double
  private let meanBatch: Double
  private let size: Double
  private let jitter: Double
  private var randomness: SeededGenerator
  private var ticks = 0.0
  private let phase: Double
  private var waiting: [Double] = []

  /// - Parameters:
  ///   - tick: seconds between batches.
  ///   - meanBatch: requests a batch.
  ///   - dispersion: variance over mean of a batch; above 1.
  ///   - jitter: seconds to either side of the tick; below half a tick.
  init(
    tick: Double, meanBatch: Double, dispersion: Double, jitter: Double,
    _ randomness: SeededGenerator
  ) {
    self.tick = tick
    self.meanBatch = meanBatch
    size = meanBatch / (dispersion - 1)
    self.jitter = jitter
    self.randomness = randomness
    phase = tick * self.randomness.nextUnit()
  }

  mutating func next() -> Double? {
    while waiting.isEmpty {
      let time = phase + ticks * tick
      if time > ArrivalGenerator.endSeconds { return nil }
      ticks += 1
      let count = randomness.nextNegativeBinomial(mean: meanBatch, size: size)
      for _ in 0..<count {
        waiting.append(max(0, time + jitter * (2 * randomness.nextUnit() - 1)))
      }
      waiting.sort(by: >)
    }
    return waiting.popLast()
  }
}

/// A sensor's requests: a strict period with a uniform jitter that never lets two of them pass
/// each other.
struct PeriodicSource: ArrivalSource {
  private let period: Double
  private let jitter: Double
  private let phase: Double
  private var count = 0.0
  private var randomness: SeededGenerator

  /// The largest variation of gaps that a jitter of at most half a period to each side gives:
  /// 1 / √6.
  static let variationLimit = 0.408

  /// - Parameter cv: the coefficient of variation of the gaps. A gap holds two jitters of width w,
  ///   hence a variance of w² / 6.
  init(rate: Double, cv: Double, _ randomness: SeededGenerator) {
    period = 1 / rate
    jitter = cv * (6.0).squareRoot() / rate
    self.randomness = randomness
    phase = self.randomness.nextUnit() / rate
  }

  mutating func next() -> Double? {
    let time = phase + count * period + jitter * randomness.nextUnit()
    count += 1
    return time
  }
}
