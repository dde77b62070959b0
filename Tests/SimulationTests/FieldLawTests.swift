import Hardware
import Policies
import RunSupport
import Scheduling
import Testing
import Workloads

@testable import Simulation

@Suite("Laws of lithos, hummingbird, bless, parvagpu and tally's workers")
struct FieldLawTests {
  static let names = ["lithos", "hummingbird", "bless"]

  /// Patient launches of so many waves, and an urgent request of one launch now and then.
  private func pair(waves: Int, waveNS: Int64, testbed: Testbed? = nil) -> Experiment {
    let length = Int64(waves) * waveNS
    let long = Fixtures.kernel("long", duration: length, blocks: 64 * waves, bytes: 0)
    let short = Fixtures.kernel("short", duration: 20_000, blocks: 64, bytes: 0)
    var experiment = Fixtures.experiment(
      [
        Fixtures.tenant(
          "patient", Fixtures.table("long", [long, long, long]), .trace([0, 4 * length])),
        Fixtures.tenant(
          "urgent", Fixtures.table("short", [short]),
          .trace((1...5).map { length * Int64(2 * $0 - 1) / 3 + 7 * Int64($0) })),
      ], testbed: testbed)
    experiment.tenants[1].priority = 1
    return experiment
  }

  @Test("lithos: an owner waits for an atom at most", arguments: [2, 10, 100], [20_000, 90_000])
  func lithosAtoms(waves: Int, waveNS: Int64) throws {
    let experiment = pair(waves: waves, waveNS: waveNS)
    let result = try simulate(experiment, "lithos")
    let waits = latencies(result.keeper.records, tenant: 1).map { $0 - 20_000 }
    #expect(result.totals.completed == [2, 5] && waits.count == 5)
    #expect(waits.allSatisfy { $0 <= 500_000 }, "\(waits)")
    let small = try simulate(
      experiment, "lithos", options: PolicyOptions(["atom_us": .number(100)]))
    let shorter = latencies(small.keeper.records, tenant: 1).map { $0 - 20_000 }
    #expect(shorter.allSatisfy { $0 <= 100_000 }, "\(shorter)")
    // Without atoms it would wait for the launch.
    if waves * Int(waveNS) > 1_000_000 {
      let whole = try simulate(
        experiment, "lithos", options: PolicyOptions(["atom_us": .number(1e6)]))
      let longer = latencies(whole.keeper.records, tenant: 1).map { $0 - 20_000 }
      #expect(result.totals.deviceLaunches > whole.totals.deviceLaunches)
      #expect(longer.reduce(0, +) >= waits.reduce(0, +))
    }
  }

  @Test("lithos: nobody's TPCs are lent during a request", arguments: [1, 2, 3, 4] as [UInt64])
  func lithosLends(seed: UInt64) throws {
    let faults = Seen([String]())
    let borrowed = Seen(0)
    let spy = PolicySpy(LithOSPolicy(PolicyOptions(["quota": .number(25)]))) {
      _, view, decisions in
      // A quarter of eight SMs each, in the order of the run.
      let own = view.tenants.indices.map { 2 * $0..<2 * $0 + 2 }
      for case .launch(let replica, let priority, _, let sms) in decisions {
        let tenant = view.replicas[replica].tenant
        let used = sms ?? 0..<view.smCount
        for t in view.tenants.indices where t != tenant && own[t].overlaps(used) {
          borrowed.value += 1
          if view.idleSince(of: t) == nil { faults.value.append("at \(view.now) of tenant \(t)") }
          if priority > 0 { faults.value.append("at \(view.now) with priority") }
        }
      }
    }
    var experiment = mixedExperiment(seed: seed, testbed: Fixtures.costly)
    experiment.tenants = experiment.tenants.map {
      var tenant = $0
      // Some without work for a while.
      if case .trace(let times) = tenant.arrivals { tenant.arrivals = .trace(times.map { 3 * $0 }) }
      return tenant
    }
    let result = try run(experiment, spy)
    #expect(result.totals.completed == experiment.tenants.map { _ in 60 })
    #expect(faults.value == [] && borrowed.value > 0)
  }

  @Test("lithos: with a right size a launch keeps to fewer SMs and to the slip")
  func lithosSlips() throws {
    // Nine blocks that ask for little: a TPC, two SMs, holds them all at once.
    let kernel = Fixtures.kernel("k", duration: 100_000, blocks: 9, flop: 1_000, bytes: 0)
    let experiment = Fixtures.experiment([
      Fixtures.tenant("a", Fixtures.table("m", [kernel]), .trace([0]))
    ])
    let used = Seen([Int]())
    for slip in [1, 1.2] {
      let spy = PolicySpy(LithOSPolicy(PolicyOptions(["slip": .number(slip)]))) {
        _, view, decisions in
        for case .launch(_, _, _, let sms) in decisions {
          used.value.append(sms?.count ?? view.smCount)
        }
      }
      let result = try run(experiment, spy)
      #expect(latencies(result.records, tenant: 0)[0] <= Int64(slip * 100_000))
    }
    #expect(used.value == [8, 2])
  }

  @Test(
    "hummingbird: the urgent wait for a piece at most", arguments: [2, 10, 100], [20_000, 45_000])
  func hummingbirdWaits(waves: Int, waveNS: Int64) throws {
    let result = try simulate(pair(waves: waves, waveNS: waveNS), "hummingbird")
    let waits = latencies(result.keeper.records, tenant: 1).map { $0 - 20_000 }
    #expect(result.totals.completed == [2, 5] && waits.count == 5)
    #expect(waits.allSatisfy { $0 <= 50_000 }, "\(waits)")
    #expect((waits.max() ?? 0) > 0)
  }

  @Test(
    "hummingbird: amid a request only what ends before its next launch",
    arguments: [1, 2, 3] as [UInt64])
  func hummingbirdFills(seed: UInt64) throws {
    let faults = Seen([String]())
    let amid = Seen(0)
    let pieces = Seen(0)
    // A host so slow that a request leaves gaps.
    var testbed = Fixtures.costly
    testbed.launchGap = 60_000
    let spy = PolicySpy(HummingbirdPolicy(PolicyOptions())) { _, view, decisions in
      var due = Int64.max
      for replica in view.tenants[0].replicas {
        switch view.replicas[replica].phase {
        case .ready, .running: due = 0
        case .waiting: due = min(due, view.replicas[replica].expectedNS)
        case .idle, .finishing: break
        }
      }
      for case .launch(let replica, _, let blocks, _) in decisions
      where view.replicas[replica].tenant != 0 {
        pieces.value += 1
        if due == 0 { faults.value.append("beside at \(view.now)") }
        if due == .max { continue }
        amid.value += 1
        let launch = view.launch(of: replica)
        let part = Double(blocks ?? launch.blocks) / Double(launch.blocks)
        let end = view.now + Int64(Double(launch.soloNS) * part)
        if end > due { faults.value.append("until \(end), due at \(due)") }
      }
    }
    _ = try run(mixedWithPriorities(seed: seed, testbed: testbed), spy)
    #expect(faults.value == [] && pieces.value > 100 && amid.value > 0, "\(amid.value)")
  }

  @Test("tally's workers: the urgent wait for a round at most, and no block runs twice")
  func workers() throws {
    for waveNS in [20_000, 90_000, 190_000] as [Int64] {
      let experiment = pair(waves: 20, waveNS: waveNS)
      let result = try simulate(
        experiment, "tally", options: PolicyOptions(["workers": .flag(true)]))
      let waits = latencies(result.keeper.records, tenant: 1).map { $0 - 20_000 }
      #expect(waits.count == 5 && waits.allSatisfy { $0 <= waveNS }, "\(waits)")
      #expect(result.totals.completed == [2, 5] && result.totals.killedLaunches == 0)
      #expect(result.totals.integrals.busyTime == 2 * 3 * 20 * waveNS + 5 * 20_000)
      // Nothing is launched anew but what was stopped.
      #expect(result.totals.deviceLaunches <= 2 * 3 + 5 + 5)
    }
  }

  @Test("stopped launches go on where they were", arguments: [1, 2, 3, 4] as [UInt64])
  func stopping(seed: UInt64) throws {
    let stops = Seen(0)
    let spy = PolicySpy(
      TallyPolicy(PolicyOptions(["workers": .flag(true), "idle_ms": .number(0)]))
    ) {
      _, _, decisions in
      for case .stop in decisions { stops.value += 1 }
    }
    for testbed in [Testbed(name: "ideal"), Fixtures.costly] {
      let experiment = mixedWithPriorities(seed: seed, testbed: testbed)
      let result = try run(experiment, spy)
      #expect(result.totals.completed == experiment.tenants.map { _ in 60 })
      let programs = try Simulation.prepare(experiment)
      for t in experiment.tenants.indices {
        let program = programs.programs[programs.byTenant[t][0].program]
        #expect(result.totals.flop[t].whole == 60 * program.launches.work.flop)
      }
      #expect(result.totals.killedLaunches == 0 && result.totals.wastedNS == 0)
    }
    #expect(stops.value > 0)
  }

  @Test("bless: quotas of a third and two thirds are kept to a squad and a switch")
  func blessQuotas() throws {
    let kernels = (0..<40).map { i in
      Fixtures.kernel("k\(i)", duration: Int64(8_000 + 700 * (i % 5)), blocks: 48, bytes: 0)
    }
    let tenants = ["a", "b"].map {
      Fixtures.tenant($0, Fixtures.table("m\($0)", kernels), .trace([0]))
    }
    let experiment = Fixtures.experiment(tenants, gpu: Fixtures.gpu(sms: 12))
    let options = PolicyOptions([
      "quota": .numbers(["a": 100.0 / 3, "b": 200.0 / 3]), "squad": .number(10),
    ])
    let result = try simulate(experiment, "bless", options: options)
    for (t, sms) in [(0, 4), (1, 8)] {
      // Alone on its quota: a cap on the SMs is just that.
      let alone = Fixtures.experiment([tenants[t]], gpu: Fixtures.gpu(sms: 12))
      let isolated = try simulate(
        alone, "mps-partition", options: PolicyOptions(["share": .number(100 * Double(sms) / 12)]))
      let quota = latencies(isolated.keeper.records, tenant: 0)[0]
      let own = latencies(result.keeper.records, tenant: t)[0]
      let squad = 10 * 11_000 * Int64(12 / sms)
      #expect(own <= quota + squad + 20_000, "tenant \(t): \(own) against \(quota)")
    }
  }

  @Test("bless: a request that comes during a squad waits for its end, and only for that")
  func blessSquads() throws {
    let kernel = Fixtures.kernel("k", duration: 10_000, blocks: 64)
    var experiment = Fixtures.experiment([
      Fixtures.tenant("a", Fixtures.table("m", Array(repeating: kernel, count: 50)), .trace([0])),
      Fixtures.tenant("b", Fixtures.table("n", [kernel]), .trace([33_000])),
    ])
    experiment.testbed.launchGap = 0
    let options = PolicyOptions(["squad": .number(10)])
    let result = try simulate(experiment, "bless", options: options)
    let other = try #require(result.keeper.records.first { $0.tenant == 1 })
    #expect(other.firstLaunchNS >= 100_000 && other.firstLaunchNS <= 100_000 + 20_000 + 10_000)
  }

  @Test(
    "parvagpu: loads that a plan covers are served within the SLO",
    arguments: [1, 2, 3] as [UInt64])
  func parvagpuCovers(seed: UInt64) throws {
    let table = Fixtures.table(
      "m", [Fixtures.kernel("k", duration: 300_000, blocks: 24, bytes: 1_000)],
      batches: [1, 2, 4, 8])
    let tenants = ["a", "b"].map {
      Fixtures.tenant(
        $0, table, replicas: 3, sloNS: 20_000_000, .process(.poisson(requestsPerSecond: 200)))
    }
    let experiment = Fixtures.experiment(
      tenants, policies: ["parvagpu"], durationNS: 3_000_000_000)
    #expect(try Simulation.prepare(experiment).doubts == [])
    let run = try simulate(experiment, "parvagpu", seed: seed)
    let late = run.keeper.records.count { $0.completionNS - $0.arrivalNS > 20_000_000 }
    #expect(run.totals.completed.reduce(0, +) > 1_000)
    #expect(Double(late) <= 0.01 * Double(run.keeper.records.count), "\(late) late")
  }

  @Test(
    "what batches take together is what a run of them takes, no less than alone, no more than in turn"
  )
  func together() throws {
    let table = Fixtures.table(
      "m",
      [
        Fixtures.kernel("a", duration: 40_000, blocks: 24), Fixtures.kernel("b", duration: 9_000),
      ], batches: [1, 2])
    let seen = Seen([[Int64]]())
    struct Asking: SharingPolicy {
      static let descriptor = PolicyDescriptor(
        name: "ask", summary: "a test's", source: "this test")
      var seen: Seen<[[Int64]]>?
      var mechanism: SharingMechanism { .mps(activeThreadPercentages: [:]) }
      var largestBatch: Int { 2 }
      init(_ options: PolicyOptions) {}
      init(_ seen: Seen<[[Int64]]>) { self.seen = seen }
      mutating func plan(_ view: PlanningView) -> PlanOutcome {
        for part in [GPULayout.Part.slice("3g.8gb"), .slice("7g.16gb"), .sms(0..<4)] {
          for batch in [1, 2] {
            seen?.value.append(
              [view.latencyNS(0, batch, part)]
                + (1...3).map { view.togetherNS(0, batch, $0, part) })
          }
        }
        return .done
      }
    }
    for testbed in [Testbed(name: "ideal"), Fixtures.costly] {
      seen.value = []
      _ = try run(
        Fixtures.experiment([Fixtures.tenant("a", table, .trace([0]))], testbed: testbed),
        Asking(seen))
      #expect(seen.value.count == 6)
      for times in seen.value {
        #expect(times[0] == times[1])
        #expect(times[1] <= times[2] && times[2] <= times[3], "\(times)")
        // MPS clients pay a little for each other.
        #expect(times[2] <= 2 * times[1] + 10_000 && times[3] <= 3 * times[1] + 20_000, "\(times)")
      }
    }
  }
}
