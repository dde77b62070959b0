import SimBasics

/// Draws the prompt and answer lengths of requests: lognormal, cut at the largest recorded value.
///
/// Prompt and answer are independent: the recorded correlations are 0.001 and -0.11. Arrival and
/// size are independent too.
public struct TokenSizes: Sendable {
  /// The kinds of sizes known by name.
  public enum Name: String, CaseIterable, Sendable {
    /// No sizes.
    case none
    /// Azure LLM code 2023.
    case code
    /// Azure LLM conversation 2023.
    case chat
  }

  /// A lognormal law of lengths, cut to 1...`largest`.
  struct Law: Sendable {
    var logMean: Double
    var logDeviation: Double
    var largest: Double
  }

  private let input: Law
  private let output: Law
  private var randomness: SeededGenerator

  /// The sizes of a kind; nil for `none`.
  public init?(_ name: Name, seed: UInt64, stream: String) {
    // Mean and deviation of the logarithms, and the largest values, measured from the two files.
    switch name {
    case .none: return nil
    case .code:
      input = Law(logMean: 7.00, logDeviation: 1.36, largest: 7_437)
      output = Law(logMean: 2.79, logDeviation: 0.85, largest: 1_899)
    case .chat:
      input = Law(logMean: 6.63, logDeviation: 0.99, largest: 14_050)
      output = Law(logMean: 5.02, logDeviation: 0.86, largest: 1_000)
    }
    randomness = SeededGenerator(seed: seed, stream: "tokens/" + stream)
  }

  /// The lengths of the next request.
  public mutating func next() -> (input: Int64, output: Int64) {
    (draw(input), draw(output))
  }

  private mutating func draw(_ law: Law) -> Int64 {
    let length = randomness.nextLogNormal(logMean: law.logMean, logDeviation: law.logDeviation)
    return Int64(min(max(length.rounded(), 1), law.largest))
  }
}
