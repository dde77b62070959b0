import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import TestSupport
import Testing

@testable import Simulation

/// Where requests' time goes: every nanosecond has one reason, and following it changes nothing.
@Suite("Wait reasons on random mixes")
struct WaitReasonTests {
  /// Mixes in which everything happens: copies, caps, priorities, ties, closed loops, warm-up.
  static func mix(_ seed: UInt64) -> Experiment {
    var random = SeededGenerator(seed: seed, stream: "wait-reasons")
    var testbed = random.nextBelow(4) == 0 ? Testbed(name: "ideal") : Fixtures.costly
    if random.nextBelow(2) == 0 { testbed.coRunnerSlowdown = 0.09 }
    if random.nextBelow(3) == 0 { testbed.launchLock = 0 }
    if random.nextBelow(2) == 0 {
      testbed.pcieGBPerS = 4
      testbed.copyLatency = 700
    }
    var experiment = mixedExperiment(seed: seed, testbed: testbed)
    if random.nextBelow(2) == 0 {
      experiment.durationNS = Int64(3_000_000 + random.nextBelow(9_000_000))
    }
    if random.nextBelow(3) == 0 { experiment.warmupNS = Int64(random.nextBelow(2_000_000)) }
    for t in experiment.tenants.indices {
      experiment.tenants[t].priority = random.nextBelow(2)
      experiment.tenants[t].table.inputBytes = Int64(random.nextBelow(60_000))
      experiment.tenants[t].table.outputBytes = Int64(random.nextBelow(3) * 9_000)
      guard case .trace(let times) = experiment.tenants[t].arrivals else { continue }
      let factor = Int64(1 + random.nextBelow(4))
      let grid = [1, 50_000, 400_000][random.nextBelow(3)]
      experiment.tenants[t].arrivals = .trace(
        times.prefix(SharedFiles.isDeepRun ? 30 : 8).map { $0 * factor / Int64(grid) * Int64(grid) }
      )
      if experiment.durationNS != nil, random.nextBelow(3) == 0 {
        experiment.tenants[t].arrivals = .closedLoop(clients: 2, thinkNS: 50_000)
      }
    }
    return experiment
  }

  private static func options(_ policy: String, _ random: inout SeededGenerator) -> PolicyOptions {
    var options = PolicyOptions()
    if policy == "space-time" {
      options.set("gate", .word(["always", "where-it-pays"][random.nextBelow(2)]))
      options.set("variable_size", .flag(random.nextBelow(2) == 0))
    }
    if policy == "tally" {
      // Launches that are stopped; those in slices are the others'.
      options.set("workers", .flag(true))
      options.set("idle_ms", .number(0))
    }
    guard policy == "space-only" else { return options }
    switch random.nextBelow(4) {
    case 0: options.set("mechanism", .word("streams"))
    case 1: options.set("active_thread_percentage", .number(Double(25 + random.nextBelow(75))))
    case 2: options.set("hardware_queues", .number(Double(1 + random.nextBelow(3))))
    default: break
    }
    return options
  }

  /// What a run without following it tells, to compare.
  private static func plain(
    _ experiment: Experiment, _ programs: ProgramSet, _ choice: PolicyChoice
  ) throws -> (totals: RunTotals, keeper: RecordKeeper) {
    let (totals, observer) = try Simulation.run(
      experiment, programs, choice, seed: 1, observer: RecordKeeper())
    return (totals, observer as? RecordKeeper ?? RecordKeeper())
  }

  private static func key(_ record: RequestRecord) -> [Int64] {
    [
      Int64(record.tenant), Int64(record.replica), record.arrivalNS, record.firstLaunchNS,
      record.completionNS,
    ]
  }

  @Test(
    "parts add up to the nanosecond under every policy, and following changes nothing",
    arguments: 1...(SharedFiles.isDeepRun ? 2_000 : 24) as ClosedRange<UInt64>)
  func partsAddUp(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed, stream: "wait-options")
    var experiment = Self.mix(seed)
    experiment.policies = PolicyCatalog.builtIn.names.map {
      PolicyChoice(name: $0, options: Self.options($0, &random))
    }
    let programs = try Simulation.prepare(experiment)
    var ran = 0
    for (p, choice) in experiment.policies.enumerated() {
      // Each seed half of them, the other half the next: the long form runs all.
      if !SharedFiles.isDeepRun, p % 2 != Int(seed % 2) { continue }
      guard let plain = try? Self.plain(experiment, programs, choice) else { continue }
      let following = RunFollowing(
        splits: true, blames: seed % 2 == 0, tracer: seed % 3 == 0 ? CountingTracer() : nil)
      let (totals, observer) = try Simulation.run(
        experiment, programs, choice, seed: 1, observer: ReasonKeeper(), following: following)
      let heard = observer as? ReasonKeeper ?? ReasonKeeper()
      let place = "seed \(seed), \(choice.name)"
      #expect(totals == plain.totals, "\(place)")
      #expect(heard.keeper.records.map(Self.key) == plain.keeper.records.map(Self.key), "\(place)")
      #expect(
        heard.explanations.map { Self.key($0.record) } == plain.keeper.records.map(Self.key),
        "\(place)")
      for explanation in heard.explanations {
        let (record, parts) = (explanation.record, explanation.parts)
        let isWhole = parts.sum == record.completionNS - record.arrivalNS
        let isPositive = WaitReason.allCases.allSatisfy { parts[$0] >= 0 }
        guard isWhole, isPositive, parts[.own] > 0 else {
          Issue.record("\(place): \(record) has \(parts)")
          return
        }
      }
      ran += 1
    }
    // Policies that cannot lay tenants out refuse; the others are what this is about.
    #expect(ran >= (SharedFiles.isDeepRun ? 17 : 8), "seed \(seed): only \(ran) policies ran")
  }

  /// What a tracer hears is what the run counts, for whole runs that are drained.
  @Test(
    "every launch, request, super-kernel and switch is traced once",
    arguments: 1...12 as ClosedRange<UInt64>)
  func traces(seed: UInt64) throws {
    var experiment = mixedExperiment(
      seed: seed, testbed: seed % 2 == 0 ? Fixtures.costly : Testbed(name: "ideal"))
    experiment.policies = PolicyCatalog.builtIn.names.map {
      let isFusing = $0 == "space-time"
      return PolicyChoice(
        name: $0,
        options: PolicyOptions(isFusing ? ["gate": .word("always"), "max_batch": .number(1)] : [:]))
    }
    let programs = try Simulation.prepare(experiment)
    var kinds = (launches: 0, killed: 0, superKernels: 0, switches: 0)
    for choice in experiment.policies {
      let tracer = CountingTracer()
      guard
        let (totals, _) = try? Simulation.run(
          experiment, programs, choice, seed: 1, observer: ReasonKeeper(),
          following: RunFollowing(splits: true, tracer: tracer))
      else { continue }
      let place = "seed \(seed), \(choice.name)"
      #expect(tracer.faults == [], "\(place)")
      // A persistent grid is one launch, of whose parts each is traced.
      if choice.name != "atos" {
        #expect(tracer.launches + tracer.superKernels == totals.deviceLaunches, "\(place)")
      }
      #expect(tracer.superKernels == totals.superKernels, "\(place)")
      #expect(tracer.killed == totals.killedLaunches, "\(place)")
      #expect(tracer.requests == totals.completed.reduce(0, +), "\(place)")
      // The first context to have the GPU is given it without a switch.
      #expect(max(0, tracer.switches - 1) == totals.contextSwitches, "\(place)")
      kinds.launches += tracer.launches
      kinds.killed += tracer.killed
      kinds.superKernels += tracer.superKernels
      kinds.switches += tracer.switches
    }
    let fuses = experiment.tenants.contains { $0.replicas > 1 }
    #expect(kinds.launches > 1_000 && kinds.switches > 1, "\(kinds)")
    #expect(kinds.superKernels > 0 || !fuses, "\(kinds)")
  }
}

/// Counts what it hears.
final class CountingTracer: RunTracer {
  var launches = 0
  var killed = 0
  var superKernels = 0
  var requests = 0
  var switches = 0
  var members = 0
  var iterations = 0
  var faults: [String] = []

  func trace(_ event: RunEvent) {
    switch event {
    case .launch(let launch):
      if launch.endNS < launch.startNS { faults.append("\(launch)") }
      if launch.isKilled { killed += 1 } else if launch.superKernel == nil { launches += 1 }
      if !launch.isKilled, launch.superKernel != nil { members += 1 }
    case .superKernel: superKernels += 1
    case .request: requests += 1
    case .switched: switches += 1
    case .iteration(let one):
      iterations += 1
      if one.parts.sum != one.endNS - one.startNS { faults.append("\(one)") }
      if one.prefillTokens + one.decodeTokens < one.requests { faults.append("\(one)") }
    case .work(_, _, let start, let end, _, let parts):
      if parts.sum != end - start { faults.append("work of \(end - start) has \(parts)") }
    default: break
    }
  }
}
