import SimBasics
import TestSupport

/// How large a random mix may be.
struct MixSize: Sendable {
  /// Most SMs, launches and blocks of a launch.
  var sms, launches, blocks: Int

  static let small = MixSize(sms: 4, launches: 8, blocks: 12)
  static let medium = MixSize(sms: 8, launches: 20, blocks: 30)
  static let large = MixSize(sms: 12, launches: 40, blocks: 60)
  static let wholeGPU = MixSize(sms: 144, launches: 30, blocks: 600)
}

extension Mix {
  /// Draws a mix: the same seed and size, the same mix.
  ///
  /// Round numbers are drawn often, so that ties, sums that just fill an SM or DRAM, and blocks
  /// finishing together are common and not lucky.
  static func random(seed: UInt64, size: MixSize) -> Mix {
    var draw = SeededGenerator(seed: seed, stream: "random-mix")
    let smCount = 1 + draw.nextBelow(size.sms)
    let isTight = draw.nextBelow(3) == 0
    let machine = NaiveDevice.Machine(
      smCount: smCount, warps: [24, 32, 48, 64][draw.nextBelow(4)],
      blocks: isTight ? 1 + draw.nextBelow(4) : [8, 16, 32][draw.nextBelow(3)],
      registers: 65536, sharedMemory: 98304,
      dramRate: draw.pick([1, 100, 800, 1 + draw.nextUnit() * 1000]),
      maxResidentGrids: draw.pick([1, 2, 3, 8, 128]),
      coRunnerSlowdown: draw.pick([0, 0, 0.09, draw.nextUnit()]))
    let kernels = (0...draw.nextBelow(4)).map { _ in draw.kernel(on: machine) }
    let hasPriorities = draw.nextBelow(2) == 0
    let masks = draw.masks(smCount)
    // Arrivals crowd into the time the work itself takes, or come spread out.
    let span = draw.pick([1, 100, 5_000, 100_000])
    var arrivals: [Arrival] = []
    for index in 0...draw.nextBelow(size.launches) {
      let launch = NaiveDevice.Launch(
        kernels[draw.nextBelow(kernels.count)], blocks: 1 + draw.nextBelow(size.blocks),
        priority: hasPriorities ? draw.nextBelow(3) - 1 : 0,
        mask: masks[draw.nextBelow(masks.count)])
      arrivals.append(Arrival(launch: launch, start: draw.start(index: index, span: span)))
    }
    var kills: [Kill] = []
    if draw.nextBelow(4) == 0 {
      for _ in 0...draw.nextBelow(4) {
        kills.append(
          Kill(
            arrival: draw.nextBelow(arrivals.count), at: Int64(draw.nextBelow(2 * span)),
            again: draw.nextBelow(2) == 0 ? nil : Int64(draw.nextBelow(span))))
      }
    }
    return Mix(machine: machine, arrivals: arrivals, kills: kills)
  }
}

extension SeededGenerator {
  fileprivate mutating func pick<Value>(_ values: [Value]) -> Value {
    values[nextBelow(values.count)]
  }

  fileprivate mutating func kernel(on machine: NaiveDevice.Machine) -> NaiveDevice.Kernel {
    let smShare = pick([0, 0.1, 0.25, 0.5, 1, nextUnit()])
    let bandwidth = pick([0, 0, 0.01, 0.1, 0.25, 0.5, 1, 3, nextUnit(), nextUnit() * 0.1])
    let solo = pick([
      Double(1 + nextBelow(20)), Double(100 * (1 + nextBelow(20))), nextUnit() * 3,
      nextUnit() * 5_000,
    ])
    return NaiveDevice.Kernel(
      warps: pick([1, 2, 4, 8, 1 + nextBelow(24)]),
      registers: pick([0, 4096, 8192, 1 + nextBelow(65536)]),
      sharedMemory: pick([0, 0, 16384, 49152, nextBelow(98305)]), soloNS: solo,
      smShare: smShare, dramRate: bandwidth * machine.dramRate,
      tailNS: pick([0, 0, 0, 1, Int64(nextBelow(200))]))
  }

  /// What launches may be limited to: nothing, one half, and any SMs at all.
  fileprivate mutating func masks(_ smCount: Int) -> [[Bool]?] {
    guard smCount > 1, nextBelow(2) == 0 else { return [nil] }
    let half = smCount / 2
    var any = (0..<smCount).map { _ in nextBelow(2) == 0 }
    any[nextBelow(smCount)] = true
    return [
      nil, (0..<smCount).map { $0 < half }, (0..<smCount).map { $0 >= half }, any,
    ]
  }

  fileprivate mutating func start(index: Int, span: Int) -> Mix.Start {
    if index > 0, nextBelow(3) == 0 {
      return .after(nextBelow(index), gap: pick([0, 0, 1, Int64(nextBelow(500))]))
    }
    let step = pick([1, 10, 1000])
    return .at(Int64(nextBelow(span) / step * step))
  }
}
