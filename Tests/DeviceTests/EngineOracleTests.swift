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
      guard let count = Self.compare(seed: seed, size: size) else { return }
      instants += count
    }
    #expect(instants > 1000, "mixes this small compare nothing")
  }

  @Test("Engine and oracle agree where launches are stopped", arguments: UInt64(0)..<300)
  func stops(seed: UInt64) {
    var mix = Mix.random(seed: seed, size: seed % 5 == 4 ? .medium : .small)
    var draw = SeededGenerator(seed: seed, stream: "stops")
    let length = Self.problem(of: mix, comparesSMs: false).instants
    for kill in mix.kills.indices { mix.kills[kill].isStop = draw.nextBelow(3) > 0 }
    for arrival in mix.arrivals.indices where draw.nextBelow(2) == 0 {
      var start: Int64 = 0
      if case .at(let time) = mix.arrivals[arrival].start { start = time }
      let wait = Int64(draw.nextBelow(1 + length * 400))
      mix.kills.append(.init(arrival: arrival, at: start + wait, isStop: true))
    }
    if let problem = Self.problem(of: mix, comparesSMs: seed % 4 == 0).text {
      Issue.record("seed \(seed): \(problem)\n\(mix)")
    }
  }

  @Test(
    "Engine and oracle agree on random mixes on GPUs of up to 144 SMs",
    arguments: 0..<(SharedFiles.isDeepRun ? UInt64(2000) : 12))
  func largeMixes(seed: UInt64) {
    _ = Self.compare(seed: seed, size: .wholeGPU)
  }

  @Test(
    "Engine and oracle agree where asks add up to all of the DRAM, and a hair to either side",
    arguments: UInt64(0)..<200)
  func fullDRAM(seed: UInt64) {
    var draw = SeededGenerator(seed: seed, stream: "full-dram")
    let machine = NaiveDevice.Machine(smCount: 1 + draw.nextBelow(40), dramRate: 900)
    let first = 1 + draw.nextBelow(400)
    let second = 1 + draw.nextBelow(200)
    // The hair is from a part in a million to less than a double can tell.
    let hair = [-1e-6, -1e-9, -1e-13, 0, 1e-13, 1e-9, 1e-6][draw.nextBelow(7)]
    let share = draw.nextUnit()
    let rates = [share / Double(first), (1 - share) / Double(second)]
    let mix = Mix(
      machine: machine,
      arrivals: zip(rates, [first, second]).map { rate, blocks in
        let kernel = NaiveDevice.Kernel(
          warps: 1 + draw.nextBelow(2), soloNS: 1 + draw.nextUnit() * 2_000_000,
          dramRate: rate * 900 * (1 + hair))
        return .init(launch: .init(kernel, blocks: blocks), start: .at(Int64(draw.nextBelow(9))))
      })
    if let problem = Self.problem(of: mix, comparesSMs: true).text {
      Issue.record("seed \(seed), hair \(hair): \(problem)\n\(mix)")
    }
  }

  /// Compares on the mix of a seed and records a difference with its least case.
  ///
  /// - Returns: the instants the mix had; nil if there was a difference.
  static func compare(seed: UInt64, size: MixSize) -> Int? {
    let mix = Mix.random(seed: seed, size: size)
    let (problem, count) = Self.problem(of: mix, comparesSMs: seed % 4 == 0)
    guard let problem else { return count }
    let least = mix.shrunk {
      let (problem, instants) = Self.problem(of: $0, comparesSMs: false)
      return (problem != nil, instants)
    }
    Issue.record(
      """
      seed \(seed) of \(size): \(problem)
      least case: \(Self.problem(of: least, comparesSMs: true).text ?? problem)
      \(least)
      """)
    return nil
  }

  /// What is wrong with a mix on both devices, and how many instants it had.
  static func problem(of mix: Mix, comparesSMs: Bool) -> (text: String?, instants: Int) {
    var pair = EngineOraclePair(mix.machine, comparesSMs: comparesSMs)
    let outcome = mix.run(on: &pair, checksState: comparesSMs)
    if let fault = pair.difference ?? outcome.faults.first { return (fault, outcome.instants) }
    // Once more with the engine going by itself from one completion to the next.
    var engine = EngineLawDevice(mix.machine, passes: true)
    let other = mix.run(on: &engine, checksState: comparesSMs)
    var fault = other.faults.first
    if other.completedAt != outcome.completedAt {
      fault = "passing, the engine completes at \(other.completedAt), not \(outcome.completedAt)"
    }
    if other.totals != outcome.totals {
      fault = "passing, the engine's totals: \(other.totals), the oracle's: \(outcome.totals)"
    }
    return (fault, outcome.instants)
  }
}
