import Hardware
import Policies
import RunSupport
import Scheduling
import Testing
import Workloads

@testable import Simulation

/// A gate that always says yes.
private struct OpenGate: SharingPolicy {
  static let descriptor = PolicyDescriptor(name: "open", summary: "a test's", source: "this test")
  var mechanism = SharingMechanism.streams(hardwareQueues: nil)
  var control: PolicyControl = [.launches, .ownThreads]

  init(_ options: PolicyOptions) {}
  init(_ mechanism: SharingMechanism, control: PolicyControl? = nil) {
    self.mechanism = mechanism
    if let control { self.control = control }
  }

  mutating func decide(_ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer) {
    for replica in view.ready {
      let priority = view.tenants[view.replicas[replica].tenant].priority
      decisions.append(.launch(replica: replica, priority: priority))
    }
  }
}

@Suite("Laws of gates before launches")
struct GateLawTests {
  @Test("a gate that always says yes is streams, or MPS", arguments: [1, 2, 3, 4, 5] as [UInt64])
  func openGate(seed: UInt64) throws {
    for testbed in [Testbed(name: "ideal"), Fixtures.costly] {
      let experiment = mixedExperiment(seed: seed, testbed: testbed)
      for word in ["streams", "mps"] {
        let free = try simulate(
          experiment, "space-only", options: PolicyOptions(["mechanism": .word(word)]))
        let mechanism: SharingMechanism =
          word == "mps"
          ? .mps(activeThreadPercentages: [:]) : .streams(hardwareQueues: nil)
        var gated = try run(experiment, OpenGate(mechanism)).totals
        #expect(gated.digest == free.totals.digest, "\(testbed.name) \(word)")
        gated.events = free.totals.events
        #expect(gated == free.totals, "\(testbed.name) \(word)")
      }
    }
    // The scheduler's thread in between is free where the host is.
    let experiment = mixedExperiment(seed: seed, testbed: Testbed(name: "ideal"))
    let free = try simulate(
      experiment, "space-only", options: PolicyOptions(["mechanism": .word("streams")]))
    let sent = try run(
      experiment, OpenGate(.streams(hardwareQueues: nil), control: .launches))
    #expect(sent.totals.digest == free.totals.digest)
  }

  static let policies =
    ["orion", "reef", "xsched", "tally", "paella", "tgs", "prema", "gpreempt"] + FieldLawTests.names

  @Test(
    "with priorities nothing is lost, and a run is its inputs'", arguments: policies,
    [1, 2, 3] as [UInt64])
  func conservation(policy: String, seed: UInt64) throws {
    for testbed in [Testbed(name: "ideal"), Fixtures.costly] {
      let experiment = mixedWithPriorities(seed: seed, testbed: testbed)
      let first = try simulate(experiment, policy)
      #expect(first.totals.completed == experiment.tenants.map { _ in 60 }, "\(testbed.name)")
      let programs = try Simulation.prepare(experiment)
      for t in experiment.tenants.indices {
        let program = programs.programs[programs.byTenant[t][0].program]
        #expect(first.totals.launches[t] == 60 * program.launches.count)
        #expect(first.totals.flop[t].whole == 60 * program.launches.work.flop)
      }
      let second = try simulate(experiment, policy)
      #expect(first.totals == second.totals)
    }
  }

  @Test(
    "every rule and level of xsched serves all", arguments: ["hpf", "kedf", "lax", "up", "cfs"])
  func everyRule(rule: String) throws {
    for level in 1...3 {
      for testbed in [Testbed(name: "ideal"), Fixtures.costly] {
        let experiment = mixedWithPriorities(seed: 7, testbed: testbed)
        let options = PolicyOptions([
          "rule": .word(rule), "level": .number(Double(level)), "slice_ms": .number(0.3),
        ])
        let result = try simulate(experiment, "xsched", options: options)
        #expect(result.totals.completed == experiment.tenants.map { _ in 60 }, "level \(level)")
      }
    }
  }

  /// Best-effort launches of `length` that fill the GPU, and a short critical request now and then.
  private func pair(
    length: Int64, urgent: Int64 = 20_000, urgentBlocks: Int = 64, count: Int = 60
  ) -> Experiment {
    let long = Fixtures.kernel("long", duration: length, blocks: 64, flop: 1_000_000_000)
    let short = Fixtures.kernel("short", duration: urgent, blocks: urgentBlocks)
    var experiment = Fixtures.experiment([
      Fixtures.tenant(
        "patient", Fixtures.table("long", Array(repeating: long, count: count)), .trace([0])),
      Fixtures.tenant(
        "urgent", Fixtures.table("short", [short]),
        .trace((1...7).map { $0 * length * 83 / 10 + 13 })),
    ])
    experiment.tenants[1].priority = 1
    return experiment
  }

  @Test(
    "xsched: the critical wait 8 T, T, or an interrupt", arguments: [50_000, 500_000, 5_000_000])
  func xschedLevels(length: Int) throws {
    let length = Int64(length)
    for (level, bound) in [(1, 8 * length), (2, length), (3, 32_000)] {
      let options = PolicyOptions([
        "level": .number(Double(level)), "in_flight": .number(8), "batch": .number(8),
      ])
      let result = try run(pair(length: length), XSchedPolicy(options))
      let waits = latencies(result.records, tenant: 1).map { $0 - 20_000 }
      #expect(waits.count == 7 && result.totals.completed == [1, 7])
      #expect(waits.allSatisfy { $0 <= bound }, "level \(level): \(waits)")
      if level == 3 { #expect(waits.allSatisfy { $0 == 32_000 }, "\(waits)") }
    }
  }

  @Test("xsched: a suspended queue drains what is in it, the launch that runs, or nothing")
  func xschedDrains() throws {
    let length: Int64 = 100_000
    for (level, most) in [(1, 7), (2, 0), (3, 0)] {
      // A critical request so long that all that may drain does.
      var experiment = pair(length: length, urgent: 50 * length, urgentBlocks: 1)
      experiment.tenants[1].arrivals = .trace([length / 2])
      let options = PolicyOptions([
        "level": .number(Double(level)), "in_flight": .number(8), "batch": .number(8),
      ])
      let drained = Seen(0)
      let spy = PolicySpy(XSchedPolicy(options)) { _, view, decisions in
        // The critical tenant is the run's first.
        guard view.replicas[0].phase == .running else { return }
        for case .launch(1, _, _, _) in decisions { drained.value += 1 }
      }
      let result = try run(experiment, spy)
      #expect(result.totals.completed == [1, 1])
      #expect(drained.value == most, "level \(level)")
      #expect(result.totals.killedLaunches == (level == 3 ? 1 : 0))
    }
  }

  @Test("xsched: shares of up and cfs are kept")
  func xschedShares() throws {
    let step = Fixtures.kernel("k", duration: 100_000, blocks: 64)
    let table = Fixtures.table("m", [step])
    let tenants = ["a", "b"].map {
      Fixtures.tenant($0, table, .closedLoop(clients: 1, thinkNS: 0))
    }
    let experiment = Fixtures.experiment(tenants, durationNS: 1_000_000_000)
    for rule in ["up", "cfs"] {
      let options = PolicyOptions([
        "rule": .word(rule), "share": .numbers(["a": 3, "b": 1]), "level": .number(2),
      ])
      let done = try run(experiment, XSchedPolicy(options)).totals.completed
      #expect(abs(Double(done[0]) / Double(done[0] + done[1]) - 0.75) < 0.015, "\(rule): \(done)")
    }
  }

  @Test("gpreempt: the critical wait for a switch and a slice of 1 us")
  func gpreempt() throws {
    var experiment = pair(length: 10_000_000, count: 5)
    experiment.testbed = Fixtures.costly
    let result = try simulate(experiment, "gpreempt")
    let programs = try Simulation.prepare(experiment)
    let waits = latencies(result.keeper.records, tenant: 1).map { $0 - programs.soloLatencyNS[1] }
    #expect(waits.count == 7)
    #expect(waits.allSatisfy { $0 <= 15_000 + 1_000 }, "\(waits)")
    #expect((waits.max() ?? 0) >= 5_000)
  }

  @Test("prema: who waits has the priority's tokens when its time alone has passed so often")
  func prema() throws {
    let table = Fixtures.table(
      "m", Array(repeating: Fixtures.kernel("k", duration: 50_000, blocks: 64), count: 4))
    var experiment = Fixtures.experiment(
      [
        Fixtures.tenant("low", table, .trace([0])),
        Fixtures.tenant("high", table, replicas: 2, .closedLoop(clients: 1, thinkNS: 0)),
      ], durationNS: 4_000_000)
    experiment.tenants[1].priority = 1
    let result = try run(experiment, PREMAPolicy(PolicyOptions()))
    // (3 − 1) × 200 us / 1: then it is a candidate, and of equal lengths the first to arrive.
    let low = result.records.filter { $0.tenant == 0 }
    #expect(low.map(\.firstLaunchNS) == [400_000])
    // One priority, nobody idle before: the shortest job first.
    let lengths: [Int64] = [300_000, 100_000, 200_000]
    let jobs = Fixtures.experiment(
      lengths.enumerated().map { i, length in
        Fixtures.tenant(
          "t\(i)",
          Fixtures.table("m\(i)", [Fixtures.kernel("k\(i)", duration: length, blocks: 64)]),
          .trace([0]))
      })
    let order = try run(jobs, PREMAPolicy(PolicyOptions())).records.map(\.tenant)
    #expect(order == [1, 2, 0])
  }
}
