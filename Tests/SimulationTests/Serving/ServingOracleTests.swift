import Hardware
import LanguageModels
import RunSupport
import SimBasics
import TestSupport
import Testing
import Workloads

@testable import Simulation

/// Whole runs of language models beside CNNs against an oracle that follows every launch.
@Suite struct ServingOracleTests {
  struct Scene {
    var experiment: Experiment
    var blocks: Int
  }

  /// A random mix: a language model, and CNNs or none.
  static func scene(_ seed: UInt64, cnns: Int) -> Scene {
    var random = SeededGenerator(seed: seed, stream: "serving oracle")
    let gpu = LanguageFixtures.gpu(sms: 2 + random.nextBelow(7))
    let blocks = 12 + random.nextBelow(30)
    let model = LanguageFixtures.model(layers: 2)
    var settings = LanguageFixtures.settings(blocks: blocks, of: 8, gpu: gpu, model: model)
    settings.scheduler = random.nextBelow(3) == 0 ? .prefillFirst : .continuous
    settings.maxSequences = 1 + random.nextBelow(8)
    settings.maxTokens = 8 + random.nextBelow(64)
    settings.chunkedPrefill = random.nextBelow(3) > 0
    var testbed = Testbed(name: "random")
    if random.nextBelow(4) > 0 {
      testbed.launchCPU = Int64(random.nextBelow(3_000))
      testbed.launchGap = Int64(random.nextBelow(1_500))
      testbed.completionSync = Int64(random.nextBelow(9_000))
      testbed.requestCPU = Int64(random.nextBelow(9_000))
    }
    if random.nextBelow(2) == 0 { testbed.coRunnerSlowdown = 0.1 }
    let stack = LanguageFixtures.stack(
      stepNS: Int64(random.nextBelow(100_000)), perSequenceNS: Int64(random.nextBelow(5_000)),
      overlaps: random.nextBelow(2) == 0, graphs: random.nextBelow(2) * 6)
    var time: Int64 = 0
    let requests = (0..<9).map { _ in
      time += Int64(random.nextBelow(600_000))
      return (at: time, input: 1 + random.nextBelow(50), output: 1 + random.nextBelow(12))
    }
    var tenants = [
      LanguageFixtures.tenant(
        requests, settings, model: model, stack: stack, gpu: gpu)
    ]
    for c in 0..<cnns {
      let rows = (0..<(1 + random.nextBelow(4))).map { i in
        Fixtures.kernel(
          "k\(i)", duration: Int64(3_001 + random.nextBelow(80_000)),
          blocks: 1 + random.nextBelow(40), flop: Int64(random.nextBelow(3_000_000)),
          bytes: Int64(random.nextBelow(4_000_000)))
      }
      var time = Int64(random.nextBelow(1_000))
      let times = (0..<10).map { _ in
        time += Int64(1 + random.nextBelow(500_000))
        return time
      }
      tenants.append(Fixtures.tenant("cnn\(c)", Fixtures.table("m\(c)", rows), .trace(times)))
    }
    var experiment = Fixtures.experiment(
      tenants, policies: ["space-only"], testbed: testbed, gpu: gpu)
    experiment.name = "seed \(seed)"
    return Scene(experiment: experiment, blocks: blocks)
  }

  static func compare(_ scene: Scene, _ policy: String, seed: UInt64) throws {
    let run = try simulate(scene.experiment, policy)
    var naive = try NaiveSharing(scene.experiment, blocks: scene.blocks)
    try naive.run()
    let served = run.keeper.records.filter { $0.tokens != nil }.sorted { $0.number < $1.number }
    let expected = (naive.streams[0].serving?.done ?? []).sorted { $0.number < $1.number }
    #expect(served.count == expected.count && served.count == 9, "seed \(seed)")
    for (own, other) in zip(served, expected) {
      #expect(own.number == other.number && own.tokens?.output == other.produced, "seed \(seed)")
      #expect(own.firstLaunchNS == other.firstLaunch, "seed \(seed), request \(own.number)")
      #expect(own.tokens?.firstNS == other.tokens.first, "seed \(seed), request \(own.number)")
      #expect(own.completionNS == other.tokens.last, "seed \(seed), request \(own.number)")
    }
    let others = run.keeper.records.filter { $0.tokens == nil }.map {
      NaiveSharing.Answer(
        tenant: $0.tenant, arrival: $0.arrivalNS, first: $0.firstLaunchNS, end: $0.completionNS)
    }
    func order(_ a: NaiveSharing.Answer, _ b: NaiveSharing.Answer) -> Bool {
      (a.tenant, a.arrival, a.end) < (b.tenant, b.arrival, b.end)
    }
    #expect(others.sorted(by: order) == naive.answers.sorted(by: order), "seed \(seed)")
  }

  @Test("alone, equal to the nanosecond", arguments: UInt64(0)..<9)
  func alone(seed: UInt64) throws {
    let scene = Self.scene(seed, cnns: 0)
    try Self.compare(scene, "space-only", seed: seed)
    try Self.compare(scene, "exclusive", seed: seed)
    try Self.compare(scene, "time-only", seed: seed)
  }

  @Test("beside CNNs, equal to the nanosecond", arguments: UInt64(0)..<6)
  func mixed(seed: UInt64) throws {
    try Self.compare(Self.scene(seed, cnns: 1 + Int(seed % 3)), "space-only", seed: seed)
  }

  @Test(
    "where two ask at one instant: launches, arrivals",
    arguments: [2327, 4254, 5370, 5762] as [UInt64])
  func ties(seed: UInt64) throws {
    try Self.compare(Self.scene(seed, cnns: Int(seed % 4)), "space-only", seed: seed)
  }

  @Test("many mixes", .enabled(if: SharedFiles.isDeepRun))
  func deep() throws {
    for seed in UInt64(1_000)..<6_000 {
      try Self.compare(Self.scene(seed, cnns: Int(seed % 4)), "space-only", seed: seed)
    }
  }
}
