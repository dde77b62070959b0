import SimBasics

/// A rate that jumps between states, each held for an exponential time: with exponential gaps
/// this makes a Markov-modulated Poisson process (MMPP).
struct StateProfile: RateProfile {
  /// One state.
  struct State: Sendable {
    /// Arrivals per second, before scaling to the wanted mean.
    var rate: Double
    /// Mean seconds in the state.
    var dwell: Double
    /// The probabilities of the states that follow.
    var next: [Double]
  }

  private let states: [State]
  private var state: Int
  private var randomness: SeededGenerator
  private let sampler = ExponentialSampler()

  /// Starts in a state drawn from the stationary law, with rates scaled to the mean `rate`.
  init(_ states: [State], meanRate: Double, _ randomness: SeededGenerator) {
    let shares = Self.timeShares(states)
    let natural = zip(states, shares).reduce(0) { $0 + $1.0.rate * $1.1 }
    self.states = states.map {
      State(rate: $0.rate * meanRate / natural, dwell: $0.dwell, next: $0.next)
    }
    self.randomness = randomness
    state = Self.pick(shares, self.randomness.nextUnit())
  }

  mutating func nextSegment() -> RateSegment {
    let current = states[state]
    let duration = current.dwell * sampler.next(&randomness)
    state = Self.pick(current.next, randomness.nextUnit())
    return RateSegment(duration: max(duration, 1e-9), rate: current.rate)
  }

  /// The share of time in each state: the stationary law of the jumps, weighted by the dwells.
  ///
  /// The law comes from 2^40 half-lazy steps, taken by squaring: that converges for periodic
  /// chains too, and leaves states that cannot be reached again with nothing.
  static func timeShares(_ states: [State]) -> [Double] {
    let count = states.count
    var steps = (0..<count).map { i in
      (0..<count).map { j in states[i].next[j] / 2 + (i == j ? 0.5 : 0) }
    }
    for _ in 0..<40 {
      let once = steps
      for i in 0..<count {
        for j in 0..<count {
          var sum = 0.0
          for k in 0..<count { sum += once[i][k] * once[k][j] }
          steps[i][j] = sum
        }
        let total = steps[i].reduce(0, +)  // rounding would grow with each squaring
        for j in 0..<count { steps[i][j] /= total }
      }
    }
    let weighted = (0..<count).map { j in
      states[j].dwell * steps.reduce(0) { $0 + $1[j] } / Double(count)
    }
    let total = weighted.reduce(0, +)
    return weighted.map { $0 / total }
  }

  private static func pick(_ weights: [Double], _ unit: Double) -> Int {
    var left = unit
    for (index, weight) in weights.enumerated() {
      if left < weight { return index }
      left -= weight
    }
    // Rounding may leave a crumb: the last state that can be reached takes it.
    return weights.lastIndex { $0 > 0 } ?? 0
  }
}
