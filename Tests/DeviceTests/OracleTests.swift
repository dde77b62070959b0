import SimBasics
import TestSupport
import Testing

/// What the oracle must get right before the engine is compared with it.
@Suite struct OracleTests {
  @Test(
    "Fair shares use the capacity up, and only who is at the level gets less than asked for",
    arguments: UInt64(0)..<50)
  func fairShares(seed: UInt64) {
    var draw = SeededGenerator(seed: seed)
    for _ in 0..<20 {
      let count = 1 + draw.nextBelow(9)
      let asks = (0..<count).map { _ in draw.nextBelow(4) == 0 ? 0 : draw.nextUnit() }
      let weights = (0..<count).map { _ in Double(1 + draw.nextBelow(24)) }
      let capacity = 0.01 + draw.nextUnit()
      let shares = NaiveDevice.fairShares(of: capacity, asks: asks, weights: weights)
      let asked = asks.reduce(0, +)
      #expect(abs(shares.reduce(0, +) - min(asked, capacity)) < 1e-12)
      let level = (0..<count).reduce(0.0) { level, index in
        shares[index] < asks[index] ? max(level, shares[index] / weights[index]) : level
      }
      for index in 0..<count {
        #expect(shares[index] <= asks[index])
        if shares[index] == asks[index] {
          #expect(asked <= capacity || asks[index] <= level * weights[index] * (1 + 1e-12))
        } else {
          #expect(abs(shares[index] / weights[index] - level) < 1e-12)
        }
      }
    }
  }

  @Test(
    "Every launch of a random mix completes, with no SM and no DRAM above what it has",
    arguments: UInt64(0)..<40)
  func conservation(seed: UInt64) {
    let mix = Mix.random(seed: seed, size: .medium)
    var device = NaiveDevice(mix.machine)
    let outcome = mix.run(on: &device, checksState: true)
    #expect(outcome.faults.isEmpty, "seed \(seed)\n\(mix)")
    guard mix.kills.isEmpty else { return }
    #expect(!outcome.completedAt.contains(nil), "seed \(seed)\n\(mix)")
    let blocks = mix.arrivals.reduce(0) { $0 + $1.launch.blocks }
    #expect(outcome.totals.placedBlocks == Int64(blocks))
  }

  @Test("A block at half speed for a while, by hand")
  func byHand() {
    // One block alone from 0, another of the same kind on the same SM from 100: both ask for the
    // whole SM, so the first has 900 left at 100, and is at half speed until 1 900.
    let kernel = NaiveDevice.Kernel(warps: 4, soloNS: 1000, smShare: 1)
    let mix = Mix(
      machine: .init(smCount: 1),
      arrivals: [
        .init(launch: .init(kernel, blocks: 1), start: .at(0)),
        .init(launch: .init(kernel, blocks: 1), start: .at(100)),
        .init(launch: .init(kernel, blocks: 1), start: .after(1, gap: 10)),
      ])
    var device = NaiveDevice(mix.machine)
    let outcome = mix.run(on: &device)
    #expect(outcome.completedAt == [1900, 2000, 3010])
    #expect(outcome.totals.activeSMTime == 3000)
    #expect(outcome.totals.warpTime == 4 * (1900 + 1900 + 1000))
    #expect(outcome.totals.busyTime == 3000)
  }

  @Test("A killed launch leaves at once, gives its slot away, and starts from zero when it returns")
  func kill() {
    let kernel = NaiveDevice.Kernel(warps: 4, soloNS: 1000, smShare: 1)
    let mix = Mix(
      machine: .init(smCount: 1, blocks: 1, maxResidentGrids: 1),
      arrivals: [
        .init(launch: .init(kernel, blocks: 2), start: .at(0)),
        .init(launch: .init(kernel, blocks: 1), start: .at(0)),
      ],
      kills: [.init(arrival: 0, at: 700, again: 299)])
    var device = NaiveDevice(mix.machine)
    #expect(mix.run(on: &device).completedAt == [3700, 1700])
  }

  @Test("A stopped launch completes with the blocks that run, and never where none does")
  func stop() {
    let kernel = NaiveDevice.Kernel(warps: 4, soloNS: 1000)
    for (at, ends) in [(700, [1000, 2000]), (0, [nil, 1000]), (1000, [nil, 2000])]
      as [(Int64, [Int64?])]
    {
      let mix = Mix(
        machine: .init(smCount: 1, blocks: 1),
        arrivals: [
          .init(launch: .init(kernel, blocks: 3), start: .at(0)),
          .init(launch: .init(kernel, blocks: 1), start: .at(0)),
        ],
        kills: [.init(arrival: 0, at: at, isStop: true)])
      for subject in LawSubject.allCases {
        #expect(subject.play(mix).completedAt == ends, "\(subject), stopped at \(at)")
      }
    }
  }
}
