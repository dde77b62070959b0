import SimBasics
import TestSupport
import Testing

/// A ceiling on what confined launches get of the DRAM together.
@Suite struct DRAMCeilingTests {
  /// The DRAM's rate in the scenes by hand, in bytes/ns.
  private static let rate = 900.0

  /// A launch of one block that asks for a part of the DRAM and does `ns` of work.
  private static func launch(
    _ part: Double, ns: Double, isConfined: Bool = false
  ) -> NaiveDevice.Launch {
    NaiveDevice.Launch(
      .init(warps: 4, soloNS: ns, dramRate: part * rate), blocks: 1, isConfined: isConfined)
  }

  private static func mix(
    _ launches: [NaiveDevice.Launch], ceilings: [Mix.Ceiling]
  ) -> Mix {
    Mix(
      machine: .init(smCount: 4, dramRate: rate),
      arrivals: launches.map { .init(launch: $0, start: .at(0)) }, ceilings: ceilings)
  }

  @Test(
    "Beside confined work, what asks for all gets what the ceiling leaves",
    arguments: LawSubject.allCases)
  func hasTheRest(subject: LawSubject) {
    // Two thirds and one third of the DRAM: at speeds of 2/3 and 1/3. From 3 000 on the rest of the
    // other, 2 000 of 3 000, is still at a third, alone as it is.
    let mix = Self.mix(
      [Self.launch(1, ns: 2000), Self.launch(1, ns: 3000, isConfined: true)],
      ceilings: [.init(at: 0, fraction: 1.0 / 3)])
    #expect(subject.play(mix).completedAt == [3000, 9000])
  }

  @Test("A ceiling holds from its instant to that of the next", arguments: LawSubject.allCases)
  func moves(subject: LawSubject) {
    // Alone: 1 000 at full speed, 900 at a quarter, the rest of 2 000 at full speed again.
    let mix = Self.mix(
      [Self.launch(1, ns: 2000, isConfined: true)],
      ceilings: [.init(at: 1000, fraction: 0.25), .init(at: 1900, fraction: 1)])
    #expect(subject.play(mix).completedAt == [1900 + 775])
  }

  @Test("A ceiling above the fair share takes nothing away", arguments: LawSubject.allCases)
  func isSlack(subject: LawSubject) {
    let launches = [Self.launch(1, ns: 1000), Self.launch(1, ns: 1000, isConfined: true)]
    for fraction in [0.5, 0.75, 1] {
      let mix = Self.mix(launches, ceilings: [.init(at: 0, fraction: fraction)])
      #expect(subject.play(mix).completedAt == [2000, 2000], "\(fraction)")
    }
  }

  @Test("What is not confined has the whole DRAM under any ceiling", arguments: LawSubject.allCases)
  func leavesOthers(subject: LawSubject) {
    let mix = Self.mix([Self.launch(1, ns: 1000)], ceilings: [.init(at: 0, fraction: 0.01)])
    #expect(subject.play(mix).completedAt == [1000])
  }

  @Test(
    "Engine and oracle agree where some launches are confined",
    arguments: 0..<(SharedFiles.isDeepRun ? UInt64(400) : 16))
  func agrees(chunk: UInt64) {
    for seed in (chunk * 50)..<((chunk + 1) * 50) {
      let mix = Self.random(seed: seed)
      guard let problem = EngineOracleTests.problem(of: mix, comparesSMs: seed % 4 == 0).text
      else { continue }
      let least = mix.shrunk(limit: 200_000) {
        let (problem, instants) = EngineOracleTests.problem(of: $0, comparesSMs: false)
        return (problem != nil, instants)
      }
      let text = EngineOracleTests.problem(of: least, comparesSMs: true).text ?? problem
      Issue.record("seed \(seed): \(problem)\nleast case: \(text)\n\(least)")
      return
    }
  }

  @Test("A ceiling that nobody is confined by changes nothing", arguments: UInt64(0)..<40)
  func idleCeiling(seed: UInt64) {
    var mix = Mix.random(seed: seed, size: .medium)
    let plain = LawSubject.engine.play(mix).completedAt
    mix.ceilings = [.init(at: 0, fraction: 0.2)]
    #expect(LawSubject.engine.play(mix).completedAt == plain, "seed \(seed)\n\(mix)")
  }

  /// A mix with confined launches and ceilings that come, move and go, some of them where the fair
  /// share just fills them.
  private static func random(seed: UInt64) -> Mix {
    var mix = Mix.random(
      seed: seed, size: seed % 10 == 9 ? .large : seed % 2 == 0 ? .small : .medium)
    var draw = SeededGenerator(seed: seed, stream: "ceilings")
    // DRAM that is asked for: what a ceiling is about.
    for index in mix.arrivals.indices {
      if draw.nextBelow(2) == 0 {
        let part = [0.1, 0.25, 0.5, 1, draw.nextUnit()][draw.nextBelow(5)]
        mix.arrivals[index].launch.kernel.dramRate = part * mix.machine.dramRate
      }
      mix.arrivals[index].launch.isConfined = draw.nextBelow(2) == 0
    }
    let length = 1 + EngineOracleTests.problem(of: mix, comparesSMs: false).instants
    for number in 0...draw.nextBelow(4) {
      let fractions = [0.25, 1.0 / 3, 0.5, 0.9, 1, 0.01 + 0.99 * draw.nextUnit()]
      mix.ceilings.append(
        .init(
          at: number == 0 && draw.nextBelow(2) == 0 ? 0 : Int64(draw.nextBelow(length * 400)),
          fraction: fractions[draw.nextBelow(fractions.count)]))
    }
    return mix
  }
}
