import Policies
import RunSupport
import Scheduling
import Testing

@testable import Simulation

/// Rules of published schedulers, each cut down to what it asks of the protocol: that they can be
/// written at all, and that the engine does what they say.
@Suite("What policies may decide")
struct ProtocolTests {
  /// Runs a policy that no catalogue knows.
  private func run(
    _ experiment: Experiment, _ policy: any SharingPolicy
  ) throws -> (totals: RunTotals, records: [RequestRecord], drops: Int) {
    let programs = try ProgramSet(experiment, largestBatch: policy.largestBatch, smCaps: [])
    let flow = try RequestFlow(experiment, seed: 1)
    var run = SharedRun(experiment, programs, policy, flow: flow, observer: RecordKeeper())
    let totals = try run.run()
    let keeper = run.observer as? RecordKeeper ?? RecordKeeper()
    return (totals, keeper.records, keeper.drops)
  }

  private func latencies(_ records: [RequestRecord], tenant: Int) -> [Int64] {
    records.filter { $0.tenant == tenant }.map { $0.completionNS - $0.arrivalNS }
  }

  /// A patient tenant with one long launch of many waves, and one that asks now and then.
  private func pair(waves: Int = 10, patient: [Int64] = [0]) -> Experiment {
    let long = Fixtures.kernel(
      "long", duration: Int64(waves) * 100_000, blocks: 64 * waves,
      // All that the SMs can do in that time: blocks alone are as much faster.
      flop: Int64(waves) * 102_400_000)
    let short = Fixtures.kernel("short", duration: 20_000, blocks: 64, flop: 10_000_000)
    return Fixtures.experiment([
      Fixtures.tenant("patient", Fixtures.table("long", [long]), .trace(patient)),
      Fixtures.tenant(
        "urgent", Fixtures.table("short", [short]),
        .trace((1...20).map { $0 * 41_000 + 13 })),
    ])
  }

  @Test("launches in slices: a slice is what others wait for, and nothing is lost")
  func slices() throws {
    let experiment = pair()
    let whole = try run(experiment, Sliced(blocks: nil))
    let sliced = try run(experiment, Sliced(blocks: 64))
    let (long, short) = (Int64(10 * 100_000), Int64(20_000))
    // Of higher priority as it is, an urgent launch waits for the blocks that are on the SMs.
    #expect(whole.totals.flop == sliced.totals.flop)
    #expect(whole.totals.completed == [1, 20] && sliced.totals.completed == [1, 20])
    #expect(latencies(sliced.records, tenant: 1).allSatisfy { $0 <= 100_000 + short })
    let ends = latencies(sliced.records, tenant: 0)
    #expect(ends.allSatisfy { $0 >= long && $0 <= long + 20 * short })
    // Alone, slices of whole waves take as long as the launch.
    var alone = experiment
    alone.tenants.removeLast()
    #expect(try latencies(run(alone, Sliced(blocks: 64)).records, tenant: 0) == [long])
    #expect(try latencies(run(alone, Sliced(blocks: nil)).records, tenant: 0) == [long])
    // Slices of four blocks leave half of the eight SMs idle.
    #expect(try latencies(run(alone, Sliced(blocks: 4)).records, tenant: 0) == [2 * long])
  }

  @Test("blocks killed and run again: the urgent wait for nothing, the others start anew")
  func killing() throws {
    var experiment = pair(waves: 1)
    experiment.tenants[1].arrivals = .trace([30_000, 70_000, 300_000])
    let result = try run(experiment, Killing())
    #expect(latencies(result.records, tenant: 1) == [20_000, 20_000, 20_000])
    // Killed at 30 and 70 us, ready again at 50 and 90 us, then undisturbed for its 100 us.
    #expect(latencies(result.records, tenant: 0) == [190_000])
    #expect(result.totals.completed == [1, 3])
    // What was killed did no useful work.
    #expect(result.totals.flop == [102_400_000, 30_000_000])
  }

  @Test("rejection: what is served meets its objective, and the rest is told at once")
  func rejection() throws {
    let kernel = Fixtures.kernel("k", duration: 100_000, blocks: 64)
    let experiment = Fixtures.experiment([
      Fixtures.tenant(
        "a", Fixtures.table("m", [kernel]), sloNS: 250_000,
        .trace((0..<50).map { Int64($0) * 30_000 }))
    ])
    let result = try run(experiment, Rejecting())
    #expect(result.totals.arrived == [50])
    #expect(result.totals.completed[0] + result.totals.dropped[0] == 50)
    #expect(result.drops == result.totals.dropped[0])
    // Arrivals for 1.5 ms at 100 us each: the server is never idle.
    #expect((15...18).contains(result.totals.completed[0]))
    #expect(latencies(result.records, tenant: 0).allSatisfy { $0 <= 250_000 })
  }

  @Test("partitions that move while requests are served")
  func partitions() throws {
    // 64 blocks are eight an SM, each asking for all of it.
    let kernel = Fixtures.kernel("k", duration: 80_000, blocks: 64, flop: 64 * 128 * 10_000)
    let table = Fixtures.table("m", [kernel])
    let experiment = Fixtures.experiment([
      Fixtures.tenant("a", table, .trace([0, 200_000])),
      Fixtures.tenant("b", table, .trace([0, 200_000])),
    ])
    let result = try run(experiment, Partitioned(changeNS: 150_000))
    // Halves at first; then six of the eight SMs, with eleven blocks on some, and two.
    #expect(latencies(result.records, tenant: 0) == [160_000, 110_000])
    #expect(latencies(result.records, tenant: 1) == [160_000, 320_000])
  }

  @Test("gates by priority: the urgent wait for one launch of the patient at most")
  func gating() throws {
    var experiment = pair()
    let step = Fixtures.kernel("step", duration: 30_000, blocks: 64)
    experiment.tenants[0] = Fixtures.tenant(
      "patient", Fixtures.table("steps", Array(repeating: step, count: 30)), .trace([0]))
    let gated = try run(experiment, Gated())
    #expect(gated.totals.completed == [1, 20])
    #expect(latencies(gated.records, tenant: 1).allSatisfy { $0 <= 50_000 })
    let free = try simulate(
      experiment, "space-only", options: options(["mechanism": .word("streams")]))
    let worst = latencies(free.keeper.records, tenant: 1).max() ?? 0
    let gatedWorst = latencies(gated.records, tenant: 1).max() ?? 0
    #expect(gatedWorst <= worst, "\(gatedWorst) against \(worst)")
    #expect(gated.totals.flop == free.totals.flop)
  }

  @Test("an excluded replica takes no request until its time")
  func excluding() throws {
    let kernel = Fixtures.kernel("k", duration: 10_000)
    let experiment = Fixtures.experiment([
      Fixtures.tenant(
        "a", Fixtures.table("m", [kernel]), replicas: 2,
        .trace((0..<40).map { Int64($0) * 10_000 }))
    ])
    let result = try run(experiment, Excluding(untilNS: 205_000))
    #expect(result.totals.completed == [40])
    let second = result.records.filter { $0.replica == 1 }
    #expect(second.allSatisfy { $0.firstLaunchNS >= 205_000 })
  }

  private func options(_ values: KeyValuePairs<String, PolicyOptions.Value>) -> PolicyOptions {
    var options = PolicyOptions()
    for (name, value) in values { options.set(name, value) }
    return options
  }
}

// MARK: - The policies

private func describe(_ name: String) -> PolicyDescriptor {
  PolicyDescriptor(name: name, summary: "a test's", source: "this test")
}

/// Tenant 0's launches go in slices, the others' whole and first.
private struct Sliced: SharingPolicy {
  static let descriptor = describe("sliced")
  var blocks: Int?
  var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }
  var control: PolicyControl { .launches }

  init(_ options: PolicyOptions) {}
  init(blocks: Int?) { self.blocks = blocks }

  mutating func decide(_ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer) {
    let urgent = view.ready.filter { view.replicas[$0].tenant != 0 }
    let isBusy = view.replicas.contains { $0.tenant != 0 && $0.phase == .running }
    for replica in urgent { decisions.append(.launch(replica: replica, priority: 1)) }
    if blocks != nil, isBusy || !urgent.isEmpty { return }
    for replica in view.ready where view.replicas[replica].tenant == 0 {
      decisions.append(.launch(replica: replica, priority: 0, blocks: blocks))
    }
  }
}

/// REEF's rule: an urgent launch ends what runs; what was ended runs again when all is quiet.
private struct Killing: SharingPolicy {
  static let descriptor = describe("killing")
  var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }
  var control: PolicyControl { .launches }

  init(_ options: PolicyOptions = PolicyOptions()) {}

  mutating func decide(_ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer) {
    let urgent = view.ready.filter { view.replicas[$0].tenant != 0 }
    for replica in view.replicas.indices
    where !urgent.isEmpty && view.replicas[replica].tenant == 0
      && view.replicas[replica].phase == .running
    {
      decisions.append(.kill(replica: replica))
    }
    for replica in urgent { decisions.append(.launch(replica: replica, priority: 1)) }
    let isBusy = view.replicas.contains { $0.tenant != 0 && $0.phase == .running }
    if isBusy || !urgent.isEmpty { return }
    for replica in view.ready {
      decisions.append(.launch(replica: replica, priority: 0))
    }
  }
}

/// Clockwork's rule: one request at a time, and what cannot be done in time is not begun.
private struct Rejecting: SharingPolicy {
  static let descriptor = describe("rejecting")
  var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }
  var control: PolicyControl { .requests }

  init(_ options: PolicyOptions = PolicyOptions()) {}

  mutating func decide(_ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer) {
    let tenant = view.tenants[0]
    guard tenant.waiting > 0 else { return }
    let solo = view.programs[tenant.program(batch: 1) ?? 0].soloNS
    if tenant.oldestArrivalNS + tenant.sloNS < view.now + solo {
      decisions.append(.reject(tenant: 0))
    } else if view.replicas[0].phase == .idle {
      decisions.append(.start(tenant: 0, replica: 0, count: 1))
    }
  }
}

/// Two partitions, moved once.
private struct Partitioned: SharingPolicy {
  static let descriptor = describe("partitioned")
  var changeNS: Int64
  private var state = 0
  var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }
  var control: PolicyControl { .launches }

  init(_ options: PolicyOptions) { changeNS = 0 }
  init(changeNS: Int64) { self.changeNS = changeNS }

  mutating func decide(_ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer) {
    if state == 0 {
      decisions.append(.setSMs(replica: 0, 0..<4))
      decisions.append(.setSMs(replica: 1, 4..<8))
      decisions.append(.wake(atNS: changeNS))
      state = 1
    } else if state == 1, view.now >= changeNS {
      decisions.append(.setSMs(replica: 0, 0..<6))
      decisions.append(.setSMs(replica: 1, 6..<8))
      state = 2
    }
    for replica in view.ready {
      decisions.append(.launch(replica: replica, priority: 0))
    }
  }
}

/// Orion's rule at its simplest: a patient launch goes only while no urgent replica is at work.
private struct Gated: SharingPolicy {
  static let descriptor = describe("gated")
  var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }
  var control: PolicyControl { .launches }

  init(_ options: PolicyOptions = PolicyOptions()) {}

  mutating func decide(_ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer) {
    let isUrgent = view.replicas.contains { $0.tenant != 0 && $0.phase != .idle }
    for replica in view.ready where view.replicas[replica].tenant != 0 || !isUrgent {
      let priority = view.replicas[replica].tenant
      decisions.append(.launch(replica: replica, priority: priority))
    }
  }
}

/// Excludes the second replica at first.
private struct Excluding: SharingPolicy {
  static let descriptor = describe("excluding")
  var untilNS: Int64
  private var isDone = false
  var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }
  var control: PolicyControl { .launches }

  init(_ options: PolicyOptions) { untilNS = 0 }
  init(untilNS: Int64) { self.untilNS = untilNS }

  mutating func decide(_ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer) {
    if !isDone { decisions.append(.exclude(replica: 1, untilNS: untilNS)) }
    isDone = true
    for replica in view.ready {
      decisions.append(.launch(replica: replica, priority: 0))
    }
  }
}
