import Device
import Hardware
import LanguageModels
import Policies
import RunSupport
import Scheduling
import SimBasics
import Tables
import Testing
import Workloads

@testable import Simulation

/// The laws of language models as tenants (`llm.md`, §6) that need no oracle.
@Suite("Laws of serving")
struct ServingLawTests {
  private static func costly(_ random: inout SeededGenerator) -> Testbed {
    var testbed = Testbed(name: "costly")
    testbed.launchCPU = Int64(random.nextBelow(3_000))
    testbed.launchGap = Int64(random.nextBelow(2_000))
    testbed.completionSync = Int64(random.nextBelow(9_000))
    return testbed
  }

  // Law 1.
  @Test("Followed or skipped, an undisturbed iteration is the sum of its launches and gaps",
    arguments: UInt64(0)..<30)
  func undisturbed(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed, stream: "undisturbed")
    let testbed = Self.costly(&random)
    let stack = LanguageFixtures.stack(
      stepNS: 20_000, perSequenceNS: 100, overlaps: seed % 2 == 0, graphs: seed % 3 == 0 ? 8 : 0)
    var time: Int64 = 0
    let requests = (0..<6).map { _ in
      time += Int64(random.nextBelow(900_000))
      return (at: time, input: 1 + random.nextBelow(200), output: 1 + random.nextBelow(9))
    }
    let experiment = Fixtures.experiment(
      [LanguageFixtures.tenant(requests, stack: stack)], policies: ["space-only"],
      testbed: testbed, gpu: LanguageFixtures.gpu(), warmupNS: seed % 4 == 0 ? 700_001 : 0)
    let programs = try Simulation.prepare(experiment)
    var heard: [(totals: RunTotals, records: [[Int64]])] = []
    for solo in [true, false] {
      for plain in [true, false] {
        let policy = SpaceOnlyPolicy(PolicyOptions())
        var flow = try RequestFlow(experiment, seed: 1)
        let servers = try LanguageServers(experiment, policy.mechanism, programs, &flow)
        var run = SharedRun(
          experiment, programs, policy, flow: flow, servers: servers, observer: RecordKeeper(),
          shortcuts: SharedRun.Shortcuts(soloRequests: solo, plainInstants: plain))
        var totals = try run.run()
        totals.events = 0
        let keeper = run.observer as? RecordKeeper ?? RecordKeeper()
        let records: [[Int64]] = keeper.records.map { record in
          let first = record.tokens?.firstNS ?? 0
          return [Int64(record.number), record.firstLaunchNS, first, record.completionNS]
        }
        heard.append((totals: totals, records: records))
      }
    }
    for other in heard.dropFirst() {
      #expect(other.records == heard[0].records, "seed \(seed)")
      #expect(other.totals == heard[0].totals, "seed \(seed)")
    }
    // On a GPU of its own nothing is followed at all.
    let alone = try simulate(experiment, "exclusive")
    #expect(
      alone.keeper.records.map { $0.completionNS } == heard[0].records.map { $0[3] },
      "seed \(seed)")
    var totals = alone.totals
    totals.events = 0
    #expect(totals == heard[0].totals, "seed \(seed)")
  }

  // Law 4.
  @Test("One request alone: its chunks, then a step for each further token",
    arguments: [(1, 1), (40, 1), (100, 7), (257, 3)])
  func oneRequest(input: Int, output: Int) throws {
    var random = SeededGenerator(seed: UInt64(input))
    let testbed = Self.costly(&random)
    var settings = ServingSettings()
    settings.maxTokens = 64
    let stack = LanguageFixtures.stack(stepNS: 30_000, perSequenceNS: 700)
    let gpu = LanguageFixtures.gpu()
    let tenant = LanguageFixtures.tenant([(1_000, input, output)], settings, stack: stack)
    let run = try simulate(
      Fixtures.experiment([tenant], policies: ["space-only"], testbed: testbed, gpu: gpu),
      "space-only")
    let costs = try #require(tenant.language).costs(on: gpu)
    /// Host and launches of an iteration of the one sequence, and the way to the host.
    func step(_ tokens: Int, after context: Int, samples: Bool) -> Int64 {
      let batch = IterationBatch(
        sequences: [BatchSequence(newTokens: tokens, contextTokens: context, samples: samples)])
      let durations: [Int64] = costs.iteration(batch).segments.flatMap { segment in
        (0..<segment.repeats).flatMap { _ in segment.launches.map { $0.durationNS } }
      }
      // Each launch waits for the one before and the gap, and for the host.
      var time: Int64 = 0
      for (i, duration) in durations.enumerated() {
        let sent = stack.stepCPUNS + stack.stepCPUPerSequenceNS
          + Int64(i + 1) * testbed.launchCPU
        time = max(sent, i == 0 ? 0 : time + testbed.launchGap) + duration
      }
      return time + testbed.completionSync
    }
    var (time, done) = (Int64(1_000), 0)
    while done < input {
      let tokens = min(64, input - done)
      time += step(tokens, after: done, samples: done + tokens == input)
      done += tokens
    }
    let record = try #require(run.keeper.records.first)
    #expect(record.tokens?.firstNS == time)
    for i in 1..<max(output, 1) { time += step(1, after: input + i - 1, samples: true) }
    #expect(record.completionNS == time && record.tokens?.lastNS == time)
  }

  // Law 5.
  @Test("A static batch of equal requests is its prompts and then its steps")
  func staticBatch() throws {
    var settings = ServingSettings()
    settings.scheduler = .fixed
    settings.maxSequences = 3
    let (input, output, count) = (50, 6, 7)
    let gpu = LanguageFixtures.gpu()
    let tenant = LanguageFixtures.tenant(
      (0..<count).map { _ in (at: Int64(0), input: input, output: output) }, settings)
    let run = try simulate(
      Fixtures.experiment([tenant], policies: ["space-only"], gpu: gpu), "space-only")
    let costs = try #require(tenant.language).costs(on: gpu)
    func iteration(_ size: Int, _ tokens: Int, after context: Int) -> Int64 {
      costs.iteration(
        IterationBatch(
          sequences: Array(
            repeating: BatchSequence(newTokens: tokens, contextTokens: context, samples: true),
            count: size))
      ).durationNS
    }
    // The first arrives alone at its instant: batches of 1, 3 and 3.
    var (time, ends) = (Int64(0), [Int64]())
    for size in [1, 3, 3] {
      time += iteration(size, input, after: 0)
      for step in 1..<output { time += iteration(size, 1, after: input + step - 1) }
      ends += Array(repeating: time, count: size)
    }
    #expect(run.keeper.records.map(\.completionNS) == ends)
    #expect(run.totals.serving[0].paddingTokens == 0)
    #expect(run.totals.serving[0].outputTokens == count * output)
  }

  // Law 6.
  @Test("More SMs, more bandwidth or a shorter prompt never make a lone request slower")
  func monotone() throws {
    func latency(sms: Int, dram: Double, input: Int) throws -> Int64 {
      var gpu = LanguageFixtures.gpu(sms: sms)
      gpu.dramGBPerS = dram
      let tenant = LanguageFixtures.tenant([(0, input, 5)], gpu: gpu)
      let run = try simulate(
        Fixtures.experiment([tenant], policies: ["space-only"], gpu: gpu), "space-only")
      return try #require(run.keeper.records.first).completionNS
    }
    for input in [3, 64, 700, 2_500] {
      for sms in [4, 8, 16, 32] {
        for dram in [200.0, 800, 3_200] {
          let base = try latency(sms: sms, dram: dram, input: input)
          #expect(try latency(sms: sms * 2, dram: dram, input: input) <= base)
          #expect(try latency(sms: sms, dram: dram * 2, input: input) <= base)
          #expect(try latency(sms: sms, dram: dram, input: input / 2 + 1) <= base)
        }
      }
    }
  }

  // Law 7, of what the run makes of it.
  @Test("An iteration takes at least its bytes over the DRAM's rate, and its operations over the peak")
  func bounds() throws {
    let gpu = LanguageFixtures.gpu()
    let tenant = LanguageFixtures.tenant([(0, 900, 40), (10, 30, 90), (20, 300, 1)])
    let run = try simulate(
      Fixtures.experiment([tenant], policies: ["space-only"], gpu: gpu), "space-only")
    let span = Double(run.totals.endNS)
    #expect(Double(run.totals.dramBytes[0]) <= span * gpu.dramGBPerS)
    let peak = gpu.smRate(.bf16Tensor) * Double(gpu.smCount)
    #expect(run.totals.flop[0].value <= span * peak)
  }

  // Laws 2 and 3, through whole runs under every way of sharing.
  @Test("Tokens and blocks add up beside others, whatever is shared",
    arguments: [
      "exclusive", "space-only", "time-only", "batched", "mig", "orion", "xsched", "paella", "prema",
      "reef", "tally", "tgs", "gpreempt",
    ])
  func conserved(policy: String) throws {
    let gpu = LanguageFixtures.gpu()
    // Each takes a tenth of the memory; the first has few blocks.
    var small = LanguageFixtures.settings(blocks: 20, gpu: gpu)
    small.maxSequences = 5
    var large = ServingSettings()
    large.memoryFraction = 0.1
    func requests(_ seed: UInt64) -> [(at: Int64, input: Int, output: Int)] {
      var random = SeededGenerator(seed: seed)
      var time: Int64 = 0
      return (0..<25).map { _ in
        time += Int64(random.nextBelow(400_000))
        return (time, 1 + random.nextBelow(120), 1 + random.nextBelow(20))
      }
    }
    var tenants = [
      LanguageFixtures.tenant(named: "a", requests(1), small, gpu: gpu),
      LanguageFixtures.tenant(named: "b", requests(2), large, gpu: gpu, replicas: policy == "batched" ? 1 : 2),
      Fixtures.tenant(
        "cnn", Fixtures.table("m", [Fixtures.kernel("k", duration: 30_000, blocks: 20)]),
        .trace((0..<40).map { Int64($0) * 150_001 })),
    ]
    tenants[2].priority = 1
    if policy == "mig" { tenants[0].language?.settings.memoryFraction = 0.5 }
    let run = try simulate(
      Fixtures.experiment(tenants, policies: [policy], testbed: Fixtures.costly, gpu: gpu), policy)
    for t in 0..<2 {
      let tokens = try #require(tenants[t].tokens?.recorded?.requests)
      let serving = run.totals.serving[t]
      #expect(run.totals.completed[t] == 25)
      #expect(serving.inputTokens == tokens.reduce(0) { $0 + Int($1.input) })
      #expect(serving.outputTokens == tokens.reduce(0) { $0 + Int($1.output) })
      #expect(
        serving.computedTokens
          == serving.inputTokens + serving.outputTokens - 25 + serving.recomputedTokens)
      #expect(serving.usedBlocks == 0 && serving.mostUsedBlocks <= serving.blocks)
      #expect(serving.blockTime > 0)
    }
    #expect(run.totals.completed[2] == 40)
    for record in run.keeper.records {
      guard let tokens = record.tokens else { continue }
      #expect(record.arrivalNS <= record.firstLaunchNS && record.firstLaunchNS < tokens.firstNS)
      #expect(tokens.firstNS <= tokens.lastNS && tokens.lastNS == record.completionNS)
    }
  }

  @Test("What goes by tables' times refuses language models by name",
    arguments: ["clockwork", "nexus", "triton", "clipper", "space-time", "oracle"])
  func refused(policy: String) throws {
    let tenant = LanguageFixtures.tenant([(0, 10, 2)])
    let experiment = Fixtures.experiment(
      [tenant], policies: [policy], gpu: LanguageFixtures.gpu())
    let error = #expect(throws: InputError.self) { try simulate(experiment, policy) }
    #expect(error?.diagnostics.first?.message.contains("language model of 'chat'") ?? false)
  }

  @Test("A request that can never fit is refused by name, with the sum")
  func neverFits() throws {
    let settings = LanguageFixtures.settings(blocks: 10)
    func message(_ requests: [(at: Int64, input: Int, output: Int)]) -> String? {
      let experiment = Fixtures.experiment(
        [LanguageFixtures.tenant(requests, settings)], policies: ["space-only"],
        gpu: LanguageFixtures.gpu())
      do {
        _ = try simulate(experiment, "space-only")
        return nil
      } catch {
        return (error as? InputError)?.diagnostics.first?.message
      }
    }
    #expect(message([(0, 150, 11)]) == nil)
    #expect(
      message([(0, 1, 1), (0, 150, 12)])
        == "request 2 of 'chat' never fits the KV pool: 150 tokens of prompt + 12 of answer = 162, "
        + "which take 11 blocks of 16, more than its 10")
    #expect(message([(0, 4_090, 7)])?.contains("never fits the context of 'small'") ?? false)
  }

  @Test("A pool of no blocks is refused by name, with the sum")
  func noBlocks() throws {
    var settings = ServingSettings()
    settings.memoryFraction = 0.01
    var gpu = LanguageFixtures.gpu()
    gpu.memoryMiB = 100
    let experiment = Fixtures.experiment(
      [LanguageFixtures.tenant([(0, 10, 2)], settings, gpu: gpu)], policies: ["space-only"],
      gpu: gpu)
    let error = #expect(throws: InputError.self) { try simulate(experiment, "space-only") }
    let message = error?.diagnostics.first?.message ?? ""
    #expect(message.contains("leaves 'chat' no KV block on test: 0.01 × 100 MiB − "), "\(message)")
  }
}
