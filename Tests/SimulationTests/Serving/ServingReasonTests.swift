import Hardware
import LanguageModels
import Policies
import RunSupport
import Scheduling
import SimBasics
import TestSupport
import Testing

@testable import Simulation

/// Where the time of language models' requests goes, and of others beside them: every nanosecond has
/// one reason, and following it changes nothing.
@Suite("Wait reasons on random mixes with language models")
struct ServingReasonTests {
  /// A mix of the oracles', with some of what those leave out: swaps, copies, other schedulers, more
  /// replicas, priorities, an end and a warm-up.
  static func mix(_ seed: UInt64) -> Experiment {
    var random = SeededGenerator(seed: seed, stream: "serving reasons")
    var experiment =
      seed % 3 == 0
      ? MuxServeOracleTests.scene(seed).experiment
      : ServingOracleTests.scene(seed, cnns: Int(seed % 4)).experiment
    if random.nextBelow(3) == 0 {
      experiment.testbed.pcieGBPerS = 4
      experiment.testbed.copyLatency = 700
    }
    if random.nextBelow(3) == 0 { experiment.testbed.launchLock = 600 }
    if random.nextBelow(3) == 0 { experiment.durationNS = 4_000_000 }
    if random.nextBelow(3) == 0 { experiment.warmupNS = Int64(random.nextBelow(1_500_000)) }
    for t in experiment.tenants.indices {
      experiment.tenants[t].priority = random.nextBelow(2)
      experiment.tenants[t].sloNS = 2_000_000
      if random.nextBelow(3) == 0 { experiment.tenants[t].replicas = 2 }
      experiment.tenants[t].language?.tpotNS = 300_000
      if random.nextBelow(3) == 0 { experiment.tenants[t].language?.settings.preemption = .swap }
      if random.nextBelow(4) == 0 { experiment.tenants[t].language?.settings.scheduler = .fixed }
      if experiment.tenants[t].language == nil {
        experiment.tenants[t].table.inputBytes = Int64(random.nextBelow(60_000))
      }
    }
    return experiment
  }

  /// The policies that serve language models, with options that matter to them.
  static func choices(_ seed: UInt64) -> [PolicyChoice] {
    var random = SeededGenerator(seed: seed, stream: "serving options")
    var choices: [PolicyChoice] = []
    for name in PolicyCatalog.builtIn.names {
      var options = PolicyOptions()
      switch name {
      case "muxserve": options = MuxServeOracleTests.scene(seed).options
      case "pd-multiplex":
        if random.nextBelow(2) == 0 {
          options.set("split", .word("fixed"))
          options.set("decode_share", .number(Double(20 + random.nextBelow(60))))
        }
      case "space-only":
        switch random.nextBelow(4) {
        case 0: options.set("mechanism", .word("streams"))
        case 1:
          options.set("active_thread_percentage", .number(Double(40 + random.nextBelow(60))))
        case 2: options.set("hardware_queues", .number(Double(1 + random.nextBelow(3))))
        default: break
        }
      default: break
      }
      choices.append(PolicyChoice(name: name, options: options))
    }
    return choices
  }

  private static func key(_ record: RequestRecord) -> [Int64] {
    [
      Int64(record.tenant), Int64(record.replica), record.arrivalNS, record.firstLaunchNS,
      record.completionNS,
    ]
  }

  /// Compares a run that is followed with one that is not; whether the policy runs the experiment.
  private static func compare(
    _ experiment: Experiment, _ choice: PolicyChoice, seed: UInt64
  ) throws -> Bool {
    var one = experiment
    one.policies = [choice]
    // The schedulers of others have no effect where prefills and decodes run side by side.
    if choice.make().splitsPhases {
      // Each side has a TPC at least.
      if one.gpu.smCount <= one.gpu.smsPerTPC { return false }
      for t in one.tenants.indices {
        one.tenants[t].language?.settings.scheduler = .continuous
      }
    }
    guard let programs = try? Simulation.prepare(one),
      let (plain, quiet) = try? Simulation.run(
        one, programs, choice, seed: 1, observer: RecordKeeper())
    else { return false }
    let place = "seed \(seed), \(choice.name)"
    let tracer = CountingTracer()
    let following = RunFollowing(
      splits: true, blames: seed % 2 == 0, tracer: seed % 3 < 2 ? tracer : nil)
    let (totals, observer) = try Simulation.run(
      one, programs, choice, seed: 1, observer: ReasonKeeper(), following: following)
    let heard = try #require(observer as? ReasonKeeper)
    let records = (quiet as? RecordKeeper ?? RecordKeeper()).records.map(key)
    #expect(totals == plain, "\(place)")
    // What a warm-up or an end leaves may be nothing.
    let isAll = one.durationNS == nil && one.warmupNS == 0
    #expect(heard.keeper.records.map(key) == records && !(isAll && records.isEmpty), "\(place)")
    #expect(heard.explanations.map { key($0.record) } == records, "\(place)")
    for explanation in heard.explanations {
      let (record, parts) = (explanation.record, explanation.parts)
      let isWhole = parts.sum == record.completionNS - record.arrivalNS
      let isPositive = WaitReason.allCases.allSatisfy { parts[$0] >= 0 }
      let isBegun = explanation.begunNS >= record.arrivalNS && explanation.batch > 0
      guard isWhole, isPositive, isBegun, parts[.own] > 0 else {
        Issue.record("\(place): \(record) has \(parts)")
        return true
      }
      // Only who had to leave, or was killed, computes anything twice.
      if record.tokens?.preemptions == 0, totals.killedLaunches == 0 {
        #expect(parts[.redone] == 0, "\(place): \(record)")
      }
    }
    guard following.tracer != nil, isAll else { return true }
    #expect(tracer.faults == [], "\(place)")
    #expect(tracer.iterations == totals.serving.reduce(0) { $0 + $1.iterations }, "\(place)")
    #expect(tracer.requests == totals.completed.reduce(0, +), "\(place)")
    if choice.name != "atos", choice.name != "tally" {
      #expect(tracer.launches + tracer.superKernels == totals.deviceLaunches, "\(place)")
    }
    return true
  }

  @Test(
    "parts add up to the nanosecond under every policy, and following changes nothing",
    arguments: 1...(SharedFiles.isDeepRun ? 1_000 : 18) as ClosedRange<UInt64>)
  func partsAddUp(seed: UInt64) throws {
    let experiment = Self.mix(seed)
    var ran = 0
    for choice in Self.choices(seed) where try Self.compare(experiment, choice, seed: seed) {
      ran += 1
    }
    #expect(ran >= 4, "seed \(seed): only \(ran) policies ran")
  }

  @Test("all policies that serve language models run in some mix")
  func policies() throws {
    var ran: Set<String> = []
    for seed in 1...6 as ClosedRange<UInt64> {
      for choice in Self.choices(seed) where !ran.contains(choice.name) {
        if try Self.compare(Self.mix(seed), choice, seed: seed) { ran.insert(choice.name) }
      }
    }
    let meant = [
      "exclusive", "time-only", "space-only", "batched", "mig", "pd-multiplex", "muxserve",
    ]
    #expect(meant.allSatisfy(ran.contains), "\(ran.sorted())")
  }
}
