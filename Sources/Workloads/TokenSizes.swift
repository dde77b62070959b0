import SimBasics

/// Draws the prompt and answer lengths of requests, each from a law of its own.
///
/// Prompt and answer are independent: the correlations in Azure's two traces of 2023 are 0.001 and
/// -0.11. Arrival and size are independent too.
package struct TokenSizes: Sendable {
  /// The kinds of sizes known by name.
  package enum Name: String, CaseIterable, Sendable {
    /// No sizes.
    case none
    /// Azure LLM code 2023.
    case code
    /// Azure LLM conversation 2023.
    case chat
  }

  /// The laws of prompts and answers.
  package struct Laws: Hashable, Sendable {
    /// Prompt lengths.
    package var input: TokenLaw
    /// Answer lengths.
    package var output: TokenLaw

    /// Creates a pair of laws.
    package init(input: TokenLaw, output: TokenLaw) { (self.input, self.output) = (input, output) }

    /// The laws of a kind; nil for `none`.
    package init?(_ name: Name) {
      // Mean and deviation of the logarithms, and the largest values, measured from the two files.
      switch name {
      case .none: return nil
      case .code:
        input = .lognormal(logMean: 7.00, logDeviation: 1.36, largest: 7_437)
        output = .lognormal(logMean: 2.79, logDeviation: 0.85, largest: 1_899)
      case .chat:
        input = .lognormal(logMean: 6.63, logDeviation: 0.99, largest: 14_050)
        output = .lognormal(logMean: 5.02, logDeviation: 0.86, largest: 1_000)
      }
    }

    /// Reads `lognormal:MEAN,DEVIATION,LARGEST,MEAN,DEVIATION,LARGEST`, prompts first; nil where
    /// the text is something else or a number is out of bounds.
    package init?(text: String) {
      let prefix = "lognormal:"
      guard text.hasPrefix(prefix) else { return nil }
      let parts = text.dropFirst(prefix.count).split(
        separator: ",", omittingEmptySubsequences: false)
      let numbers = parts.compactMap { Double($0) }
      guard parts.count == 6, numbers.count == 6, numbers.allSatisfy(\.isFinite) else { return nil }
      let laws = [0, 3].compactMap { at -> TokenLaw? in
        guard abs(numbers[at]) <= TokenLaw.mostLogMean,
          (0...TokenLaw.mostLogDeviation).contains(numbers[at + 1]),
          (1...1e12).contains(numbers[at + 2])
        else { return nil }
        return .lognormal(
          logMean: numbers[at], logDeviation: numbers[at + 1], largest: Int64(numbers[at + 2]))
      }
      guard laws.count == 2 else { return nil }
      self.init(input: laws[0], output: laws[1])
    }

    /// What `init(text:)` reads; nil where a law is not lognormal.
    package func text(_ number: (Double) -> String) -> String? {
      guard case .lognormal(let inMean, let inDeviation, let inLargest) = input,
        case .lognormal(let outMean, let outDeviation, let outLargest) = output
      else { return nil }
      return "lognormal:\(number(inMean)),\(number(inDeviation)),\(inLargest),"
        + "\(number(outMean)),\(number(outDeviation)),\(outLargest)"
    }
  }

  private let laws: Laws
  private var randomness: SeededGenerator

  /// The sizes of a kind; nil for `none`.
  package init?(_ name: Name, seed: UInt64, stream: String) {
    guard let laws = Laws(name) else { return nil }
    self.init(laws, seed: seed, stream: stream)
  }

  /// The sizes of given laws.
  package init(_ laws: Laws, seed: UInt64, stream: String) {
    self.laws = laws
    randomness = SeededGenerator(seed: seed, stream: "tokens/" + stream)
  }

  /// The lengths of the next request.
  package mutating func next() -> (input: Int64, output: Int64) {
    (laws.input.draw(&randomness), laws.output.draw(&randomness))
  }
}
