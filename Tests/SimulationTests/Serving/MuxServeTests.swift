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

/// Several language models on one GPU under `muxserve`.
@Suite struct MuxServeTests {
  static func options(
    prefill: Double = 90, decode: Double = 30, twice: Int = 4, intervalS: Double = 8
  ) -> PolicyOptions {
    var options = PolicyOptions()
    options.set("prefill_share", .number(prefill))
    options.set("decode_share", .number(decode))
    options.set("booked_twice", .number(Double(twice)))
    options.set("quota_interval_s", .number(intervalS))
    return options
  }

  // MARK: - The rule

  /// Two language models, `a` and `b`: decodes are replicas 0 and 1, prefills 2 and 3.
  private static func view(due: Set<Int>, busy: Set<Int> = []) -> SchedulingView {
    var view = SchedulingView()
    view.smCount = 20
    for (t, name) in ["a", "b"].enumerated() {
      var tenant = TenantView(
        name: name, priority: 0, sloNS: 1, replicas: t..<t + 1, programs: [])
      tenant.isLanguageModel = true
      view.tenants.append(tenant)
    }
    for r in 0..<4 {
      var replica = ReplicaView(tenant: r % 2)
      replica.side = r < 2 ? .decodes : .prefills
      replica.isDue = due.contains(r)
      if busy.contains(r) { replica.phase = .running }
      view.replicas.append(replica)
    }
    return view
  }

  /// What begins, one after the other, and on which SMs; nil for all.
  private static func begun(
    _ policy: inout MuxServePolicy, due: Set<Int>, busy: Set<Int> = []
  ) -> [(replica: Int, sms: Range<Int>?)] {
    var (due, busy, begun) = (due, busy, [(replica: Int, sms: Range<Int>?)]())
    while true {
      var decisions = DecisionBuffer()
      policy.decide(view(due: due, busy: busy), &decisions)
      guard case .setSMs(let replica, let sms) = decisions.decisions.first else { return begun }
      #expect(decisions.decisions.last == .start(tenant: replica % 2, replica: replica, count: 1))
      begun.append((replica, sms))
      due.remove(replica)
      busy.insert(replica)
    }
  }

  @Test("Prefills first and in turn, decodes beside on the other end, tenths booked twice")
  func rule() {
    var policy = MuxServePolicy(Self.options())
    let first = Self.begun(&policy, due: [0, 1, 2, 3])
    // The second prefill waits for the first and holds nothing back meanwhile; one decode fits: the
    // prefill left it one tenth, and two it has beside the prefill; four at most are booked twice.
    #expect(first.map(\.replica) == [2, 0])
    #expect(first.map(\.sms) == [0..<18, 14..<20])
    // The other model's prefill is next; the decode that runs leaves it one tenth too few unless
    // they are booked twice.
    let second = Self.begun(&policy, due: [1, 2, 3], busy: [0])
    #expect(second.map(\.replica) == [3])
    var narrow = MuxServePolicy(Self.options(twice: 1))
    _ = Self.begun(&narrow, due: [0])
    // It lacks SMs, so the other decode is held back.
    let held = Self.begun(&narrow, due: [1, 3], busy: [0])
    #expect(held.isEmpty)
    let freed = Self.begun(&narrow, due: [1, 3])
    #expect(freed.map(\.replica) == [3])
    // Without prefills decodes lie side by side from the end; all SMs are no restriction.
    var wide = MuxServePolicy(Self.options(prefill: 100, decode: 40, twice: 0))
    let decodes = Self.begun(&wide, due: [0, 1])
    #expect(decodes.map(\.sms) == [12..<20, 4..<12])
    let whole = Self.begun(&wide, due: [2])
    #expect(whole.map(\.sms) == [nil])
  }

  @Test("What it has nothing to go by with is refused by name")
  func refused() {
    var model = TenantView(name: "chat", priority: 0, sloNS: 1, replicas: 0..<1, programs: [])
    func objection(_ change: (inout PolicyOptions) -> Void = { _ in }) -> String {
      var options = PolicyOptions()
      change(&options)
      return MuxServePolicy.objection(to: [model], options) ?? ""
    }
    #expect(objection().contains("no tenant is a language model"))
    model.isLanguageModel = true
    #expect(objection().isEmpty)
    #expect(objection { $0.set("decode_share", .number(35)) }.contains("shares are in tens"))
    #expect(objection { $0.set("prefill_share", .numbers(["cnn": 40])) }.contains("'cnn'"))
    #expect(objection { $0.set("prefill_share", .number(20)) }.contains("'chat' a larger share"))
  }

  // MARK: - Laws

  static func requests(
    _ seed: UInt64, _ name: String, count: Int, gap: Int, input: Int, output: Int
  ) -> [(at: Int64, input: Int, output: Int)] {
    var random = SeededGenerator(seed: seed, stream: name)
    var time: Int64 = 0
    return (0..<count).map { _ in
      time += Int64(random.nextBelow(gap))
      return (time, 1 + random.nextBelow(input), 1 + random.nextBelow(output))
    }
  }

  @Test(
    "One model with all SMs for both is the loop alone that runs prompts first",
    arguments: UInt64(0)..<6)
  func oneModel(seed: UInt64) throws {
    let gpu = LanguageFixtures.gpu()
    var random = SeededGenerator(seed: seed)
    var testbed = Testbed(name: "costs")
    testbed.launchCPU = Int64(random.nextBelow(2_000))
    testbed.launchGap = Int64(random.nextBelow(900))
    testbed.completionSync = Int64(random.nextBelow(4_000))
    let stack = LanguageFixtures.stack(
      stepNS: 20_000, perSequenceNS: 300, graphs: seed % 2 == 0 ? 4 : 0)
    var settings = ServingSettings()
    settings.chunkedPrefill = false
    settings.maxTokens = 60
    settings.memoryFraction = 0.5
    let requests = Self.requests(seed, "one", count: 30, gap: 400_000, input: 90, output: 20)
    func run(_ policy: String, _ scheduler: ServingSettings.Scheduler) throws -> [[Int64]] {
      settings.scheduler = scheduler
      let experiment = Fixtures.experiment(
        [LanguageFixtures.tenant(requests, settings, stack: stack, gpu: gpu)], policies: [policy],
        testbed: testbed, gpu: gpu)
      let whole = Self.options(prefill: 100, decode: 100)
      let run = try simulate(
        experiment, policy, options: policy == "muxserve" ? whole : PolicyOptions())
      return run.keeper.records.sorted { $0.number < $1.number }.map {
        [$0.firstLaunchNS, $0.tokens?.firstNS ?? 0, $0.completionNS]
      }
    }
    let alone = try run("exclusive", .prefillFirst)
    #expect(alone.count == 30)
    #expect(try run("muxserve", .continuous) == alone, "seed \(seed)")
  }

  @Test("Tokens and blocks add up, whatever is shared", arguments: UInt64(0)..<4)
  func conserved(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed, stream: "mux")
    let gpu = LanguageFixtures.gpu()
    let stack = LanguageFixtures.stack(
      stepNS: 10_000, overlaps: random.nextBelow(2) == 0, graphs: 4)
    let tenants = [40_000, 400_000].enumerated().map { t, gap in
      var settings = LanguageFixtures.settings(
        blocks: 14 + random.nextBelow(8), of: 8, gpu: gpu, contextMiB: 0)
      settings.maxTokens = 4 + random.nextBelow(60)
      settings.preemption = seed % 2 == 0 ? .recompute : .swap
      settings.chunkedPrefill = seed % 3 > 0
      let requests = Self.requests(seed, "m\(t)", count: 12, gap: gap, input: 50, output: 25)
      // Prompts that begin alike, of one kind or the other.
      var blocks = TokenLengths.PromptBlocks(tokens: 8)
      for (i, request) in requests.enumerated() {
        let kind = Int32(i % 2) * 100
        blocks.append((0..<Int32((request.input + 7) / 8)).map { kind + $0 })
      }
      return LanguageFixtures.tenant(
        named: "m\(t)", requests, settings, stack: stack, gpu: gpu, replicas: 1 + t,
        blocks: seed == 3 ? blocks : nil)
    }
    let cnn = Fixtures.tenant(
      "cnn", Fixtures.table("m", [Fixtures.kernel("k", duration: 40_000, blocks: 30)]),
      replicas: 2, .trace((0..<20).map { Int64($0) * 170_003 }))
    let experiment = Fixtures.experiment(
      tenants + [cnn], policies: ["muxserve"], testbed: Fixtures.costly, gpu: gpu)
    let options = Self.options(
      prefill: Double(50 + 10 * random.nextBelow(6)), decode: Double(20 + 10 * random.nextBelow(4)),
      twice: random.nextBelow(6), intervalS: 0.001)
    let run = try simulate(experiment, "muxserve", options: options)
    #expect(run.totals.completed == [12, 12, 20], "seed \(seed)")
    for t in 0..<2 {
      let tokens = try #require(tenants[t].tokens?.recorded?.requests)
      let serving = run.totals.serving[t]
      #expect(serving.inputTokens == tokens.reduce(0) { $0 + Int($1.input) }, "seed \(seed)")
      #expect(serving.outputTokens == tokens.reduce(0) { $0 + Int($1.output) }, "seed \(seed)")
      #expect(
        serving.computedTokens
          == serving.inputTokens - serving.cachedTokens + serving.outputTokens - 12
          + serving.recomputedTokens,
        "seed \(seed)")
      #expect(serving.cachedTokens > 0 || seed != 3)
      #expect(serving.usedBlocks == 0 && serving.blockTime <= serving.capacityTime, "seed \(seed)")
    }
    let again = try simulate(experiment, "muxserve", options: options)
    #expect(again.totals == run.totals, "seed \(seed)")
  }

  @Test("The quota of one that is full grows at the other's cost, and requests wait less")
  func overfull() throws {
    let gpu = LanguageFixtures.gpu()
    func run(intervalS: Double) throws -> (blocks: [Int], latency: Int64, preemptions: Int) {
      let tenants = ["full", "idle"].map { name in
        let settings = LanguageFixtures.settings(blocks: 20, of: 8, gpu: gpu)
        // As many requests of each, for quotas go by rates; those of the second are short.
        let size = name == "full" ? (input: 20, output: 12) : (input: 2, output: 1)
        return LanguageFixtures.tenant(
          named: name, (0..<40).map { (Int64($0) * 60_000, size.input, size.output) }, settings,
          gpu: gpu)
      }
      let experiment = Fixtures.experiment(tenants, policies: ["muxserve"], gpu: gpu)
      let run = try simulate(
        experiment, "muxserve", options: Self.options(intervalS: intervalS))
      let own = run.keeper.records.filter { $0.tenant == 0 }
      return (
        run.totals.serving.map(\.blocks), own.reduce(0) { $0 + $1.completionNS - $1.arrivalNS },
        run.totals.serving[0].preemptions
      )
    }
    let (still, moving) = (try run(intervalS: 1_000), try run(intervalS: 0.001))
    #expect(still.blocks == [20, 20])
    #expect(moving.blocks.reduce(0, +) == 40 && moving.blocks[0] > 20, "\(moving)")
    #expect(moving.latency < still.latency, "\(moving), \(still)")
  }
}
