import SimBasics
import TestSupport
import Testing

/// The engine equals its oracle to the nanosecond: completions, placements, integrals and the next
/// event of every instant. No difference is allowed for: both forgive a millionth of a nanosecond
/// when they round a completion up, far more than their doubles are apart.
@Suite struct EngineOracleTests {
  /// Mixes of one argument, so that the arguments run side by side and are few.
  static let chunk: UInt64 = 100
  /// Chunks of seeds: 2 400 mixes, or 200 000.
  static let chunks = 0..<(SharedFiles.isDeepRun ? UInt64(2000) : 24)

  @Test("Engine and oracle agree on random mixes", arguments: chunks)
  func randomMixes(chunk: UInt64) {
    var instants = 0
    for seed in (chunk * Self.chunk)..<((chunk + 1) * Self.chunk) {
      let size: MixSize = seed % 10 == 9 ? .large : seed % 10 > 6 ? .medium : .small
      let mix = Mix.random(seed: seed, size: size)
      let (problem, count) = Self.problem(of: mix, comparesSMs: seed % 4 == 0)
      instants += count
      if let problem {
        let least = mix.shrunk { Self.problem(of: $0, comparesSMs: false).text != nil }
        Issue.record(
          """
          seed \(seed): \(problem)
          least case: \(Self.problem(of: least, comparesSMs: true).text ?? problem)
          \(least)
          """)
        return
      }
    }
    #expect(instants > 1000, "mixes this small compare nothing")
  }

  /// What is wrong with a mix on both devices, and how many instants it had.
  static func problem(of mix: Mix, comparesSMs: Bool) -> (text: String?, instants: Int) {
    var pair = EngineOraclePair(mix.machine, comparesSMs: comparesSMs)
    let outcome = mix.run(on: &pair, checksState: comparesSMs)
    return (pair.difference ?? outcome.faults.first, outcome.instants)
  }
}
