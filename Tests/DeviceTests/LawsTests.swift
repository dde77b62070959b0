import SimBasics
import TestSupport
import Testing

/// The model's laws on the device itself, over the engine and over its oracle.
@Suite struct LawsTests {
  typealias Machine = NaiveDevice.Machine
  typealias Kernel = NaiveDevice.Kernel
  typealias Launch = NaiveDevice.Launch

  /// Submits all at time zero and runs dry.
  private func completions(
    _ launches: [Launch], on machine: Machine, _ subject: LawSubject
  ) -> [Int64] {
    let mix = Mix(
      machine: machine, arrivals: launches.map { Mix.Arrival(launch: $0, start: .at(0)) })
    let outcome = subject.play(mix)
    #expect(outcome.faults.isEmpty)
    return outcome.completedAt.map { $0 ?? -1 }
  }

  @Test(
    "Law 1: blocks one to an SM take ceil(G / N) times the time of one",
    arguments: LawSubject.allCases)
  func waves(subject: LawSubject) {
    for (smCount, solo) in [(1, 7.0), (3, 1000.0), (80, 12_345.0), (80, 99.5)] {
      let machine = Machine(smCount: smCount, blocks: 1)
      for blocks in [1, smCount - 1, smCount, smCount + 1, 2 * smCount, 3 * smCount + 1]
      where blocks > 0 {
        let time = completions(
          [Launch(Kernel(warps: 4, soloNS: solo, smShare: 0.7), blocks: blocks)], on: machine,
          subject)
        let waves = (blocks + smCount - 1) / smCount
        #expect(time == [Int64(waves) * Int64(solo.rounded(.up))], "\(blocks) on \(smCount)")
      }
    }
  }

  @Test(
    "Law 1: problems of 4 blocks on 80 SMs step every 20 problems",
    arguments: LawSubject.allCases)
  func sawTooth(subject: LawSubject) {
    let kernel = Kernel(warps: 4, soloNS: 52_000, smShare: 0.9, dramRate: 3)
    var steps: [Int] = []
    var last: Int64 = 0
    for problems in 1...45 {
      let time = completions(
        [Launch(kernel, blocks: 4 * problems)], on: Machine(smCount: 80, blocks: 1), subject)[0]
      if time != last { steps.append(problems) }
      last = time
    }
    #expect(steps == [1, 21, 41])
  }

  @Test(
    "Law 2: n equal blocks on one SM, each asking a share u, take max(1, n·u) times one",
    arguments: LawSubject.allCases)
  func oneSM(subject: LawSubject) {
    for share in [0, 0.05, 0.1, 0.3, 0.5, 1] {
      for count in 1...16 {
        let kernel = Kernel(warps: 2, soloNS: 1000, smShare: share)
        let time = completions([Launch(kernel, blocks: count)], on: Machine(smCount: 1), subject)
        let expected = max(1, Double(count) * share) * 1000
        #expect(time == [Int64((expected - 1e-6).rounded(.up))], "\(count) of \(share)")
      }
    }
  }

  @Test(
    "Law 3: two kernels on different SMs that ask for too much DRAM together get all of it",
    arguments: LawSubject.allCases)
  func dram(subject: LawSubject) {
    let machine = Machine(smCount: 2, dramRate: 100)
    func times(_ a: Kernel, _ b: Kernel) -> [Int64] {
      completions(
        [
          Launch(a, blocks: 1, mask: [true, false]), Launch(b, blocks: 1, mask: [false, true]),
        ], on: machine, subject)
    }
    // Both above the level: 80 and 90 of 100, 50 each, until the first has moved its 80 000 bytes
    // at 1 600; then the other, with 10 000 of its 90 000 left, runs at its full 90.
    #expect(
      times(
        Kernel(warps: 4, soloNS: 1000, dramRate: 80), Kernel(warps: 4, soloNS: 1000, dramRate: 90))
        == [1600, 1712])
    // Shared by warps: 25 and 75. The second ends at 1 200, the first goes on at 80.
    #expect(
      times(
        Kernel(warps: 2, soloNS: 1000, dramRate: 80), Kernel(warps: 6, soloNS: 1000, dramRate: 90))
        == [1825, 1200])
    // A light user is not slowed, the heavy one has the rest: 20 and 80.
    #expect(
      times(
        Kernel(warps: 4, soloNS: 5000, dramRate: 20), Kernel(warps: 4, soloNS: 1000, dramRate: 160))
        == [5000, 2000])
  }

  @Test(
    "Law 4: a compute-bound and a memory-bound kernel that fit together do not slow each other",
    arguments: LawSubject.allCases)
  func complements(subject: LawSubject) {
    let compute = Kernel(warps: 8, soloNS: 10_000, smShare: 0.9, dramRate: 2)
    let memory = Kernel(warps: 8, soloNS: 7_000, smShare: 0.1, dramRate: 9.25)
    let machine = Machine(smCount: 80, warps: 16, dramRate: 900)
    #expect(
      completions([Launch(compute, blocks: 80), Launch(memory, blocks: 80)], on: machine, subject)
        == [10_000, 7_000])
  }

  @Test(
    "Law 5: no block is placed where an earlier launch of its priority with unplaced ones may go",
    arguments: LawSubject.allCases, UInt64(0)..<30)
  func leftover(subject: LawSubject, seed: UInt64) {
    let mix = Mix.random(seed: seed, size: .medium)
    var watch = LeftoverWatch(device: subject.device(mix.machine))
    _ = mix.run(on: &watch)
    #expect(watch.violations.isEmpty, "seed \(seed)\n\(mix)")
  }

  @Test(
    "Law 7: a launch stays on the SMs it is capped to; two halves with equal work end together",
    arguments: LawSubject.allCases)
  func caps(subject: LawSubject) {
    let machine = Machine(smCount: 80)
    let kernel = Kernel(warps: 8, soloNS: 3_000, smShare: 0.4, dramRate: 15)
    for percent in [1, 30, 50, 99] {
      // Whole TPCs of two SMs, rounded down, at least one.
      let cap = max(2, 80 * percent / 100 / 2 * 2)
      let mask = (0..<80).map { $0 < cap }
      let outcome = subject.play(
        Mix(
          machine: machine,
          arrivals: [.init(launch: Launch(kernel, blocks: 2000, mask: mask), start: .at(0))]))
      #expect(outcome.totals.activeSMTime <= outcome.totals.busyTime * Int64(cap))
      #expect(outcome.totals.activeSMTime > outcome.totals.busyTime * Int64(cap - 1))
    }
    let low = (0..<80).map { $0 < 40 }
    let halves = [low, low.map { !$0 }]
    // Launches that fit their half, one after the other on each side.
    let chains = subject.play(
      Self.chains(halves.map { Launch(kernel, blocks: 300, mask: $0) }, length: 6, on: machine))
    #expect(chains.completedAt[10] == chains.completedAt[11])
    #expect(chains.completedAt[10] != nil)
    let waves = completions(
      halves.map { Launch(kernel, blocks: 1500, mask: $0) }, on: machine, subject)
    #expect(waves[0] == waves[1])
  }

  /// For each launch a chain of it, every next one as soon as the one before ends.
  private static func chains(_ launches: [Launch], length: Int, on machine: Machine) -> Mix {
    var mix = Mix(machine: machine, arrivals: [])
    for step in 0..<length {
      for (side, launch) in launches.enumerated() {
        let start: Mix.Start =
          step == 0 ? .at(0) : .after((step - 1) * launches.count + side, gap: 0)
        mix.arrivals.append(.init(launch: launch, start: start))
      }
    }
    return mix
  }

  @Test(
    "Law 9: equal launches in a row end when one launch of all their blocks does",
    arguments: LawSubject.allCases, UInt64(0)..<20)
  func fused(subject: LawSubject, seed: UInt64) {
    var draw = SeededGenerator(seed: seed, stream: "fused")
    let machine = Machine(
      smCount: 1 + draw.nextBelow(80), blocks: 1 + draw.nextBelow(8),
      dramRate: 1 + draw.nextUnit() * 900)
    let kernel = Kernel(
      warps: 1 + draw.nextBelow(16), soloNS: 1 + draw.nextUnit() * 9_000,
      smShare: draw.nextUnit(), dramRate: draw.nextUnit() * 20)
    let problems = 1 + draw.nextBelow(9)
    let blocks = 1 + draw.nextBelow(40)
    let apart = completions(
      (0..<problems).map { _ in Launch(kernel, blocks: blocks) }, on: machine, subject)
    let together = completions([Launch(kernel, blocks: problems * blocks)], on: machine, subject)
    #expect(apart.max() == together[0], "seed \(seed)")
  }

  @Test(
    "Law 12: no launch is lost, no block placed twice, no work done faster than it can be",
    arguments: LawSubject.allCases, UInt64(100)..<130)
  func conservation(subject: LawSubject, seed: UInt64) {
    var mix = Mix.random(seed: seed, size: .medium)
    mix.kills = []
    let outcome = subject.play(mix)
    #expect(!outcome.completedAt.contains(nil), "seed \(seed)")
    let blocks = mix.arrivals.reduce(0) { $0 + $1.launch.blocks }
    #expect(outcome.totals.placedBlocks == Int64(blocks), "seed \(seed)")
    let least = mix.arrivals.reduce(0.0) {
      let launch = $1.launch
      let work = launch.kernel.soloNS * Double(launch.kernel.warps)
      return $0 + work * Double(launch.blocks)
    }
    #expect(Double(outcome.totals.warpTime) >= least * (1 - 1e-9) - 1, "seed \(seed)")
  }

  @Test(
    "Law 13: launches named and SMs capped the other way round end the other way round",
    arguments: LawSubject.allCases)
  func renamed(subject: LawSubject) {
    let machine = Machine(smCount: 8, dramRate: 50)
    let left = (0..<8).map { $0 < 4 }
    let a = Kernel(warps: 8, soloNS: 700, smShare: 0.4, dramRate: 9)
    let b = Kernel(warps: 3, soloNS: 450.5, smShare: 0.2, dramRate: 20)
    func ends(_ first: Kernel, _ second: Kernel, _ blocks: [Int]) -> [Int64?] {
      let mix = Self.chains(
        [
          Launch(first, blocks: blocks[0], mask: left),
          Launch(second, blocks: blocks[1], mask: left.map { !$0 }),
        ], length: 5, on: machine)
      return Array(subject.play(mix).completedAt.suffix(2))
    }
    let first = ends(a, b, [30, 50])
    let second = ends(b, a, [50, 30])
    #expect(first[0] != nil && first[1] != nil)
    #expect(first == second.reversed())
  }

  @Test(
    "Law 13: all times k times as long, all rates a k-th: the same, k times as late",
    arguments: LawSubject.allCases, UInt64(0)..<20)
  func scaled(subject: LawSubject, seed: UInt64) {
    var draw = SeededGenerator(seed: seed, stream: "scaled")
    let k = 4.0
    let solo = Double(1000 * (1 + draw.nextBelow(9)))
    let share = Double(draw.nextBelow(5)) / 4
    let blocks = 1 + draw.nextBelow(300)
    func time(_ factor: Double) -> Int64 {
      completions(
        [
          Launch(
            Kernel(warps: 2, soloNS: solo * factor, smShare: share, dramRate: 3 / factor),
            blocks: blocks)
        ], on: Machine(smCount: 5, blocks: 8, dramRate: 100 / factor), subject)[0]
    }
    // Every wave rounds up by less than a nanosecond.
    let waves = Int64((blocks + 39) / 40)
    let difference = Int64(k) * time(1) - time(k)
    #expect(difference >= 0 && difference < Int64(k) * waves, "seed \(seed)")
  }
}
