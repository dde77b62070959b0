import Hardware
import LanguageModels
import Policies
import RunSupport
import Scheduling
import Testing

@testable import Simulation

/// Where the time of language models' requests goes, in small scenes.
@Suite("Wait reasons of language models, by hand")
struct ServingReasonSceneTests {
  private static func costly(gap: Int64 = 700) -> Testbed {
    var testbed = Testbed(name: "costs")
    testbed.launchCPU = 300
    testbed.launchGap = gap
    testbed.completionSync = 3_000
    testbed.requestCPU = 1_500
    return testbed
  }

  private static func run(
    _ tenants: [TenantSpec], _ policy: String = "space-only", testbed: Testbed? = nil,
    options: PolicyOptions = PolicyOptions(), gpu: GPUSpec? = nil
  ) throws -> ReasonKeeper {
    try follow(
      Fixtures.experiment(tenants, testbed: testbed, gpu: gpu ?? LanguageFixtures.gpu()), policy,
      options: options, RunFollowing(splits: true, blames: true)
    ).heard
  }

  /// A request's latency with nobody beside it and a host that costs nothing.
  private static func aloneNS(_ input: Int, _ output: Int) throws -> Int64 {
    let heard = try run([LanguageFixtures.tenant([(0, input, output)])])
    return heard.explanations[0].record.completionNS
  }

  @Test(
    "alone, all of it is its own work and the host's",
    arguments: ["exclusive", "time-only", "space-only", "batched", "pd-multiplex"])
  func alone(policy: String) throws {
    var options = PolicyOptions()
    if policy == "pd-multiplex" { options.set("split", .word("fixed")) }
    if policy == "batched" { options.set("max_delay_ms", .number(0)) }
    let own = try Self.aloneNS(40, 6)
    #expect(own > 0)
    let ideal = try Self.run(
      [LanguageFixtures.tenant([(1_000, 40, 6)])], policy, options: options)
    #expect(ideal.parts(of: 0) == [[.own: own]])
    for overlaps in [false, true] {
      let stack = LanguageFixtures.stack(stepNS: 20_000, perSequenceNS: 300, overlaps: overlaps)
      let heard = try Self.run(
        [LanguageFixtures.tenant([(1_000, 40, 6)], stack: stack)], policy,
        testbed: Self.costly(), options: options)
      let record = try #require(heard.explanations.first?.record)
      let latency = record.completionNS - record.arrivalNS
      #expect(latency > own + 3_000 + 20_000)
      #expect(heard.parts(of: 0) == [[.own: own, .host: latency - own]], "\(overlaps)")
      #expect(heard.explanations[0].batch == 1 && heard.explanations[0].begunNS == 1_000)
    }
  }

  @Test(
    "a request waits for a place among its replica's",
    arguments: ["exclusive", "time-only", "space-only"], [false, true])
  func place(policy: String, isRoom: Bool) throws {
    // For a place in the batch, or for blocks of keys and values.
    var settings = LanguageFixtures.settings(blocks: isRoom ? 4 : 100)
    if !isRoom { settings.maxSequences = 1 }
    let (first, second) = (try Self.aloneNS(40, 6), try Self.aloneNS(33, 4))
    let tenant = LanguageFixtures.tenant([(1_000, 40, 6), (6_000, 33, 4)], settings)
    let heard = try Self.run([tenant], policy)
    #expect(
      heard.parts(of: 0) == [[.own: first], [.queue: first - 5_000, .own: second]])
    #expect(heard.explanations.map(\.begunNS) == [1_000, 1_000 + first])
  }

  @Test("requests of one iteration have all of it in common")
  func batch() throws {
    let tenant = LanguageFixtures.tenant([(1_000, 40, 6), (1_000, 20, 6)])
    let heard = try Self.run([tenant])
    let latency = heard.explanations[0].record.completionNS - 1_000
    // The two arrive at one instant, the second behind the iteration that the first began.
    let alone = try Self.aloneNS(40, 1)
    #expect(latency > (try Self.aloneNS(40, 6)))
    #expect(heard.parts(of: 0).contains([.own: latency]))
    #expect(heard.parts(of: 0).contains { $0[.queue] == alone }, "\(heard.parts(of: 0))")
    #expect(heard.explanations.allSatisfy { $0.batch == 2 })
  }

  @Test("what waits while prompts of others run is in the queue")
  func otherPrompts() throws {
    var settings = ServingSettings()
    settings.scheduler = .prefillFirst
    let prompt = try Self.aloneNS(64, 1)
    let tenant = LanguageFixtures.tenant([(0, 40, 3), (10, 64, 1)], settings)
    let heard = try Self.run([tenant])
    let first = try #require(heard.explanations.first { $0.record.number == 0 })
    #expect(first.parts[.queue] == prompt)
    #expect(first.parts[.own] == (try Self.aloneNS(40, 3)))
  }

  @Test("tokens that are computed again are redone", arguments: [false, true])
  func redone(swaps: Bool) throws {
    var settings = LanguageFixtures.settings(blocks: 7, contextMiB: 0)
    settings.preemption = swaps ? .swap : .recompute
    var testbed = Testbed(name: "copies")
    testbed.pcieGBPerS = 4
    let tenant = LanguageFixtures.tenant([(0, 40, 30), (1, 40, 30)], settings)
    let heard = try Self.run([tenant], testbed: testbed)
    let back = heard.explanations.filter { $0.record.tokens?.preemptions ?? 0 > 0 }
    #expect(back.count == 1)
    for one in heard.explanations {
      let wasAway = one.record.tokens?.preemptions ?? 0 > 0
      #expect((one.parts[.redone] > 0) == (wasAway && !swaps), "\(one)")
    }
    #expect(back.allSatisfy { $0.parts[.queue] > 0 })
  }

  @Test("beside others: each is in the other's way, and what it lost has its reason")
  func beside() throws {
    // Four waves of blocks that fill the SMs.
    let full = Fixtures.kernel("k", duration: 400_000, blocks: 256, flop: 1_000, bytes: 0)
    let tenants = [
      LanguageFixtures.tenant([(10_000, 40, 2)]),
      Fixtures.tenant("cnn", Fixtures.table("c", [full]), .trace([0])),
    ]
    let heard = try Self.run(tenants)
    let own = try Self.aloneNS(40, 2)
    let chat = try #require(heard.parts(of: 0).first)
    #expect(chat[.own] == own)
    #expect((chat[.order] ?? 0) + (chat[.smsFull] ?? 0) > 100_000, "\(chat)")
    #expect(Set(chat.keys).isSubset(of: [.own, .order, .smsFull, .smSharing, .dram]), "\(chat)")
    let explanation = try #require(heard.explanations.first { $0.record.tenant == 0 })
    #expect(explanation.inTheWay[1] > 100_000 && explanation.inTheWay[0] == 0)
  }

  @Test("contexts that take turns: a model waits for slices and switches")
  func slices() throws {
    var testbed = Testbed(name: "slices")
    testbed.timeSlice = 10_000
    testbed.switchBusy = 7_000
    testbed.switchIdle = 3_000
    let long = Fixtures.kernel("k", duration: 200_000, blocks: 8, flop: 1_000, bytes: 0)
    let tenants = [
      LanguageFixtures.tenant([(0, 40, 2)]),
      Fixtures.tenant("cnn", Fixtures.table("c", [long]), .trace([0])),
    ]
    let heard = try Self.run(tenants, "time-only", testbed: testbed)
    for t in 0..<2 {
      let parts = try #require(heard.parts(of: t).first)
      #expect(parts[.own] == (t == 0 ? try Self.aloneNS(40, 2) : 200_000))
      #expect(parts[.slice] ?? 0 > 0 && parts[.switching] ?? 0 > 0, "\(parts)")
    }
    let chat = try #require(heard.explanations.first { $0.record.tenant == 0 })
    #expect(chat.inTheWay[0] == 0 && chat.inTheWay[1] == Double(chat.parts[.slice]))
  }

  @Test("a capped model waits for the SMs that it may not use", arguments: ["space-only", "mig"])
  func part(policy: String) throws {
    var options = PolicyOptions()
    if policy == "mig" {
      options.set("profile", .word("3g.8gb"))
    } else {
      options.set("active_thread_percentage", .number(50))
    }
    let heard = try Self.run([LanguageFixtures.tenant([(0, 2_000, 2)])], policy, options: options)
    let parts = try #require(heard.parts(of: 0).first)
    #expect(parts[.own] == (try Self.aloneNS(2_000, 2)), "\(parts)")
    #expect(parts[.slice] ?? 0 > 0 && parts.count == 2, "\(parts)")
  }

  @Test("where one batch at a time has the GPU, an iteration waits for others'")
  func turns() throws {
    let long = Fixtures.kernel("k", duration: 300_000, blocks: 8, flop: 1_000, bytes: 0)
    let tenants = [
      LanguageFixtures.tenant([(10_000, 40, 1)]),
      Fixtures.tenant("cnn", Fixtures.table("c", [long], batches: [1, 2]), .trace([0])),
    ]
    var options = PolicyOptions()
    options.set("max_delay_ms", .number(0))
    options.set("max_batch", .number(2))
    let heard = try Self.run(tenants, "batched", options: options)
    #expect(heard.parts(of: 0) == [[.queue: 290_000, .own: try Self.aloneNS(40, 1)]])
  }

  @Test("a request that comes between an iteration's end and its tokens waits for them")
  func untold() throws {
    var options = PolicyOptions()
    options.set("max_delay_ms", .number(0))
    func ends(_ requests: [(Int64, Int, Int)]) throws -> [Int64] {
      try Self.run(
        [LanguageFixtures.tenant(requests)], "batched", testbed: Self.costly(), options: options
      ).explanations.map(\.record.completionNS)
    }
    let alone = try ends([(0, 40, 1)])[0]
    #expect(try ends([(0, 40, 1), (alone - 1_500, 40, 1)]) == [alone, 2 * alone])
  }

  @Test("prefills and decodes side by side have their SMs from each other")
  func sides() throws {
    var options = PolicyOptions()
    options.set("split", .word("fixed"))
    let tenant = LanguageFixtures.tenant([(0, 40, 60), (400_000, 3_000, 1)])
    let heard = try Self.run([tenant], "pd-multiplex", options: options)
    for one in heard.explanations {
      #expect(one.parts[.slice] > 0 && one.parts[.queue] == 0, "\(one)")
      // A launch that runs keeps the SMs that it had.
      let reasons = WaitReason.allCases.filter { one.parts[$0] > 0 }
      #expect(Set(reasons).isSubset(of: [.own, .slice, .dram, .smsFull]), "\(one)")
      #expect(one.inTheWay[0] > 0 || one.parts[.smsFull] + one.parts[.dram] == 0, "\(one)")
    }
  }
}
