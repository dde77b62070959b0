import SimBasics

/// How the lengths of prompts or of answers are distributed, in whole tokens from 1 on.
///
/// What is published: Azure's and ServeGen's answers near lognormal and exponential, ServeGen's
/// prompts a mixture of a lognormal body and a Pareto tail (arXiv 2505.09999), BurstGPT's a power
/// law (arXiv 2401.17644).
package indirect enum TokenLaw: Hashable, Sendable {
  /// One length.
  case fixed(Int64)
  /// Every length between two, both included, equally often.
  case uniform(ClosedRange<Int64>)
  /// Mean and deviation of the logarithms; cut to 1...`largest`.
  case lognormal(logMean: Double, logDeviation: Double, largest: Int64)
  /// Cut to 1...`largest`, which lowers the mean.
  case exponential(mean: Double, largest: Int64)
  /// P(length > x) = (`smallest` / x)^`shape` from `smallest` on; cut to `largest`.
  case pareto(shape: Double, smallest: Int64, largest: Int64)
  /// Either law, the first with a probability of `share`.
  case mixture(share: Double, TokenLaw, TokenLaw)

  /// Bounds of what can be asked for: e^40 is beyond any length.
  package static let mostLogMean = 40.0
  /// The largest deviation of logarithms.
  package static let mostLogDeviation = 20.0

  /// The longest there is.
  package var longest: Int64 {
    switch self {
    case .fixed(let length): length
    case .uniform(let range): range.upperBound
    case .lognormal(_, _, let largest), .exponential(_, let largest), .pareto(_, _, let largest):
      largest
    case .mixture(_, let first, let second): max(first.longest, second.longest)
    }
  }

  /// Draws a length.
  package func draw(_ randomness: inout SeededGenerator) -> Int64 {
    func cut(_ length: Double, _ largest: Int64) -> Int64 {
      Int64(min(max(length.rounded(), 1), Double(largest)))
    }
    switch self {
    case .fixed(let length): return length
    case .uniform(let range):
      return range.lowerBound + Int64(randomness.nextBelow(range.count))
    case .lognormal(let mean, let deviation, let largest):
      return cut(randomness.nextLogNormal(logMean: mean, logDeviation: deviation), largest)
    case .exponential(let mean, let largest):
      return cut(randomness.nextExponential() * mean, largest)
    case .pareto(let shape, let smallest, let largest):
      return cut(randomness.nextPareto(shape: shape) * Double(smallest), largest)
    case .mixture(let share, let first, let second):
      return randomness.nextUnit() < share ? first.draw(&randomness) : second.draw(&randomness)
    }
  }
}
