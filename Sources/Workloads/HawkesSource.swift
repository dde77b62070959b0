import SimBasics

/// A self-exciting process with an exponential kernel: every arrival raises the rate by
/// branching / decay, which then fades with the time constant `decay` (Hawkes, "Spectra of some
/// self-exciting and mutually exciting point processes", 1971).
///
/// Drawn exactly by thinning (Ogata, 1981): between arrivals the rate only falls, so the rate just
/// after the last event bounds it.
struct HawkesSource: ArrivalSource {
  private let base: Double
  private let jump: Double
  private let decay: Double
  private var excitement: Double
  private var time = 0.0
  private var randomness: SeededGenerator
  private let sampler = ExponentialSampler()

  /// - Parameters:
  ///   - rate: mean arrivals per second.
  ///   - branching: the mean number of arrivals that one arrival sets off directly; below 1.
  ///   - decay: seconds.
  init(rate: Double, branching: Double, decay: Double, _ randomness: SeededGenerator) {
    base = rate * (1 - branching)
    jump = branching / decay
    self.decay = decay
    // The mean excitement, so that the expected rate is the wanted one from time zero on.
    excitement = rate * branching
    self.randomness = randomness
  }

  mutating func next() -> Double? {
    while time <= ArrivalGenerator.endSeconds {
      let bound = base + excitement
      let step = sampler.next(&randomness) / bound
      time += step
      excitement *= PortableMath.exp(-step / decay)
      if randomness.nextUnit() * bound < base + excitement {
        excitement += jump
        return time
      }
    }
    return nil
  }
}
