import SimBasics
import Testing

@testable import Workloads

@Suite struct TokenLawTests {
  private func sample(_ law: TokenLaw, _ count: Int = 40_000) -> [Int64] {
    var randomness = SeededGenerator(seed: 5, stream: "law")
    return (0..<count).map { _ in law.draw(&randomness) }
  }

  private func mean(_ lengths: [Int64]) -> Double {
    Double(lengths.reduce(0, +)) / Double(lengths.count)
  }

  @Test func lawsHaveTheirMeans() {
    #expect(Set(sample(.fixed(7), 10)) == [7])
    let uniform = sample(.uniform(10...30))
    #expect(uniform.min() == 10 && uniform.max() == 30 && abs(mean(uniform) - 20) < 0.2)
    #expect(abs(mean(sample(.exponential(mean: 300, largest: 100_000))) / 300 - 1) < 0.02)
    // Of shape 3 from 100 on: the mean is 150.
    #expect(
      abs(mean(sample(.pareto(shape: 3, smallest: 100, largest: 1_000_000))) / 150 - 1) < 0.02)
    // e^(5 + 0.5² / 2).
    let lognormal = sample(.lognormal(logMean: 5, logDeviation: 0.5, largest: 100_000))
    #expect(abs(mean(lognormal) / 168.17 - 1) < 0.02)
    let mixture = sample(.mixture(share: 0.25, .fixed(100), .fixed(500)))
    #expect(Set(mixture) == [100, 500] && abs(mean(mixture) - 400) < 4)
  }

  @Test func lawsAreCut() {
    for law: TokenLaw in [
      .lognormal(logMean: 9, logDeviation: 3, largest: 50), .exponential(mean: 0.1, largest: 50),
      .exponential(mean: 1e6, largest: 50), .pareto(shape: 0.1, smallest: 3, largest: 50),
    ] {
      let lengths = sample(law, 5_000)
      #expect(lengths.allSatisfy { (1...50).contains($0) })
    }
  }

  @Test func aStreamDrawsOnlyWhatIsNotRecorded() {
    let recorded = TokenLengths([
      RequestTokens(input: 10, output: -1), RequestTokens(input: -1, output: 20),
    ])
    var stream = TokenStream(
      TokenSource(recorded: recorded, input: .fixed(5), output: .uniform(1...1_000_000)), seed: 1,
      stream: "a")
    let first = stream.next(record: 0)
    #expect(first.input == 10 && first.output > 0)
    #expect(stream.next(record: 1) == RequestTokens(input: 5, output: 20))
    // Of another seed or tenant other lengths are drawn, of the same the same.
    let source = TokenSource(input: .fixed(1), output: .uniform(1...1_000_000))
    func drawn(_ seed: UInt64, _ name: String) -> [Int32] {
      var stream = TokenStream(source, seed: seed, stream: name)
      return (0..<4).map { stream.next(record: $0).output }
    }
    #expect(drawn(1, "a") == drawn(1, "a"))
    #expect(drawn(1, "a") != drawn(2, "a") && drawn(1, "a") != drawn(1, "b"))
  }

  @Test func dealtRecordsKeepTheirBlocks() {
    var blocks = TokenLengths.PromptBlocks(tokens: 16)
    for list in [[1, 2], [], [3], [1, 4, 5]] as [[Int32]] { blocks.append(list) }
    var lengths = TokenLengths(
      (1...4).map { RequestTokens(input: $0, output: 1) }, blocks: blocks)
    lengths.keep(from: 1, by: 2)
    #expect(lengths.requests.map(\.input) == [2, 4])
    #expect((0..<2).map { Array(lengths.blocks?[$0] ?? []) } == [[], [1, 4, 5]])
  }
}
