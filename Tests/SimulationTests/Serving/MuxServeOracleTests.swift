import Hardware
import LanguageModels
import Policies
import RunSupport
import Scheduling
import SimBasics
import TestSupport
import Testing
import Workloads

@testable import Simulation

/// Whole runs under `muxserve` against an oracle that follows every launch.
@Suite struct MuxServeOracleTests {
  struct Scene {
    var experiment: Experiment
    var shares: (prefill: Int, decode: Int, twice: Int)
    var options: PolicyOptions
  }

  /// A random mix: two or three language models, and a CNN or none.
  static func scene(_ seed: UInt64) -> Scene {
    var random = SeededGenerator(seed: seed, stream: "mux oracle")
    let gpu = LanguageFixtures.gpu(sms: 6 + 2 * random.nextBelow(4))
    var testbed = Testbed(name: "random")
    testbed.launchCPU = Int64(random.nextBelow(3_000))
    testbed.launchGap = Int64(random.nextBelow(1_500))
    testbed.completionSync = Int64(random.nextBelow(9_000))
    testbed.requestCPU = Int64(random.nextBelow(9_000))
    if random.nextBelow(2) == 0 { testbed.mpsDelaySlope = 130 }
    if random.nextBelow(2) == 0 { testbed.coRunnerSlowdown = 0.1 }
    var tenants: [TenantSpec] = []
    for t in 0..<(2 + random.nextBelow(2)) {
      let model = LanguageFixtures.model(layers: 1 + t)
      var settings = LanguageFixtures.settings(
        blocks: 10 + random.nextBelow(20), of: 8, gpu: gpu, model: model)
      settings.maxSequences = 1 + random.nextBelow(8)
      settings.maxTokens = 8 + random.nextBelow(64)
      settings.chunkedPrefill = random.nextBelow(2) == 0
      let stack = LanguageFixtures.stack(
        stepNS: Int64(random.nextBelow(100_000)), perSequenceNS: Int64(random.nextBelow(5_000)))
      var tenant = LanguageFixtures.tenant(
        named: "m\(t)",
        MuxServeTests.requests(seed, "m\(t)", count: 5, gap: 900_000, input: 45, output: 6),
        settings,
        model: model, stack: stack, gpu: gpu)
      tenant.sloNS = Int64(t + 1) * 1_000_000
      tenants.append(tenant)
    }
    if random.nextBelow(2) == 0 {
      let rows = (0..<3).map { i in
        Fixtures.kernel(
          "k\(i)", duration: Int64(3_001 + random.nextBelow(80_000)),
          blocks: 1 + random.nextBelow(40), flop: Int64(random.nextBelow(3_000_000)),
          bytes: Int64(random.nextBelow(4_000_000)))
      }
      let times = MuxServeTests.requests(seed, "cnn", count: 6, gap: 500_000, input: 1, output: 1)
        .map(\.at)
      tenants.append(
        Fixtures.tenant("cnn", Fixtures.table("c", rows), sloNS: 1_000_000_000, .trace(times)))
    }
    let experiment = Fixtures.experiment(
      tenants, policies: ["muxserve"], testbed: testbed, gpu: gpu)
    let shares = (
      prefill: 5 + random.nextBelow(6), decode: 2 + random.nextBelow(4), twice: random.nextBelow(7)
    )
    let options = MuxServeTests.options(
      prefill: Double(shares.prefill * 10), decode: Double(shares.decode * 10),
      twice: shares.twice, intervalS: random.nextBelow(2) == 0 ? 0.001 : 0.000_2)
    return Scene(experiment: experiment, shares: shares, options: options)
  }

  private static func compare(_ seed: UInt64) throws {
    let scene = scene(seed)
    let (experiment, options, shares) = (scene.experiment, scene.options, scene.shares)
    let run = try simulate(experiment, "muxserve", options: options)

    let policy = MuxServePolicy(options)
    var flow = try RequestFlow(experiment, seed: 1)
    let servers = try LanguageServers(
      experiment, policy.mechanism, try Simulation.prepare(experiment), &flow, splitsPhases: true,
      sharing: policy.poolSharing)
    var naive = NaiveMultiplex(
      experiment, try #require(servers.quotas?.shares), shares: shares)
    try naive.run()
    #expect(!naive.isOverfull, "seed \(seed)")

    for (t, _, _, _) in naive.models {
      let served = run.keeper.records.filter { $0.tenant == t }.sorted { $0.number < $1.number }
      let done = naive.models.first { $0.tenant == t }?.serving.done ?? []
      let expected = done.sorted { $0.number < $1.number }
      #expect(served.count == expected.count && served.count == 5, "seed \(seed)")
      for (own, other) in zip(served, expected) {
        #expect(own.firstLaunchNS == other.firstLaunch, "seed \(seed), \(t), \(own.number)")
        #expect(own.tokens?.firstNS == other.tokens.first, "seed \(seed), \(t), \(own.number)")
        #expect(own.completionNS == other.tokens.last, "seed \(seed), \(t), \(own.number)")
      }
    }
    let others = run.keeper.records.filter { $0.tokens == nil }.map {
      NaiveSharing.Answer(
        tenant: $0.tenant, arrival: $0.arrivalNS, first: $0.firstLaunchNS, end: $0.completionNS)
    }
    let own = others.sorted { $0.arrival < $1.arrival }
    let expected = naive.answers.sorted { $0.arrival < $1.arrival }
    #expect(own == expected, "seed \(seed)")
  }

  @Test("Against an oracle, equal to the nanosecond", arguments: UInt64(0)..<4)
  func oracle(seed: UInt64) throws { try Self.compare(seed) }

  @Test("Many mixes", .enabled(if: SharedFiles.isDeepRun))
  func deep() throws { for seed in UInt64(1_000)..<1_060 { try Self.compare(seed) } }
}
