import Hardware
import LanguageModels
import Policies
import RunSupport
import Scheduling
import SimBasics
import Testing
import Workloads

@testable import Simulation

/// Prefills and decodes of one replica side by side.
@Suite struct PDMultiplexTests {
  /// All SMs for both, always.
  private struct Unsplit: SharingPolicy {
    static let descriptor = PolicyDescriptor(name: "unsplit", summary: "", source: "")
    init() {}
    init(_ options: PolicyOptions) {}
    var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }
    var splitsPhases: Bool { true }
  }

  /// Notes what it is asked.
  private static func run(
    _ experiment: Experiment, _ policy: any SharingPolicy
  ) throws -> (records: [RequestRecord], totals: RunTotals) {
    let programs = try ProgramSet(experiment, largestBatch: 1, smCaps: [])
    let (totals, observer) = try Simulation.run(
      experiment, programs, policy, label: "x", seed: 1, observer: RecordKeeper())
    let keeper = observer as? RecordKeeper ?? RecordKeeper()
    return (keeper.records.sorted { $0.number < $1.number }, totals)
  }

  private static func policy(_ share: Double? = nil) -> PDMultiplexPolicy {
    var options = PolicyOptions()
    if let share {
      options.set("split", .word("fixed"))
      options.set("decode_share", .number(share))
    }
    return PDMultiplexPolicy(options)
  }

  @Test("One phase alone has all SMs and is the plain loop", arguments: [false, true])
  func onePhase(overlaps: Bool) throws {
    let gpu = LanguageFixtures.gpu()
    var testbed = Testbed(name: "costs")
    testbed.launchGap = 700
    testbed.completionSync = 3_000
    let stack = LanguageFixtures.stack(stepNS: 20_000, perSequenceNS: 300, overlaps: overlaps)
    // All prompts at one instant, in one iteration: from then on there are decodes only.
    let tenant = LanguageFixtures.tenant(
      [(0, 30, 1), (1_000, 20, 9), (1_000, 31, 40), (1_000, 3, 17)], stack: stack, gpu: gpu)
    let experiment = Fixtures.experiment(
      [tenant], policies: ["space-only"], testbed: testbed, gpu: gpu)
    let plain = try Self.run(
      experiment, SpaceOnlyPolicy(PolicyOptions()))
    let split = try Self.run(experiment, Self.policy(25))
    #expect(plain.records.map(\.completionNS) == split.records.map(\.completionNS))
    #expect(plain.records.map { $0.tokens?.firstNS } == split.records.map { $0.tokens?.firstNS })
    #expect(plain.totals.serving == split.totals.serving)
  }

  // Law 8.
  @Test("All SMs for both and DRAM without end: two independent servers")
  func independent() throws {
    var gpu = LanguageFixtures.gpu(sms: 128)
    // So much of everything that no launch asks for a part of what another one has.
    gpu.dramGBPerS = 1e6
    gpu.flopPerCyclePerSM[.bf16Tensor] = 1e6
    gpu.flopPerCyclePerSM[.fp32] = 1e6
    var random = SeededGenerator(seed: 5)
    var time: Int64 = 0
    let prompts = (0..<20).map { _ in
      time += Int64(random.nextBelow(60_000))
      return (at: time, input: 2 + random.nextBelow(300), output: 1)
    }
    // Decodes that begin before everything else and go on throughout.
    let decode = (at: Int64(0), input: 1, output: 200)
    func tenant(_ requests: [(at: Int64, input: Int, output: Int)]) -> TenantSpec {
      LanguageFixtures.tenant(requests, gpu: gpu)
    }
    func run(
      _ requests: [(at: Int64, input: Int, output: Int)], _ policy: any SharingPolicy
    ) throws -> [RequestRecord] {
      try Self.run(
        Fixtures.experiment([tenant(requests)], policies: ["space-only"], gpu: gpu), policy
      ).records
    }
    let later = prompts.map { (at: $0.at + 500_000, input: $0.input, output: $0.output) }
    let both = try run([decode] + later, Unsplit())
    let decodes = try run([decode], SpaceOnlyPolicy(PolicyOptions()))
    let prefills = try run(later, SpaceOnlyPolicy(PolicyOptions()))
    #expect(both[0].completionNS == decodes[0].completionNS)
    #expect(both.dropFirst().map(\.completionNS) == prefills.map(\.completionNS))
  }

  @Test("Decodes beside prefills keep the tokens' objective where SMs suffice for it")
  func adaptive() {
    func split(_ gap: Int64, _ ns: @escaping (Int) -> Int64) -> PhaseSplit {
      Self.policy().split(
        PhaseView(smCount: 10, smsPerTPC: 2, tokenGapNS: gap, decodes: 3, decodeNS: ns))
    }
    // The fewest whole TPCs; one is left for prefills.
    #expect(split(100) { 1_000 / Int64($0) / 2 } == PhaseSplit(decode: 0..<6, prefill: 6..<10))
    #expect(split(1) { _ in 2 } == PhaseSplit(decode: 0..<8, prefill: 8..<10))
    #expect(split(9) { _ in 2 } == PhaseSplit(decode: 0..<2, prefill: 2..<10))
    // Fixed shares round down, and leave a TPC to each.
    let view = PhaseView(smCount: 10, smsPerTPC: 2, tokenGapNS: 0, decodes: 1) { _ in 0 }
    #expect(Self.policy(59).split(view) == PhaseSplit(decode: 0..<4, prefill: 4..<10))
    #expect(Self.policy(1).split(view) == PhaseSplit(decode: 0..<2, prefill: 2..<10))
    #expect(Self.policy(99).split(view) == PhaseSplit(decode: 0..<8, prefill: 8..<10))
  }

  @Test("Tokens and blocks add up, whatever the split", arguments: UInt64(0)..<20)
  func conserved(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed, stream: "pd")
    let gpu = LanguageFixtures.gpu()
    var settings = LanguageFixtures.settings(blocks: 12 + random.nextBelow(8), of: 8, gpu: gpu)
    settings.maxTokens = 4 + random.nextBelow(40)
    settings.preemption = seed % 2 == 0 ? .recompute : .swap
    settings.chunkedPrefill = seed % 3 > 0
    var time: Int64 = 0
    let requests = (0..<30).map { _ in
      time += Int64(random.nextBelow(200_000))
      return (at: time, input: 1 + random.nextBelow(60), output: 1 + random.nextBelow(25))
    }
    let stack = LanguageFixtures.stack(
      stepNS: 10_000, overlaps: random.nextBelow(2) == 0, graphs: 4)
    let chat = LanguageFixtures.tenant(requests, settings, stack: stack, gpu: gpu)
    let cnn = Fixtures.tenant(
      "cnn", Fixtures.table("m", [Fixtures.kernel("k", duration: 40_000, blocks: 30)]),
      .trace((0..<20).map { Int64($0) * 170_003 }))
    let experiment = Fixtures.experiment(
      [chat, cnn], policies: ["space-only"], testbed: Fixtures.costly, gpu: gpu)
    let run = try Self.run(experiment, Self.policy(Double(10 + random.nextBelow(80))))
    let serving = run.totals.serving[0]
    #expect(run.totals.completed == [30, 20], "seed \(seed)")
    #expect(serving.inputTokens == requests.reduce(0) { $0 + $1.input }, "seed \(seed)")
    #expect(serving.outputTokens == requests.reduce(0) { $0 + $1.output }, "seed \(seed)")
    #expect(
      serving.computedTokens
        == serving.inputTokens + serving.outputTokens - 30 + serving.recomputedTokens,
      "seed \(seed)")
    #expect(serving.usedBlocks == 0 && serving.mostUsedBlocks <= serving.blocks, "seed \(seed)")
    let replicas = Set(run.records.map(\.replica))
    #expect(replicas.isSubset(of: [0, 1]), "seed \(seed)")
  }

  @Test("What it has nothing to go by with is refused by name")
  func refused() {
    var model = TenantView(name: "chat", priority: 0, sloNS: 1, replicas: 0..<1, programs: [])
    #expect(
      PDMultiplexPolicy.objection(to: [model], PolicyOptions())?.contains("no tenant is") ?? false)
    model.isLanguageModel = true
    #expect(
      PDMultiplexPolicy.objection(to: [model], PolicyOptions())?.contains("'slo_tpot_ms'") ?? false)
    model.tokenGapNS = 5
    #expect(PDMultiplexPolicy.objection(to: [model], PolicyOptions()) == nil)
    var options = PolicyOptions()
    options.set("decode_share", .number(40))
    #expect(
      PDMultiplexPolicy.objection(to: [model], options)?.contains("'decode_share'") ?? false)
  }
}
