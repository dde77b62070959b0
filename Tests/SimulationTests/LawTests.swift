import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import Testing
import Workloads

@testable import Simulation

/// A seeded mix of tenants with launches of all kinds, for laws that hold whatever runs.
func mixedExperiment(seed: UInt64, testbed: Testbed, shares: Int64 = 1) -> Experiment {
  var random = SeededGenerator(seed: seed)
  var tenants: [TenantSpec] = []
  for t in 0..<(2 + random.nextBelow(3)) {
    let launches = (0..<(1 + random.nextBelow(6))).map { i in
      Fixtures.kernel(
        "k\(random.nextBelow(3))", duration: Int64(2_000 + random.nextBelow(60_000)),
        blocks: 1 + random.nextBelow(40), flop: Int64(random.nextBelow(3_000_000)),
        bytes: Int64(random.nextBelow(4_000_000)))
    }
    var time: Int64 = 0
    let arrivals = (0..<60).map { _ in
      time += Int64(random.nextBelow(200_000))
      return time
    }
    tenants.append(
      Fixtures.tenant(
        "t\(t)", Fixtures.table("m\(t)", launches, batches: [1, 2, 4]),
        replicas: 1 + random.nextBelow(3), sloNS: Int64(1_000_000 + random.nextBelow(4_000_000)),
        .trace(arrivals)))
  }
  return Fixtures.experiment(tenants, testbed: testbed)
}

/// Policies that may drop requests, and those whose requests run in batches.
let admissionPolicies = ["clockwork", "nexus"]
let batchPolicies = ["batched", "space-time", "triton", "clipper"] + admissionPolicies

@Suite("Laws of the model, through whole runs")
struct LawTests {
  // Law 6.
  @Test("saturated contexts get equal parts of the GPU, less the switches", arguments: [2, 3, 5])
  func contextsShare(count: Int) throws {
    var testbed = Testbed(name: "slices")
    testbed.timeSlice = 2_000_000
    testbed.switchBusy = 150_000
    // A slice may end just when a launch does.
    testbed.switchIdle = 150_000
    let table = Fixtures.table("long", [Fixtures.kernel("k", duration: 700_000)])
    let tenants = (0..<count).map {
      Fixtures.tenant("t\($0)", table, .closedLoop(clients: 1, thinkNS: 0))
    }
    let end: Int64 = 1_000_000_000
    let run = try simulate(
      Fixtures.experiment(tenants, testbed: testbed, durationNS: end), "time-only")
    let q = Double(testbed.timeSlice)
    let share = q / (Double(count) * (q + Double(testbed.switchBusy)))
    for t in 0..<count {
      let expected = share * Double(end)
      let got = Double(run.totals.completed[t]) * 700_000
      #expect(abs(got - expected) <= q + 700_000, "context \(t): \(got) against \(expected)")
    }
  }

  // Law 10. With D = 1 ms of service; Kingman's and Pollaczek-Khinchine's formulas are exact here.
  @Test("M/D/1 waits as theory says", arguments: [0.3, 0.7, 0.9, 0.95])
  func waitingOfOneServer(load: Double) throws {
    let table = Fixtures.table("d", [Fixtures.kernel("k", duration: 1_000_000)])
    var means: [Double] = []
    for seed in 1...6 as ClosedRange<UInt64> {
      let tenant = Fixtures.tenant("a", table, .process(.poisson(requestsPerSecond: load * 1e3)))
      let experiment = Fixtures.experiment(
        [tenant], durationNS: 20_000_000_000, warmupNS: 1_000_000_000)
      means.append(try simulate(experiment, "exclusive", seed: seed).keeper.meanWait / 1e6)
    }
    expectMean(means, load / (2 * (1 - load)))
  }

  // Formulas for several servers are approximations, so the oracle is the recursion on the same
  // arrivals: each request takes the server that is free first.
  @Test("several servers wait as the recursion of Kiefer and Wolfowitz", arguments: [1, 2, 5])
  func waitingOfSeveralServers(servers: Int) throws {
    var random = SeededGenerator(seed: 5)
    var time: Int64 = 0
    let arrivals = (0..<4_000).map { _ in
      time += Int64(random.nextBelow(2_000_000 / servers))
      return time
    }
    let service: Int64 = 900_000
    let table = Fixtures.table("d", [Fixtures.kernel("k", duration: service)])
    let experiment = Fixtures.experiment(
      [Fixtures.tenant("a", table, replicas: servers, .trace(arrivals))])
    let run = try simulate(experiment, "exclusive")
    var free = [Int64](repeating: 0, count: servers)
    var expected: [Int64] = []
    for arrival in arrivals {
      let first = free.indices.min { free[$0] < free[$1] } ?? 0
      let end = max(arrival, free[first]) + service
      free[first] = end
      expected.append(end)
    }
    #expect(run.keeper.records.map(\.completionNS) == expected)
  }

  private func expectMean(_ means: [Double], _ theory: Double) {
    let mean = means.reduce(0, +) / Double(means.count)
    let squares = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / Double(means.count - 1) / Double(means.count)).squareRoot()
    // Student's t, 5 degrees of freedom, 99.9 %.
    #expect(abs(mean - theory) < 6.87 * deviation, "\(mean) against \(theory)")
    #expect(deviation < 0.25 * theory, "too few requests to tell")
  }

  /// Policies that give a tenant the whole GPU; others plan for the least part that holds its SLO.
  static let wholeGPU = PolicyCatalog.builtIn.names.filter {
    !Fixtures.needObjectives.contains($0)
  }

  // Law 11, without overheads: every policy gives the latency alone.
  @Test("one tenant on an idle GPU", arguments: Self.wholeGPU)
  func oneTenantAlone(policy: String) throws {
    let table = Fixtures.table(
      "m",
      [
        Fixtures.kernel("a", duration: 10_001), Fixtures.kernel("b", duration: 77, blocks: 3),
        Fixtures.kernel("c", duration: 123_457, blocks: 300),
      ])
    let tenant = Fixtures.tenant("a", table, .trace([5, 1_000_000, 2_000_000]))
    var options = PolicyOptions()
    if policy == "batched" { options.set("max_delay_ms", .number(0)) }
    if policy == "atos" { options = Fixtures.freeQueue }
    let run = try simulate(Fixtures.experiment([tenant]), policy, options: options)
    let latencies = run.keeper.records.map { $0.completionNS - $0.arrivalNS }
    #expect(latencies == [133_535, 133_535, 133_535])
  }

  // Law 11, with overheads: each policy adds what it declares.
  @Test("one tenant pays the declared overheads", arguments: Self.wholeGPU)
  func oneTenantWithOverheads(policy: String) throws {
    let testbed = Fixtures.costly
    let durations: [Int64] = [50_000, 40_000, 60_000]
    let table = Fixtures.table(
      "m", durations.enumerated().map { Fixtures.kernel("k\($0)", duration: $1) })
    let tenant = Fixtures.tenant("a", table, .trace([0]))
    var options = PolicyOptions()
    if policy == "batched" { options.set("max_delay_ms", .number(0)) }
    if policy == "atos" { options = Fixtures.freeQueue }
    let run = try simulate(
      Fixtures.experiment([tenant], testbed: testbed), policy, options: options)
    // The host submits the first launch after requestCPU and launchCPU, then keeps ahead.
    var expected = 10_000 + 3_000 + 150_000 + 2 * 1_300 + 8_000 as Int64
    // One process's streams and the scheduler's thread pass the context's lock.
    let mechanism = PolicyChoice(name: policy).make().mechanism
    if case .streams = mechanism { expected += 1_000 }
    // A persistent grid has no launches between which there is a gap.
    if case .taskQueue = mechanism { expected += 1_000 - 2 * 1_300 }
    #expect(run.keeper.records.map { $0.completionNS - $0.arrivalNS } == [expected])
  }

  // Law 12.
  @Test("nothing is lost", arguments: PolicyCatalog.builtIn.names, [1, 2] as [UInt64])
  func conservation(policy: String, seed: UInt64) throws {
    for testbed in [Testbed(name: "ideal"), Fixtures.costly] {
      let experiment = mixedExperiment(seed: seed, testbed: testbed)
      var options = PolicyOptions()
      // Batches run other programs, and fewer launches.
      if policy == "space-time" { options.set("max_batch", .number(1)) }
      let run = try simulate(experiment, policy, options: options)
      let programs = try Simulation.prepare(experiment)
      for t in experiment.tenants.indices {
        #expect(run.totals.arrived[t] == 60)
        #expect(run.totals.completed[t] + run.totals.dropped[t] == 60, "seed \(seed)")
        if !admissionPolicies.contains(policy) { #expect(run.totals.dropped[t] == 0) }
        guard !(batchPolicies + Fixtures.batching).contains(policy) else { continue }
        let program = programs.programs[programs.byTenant[t][0].program]
        #expect(run.totals.launches[t] == 60 * program.launches.count)
        #expect(run.totals.flop[t].whole == 60 * program.launches.work.flop)
        #expect(run.totals.dramBytes[t] == 60 * program.launches.work.dramBytes)
      }
      for record in run.keeper.records {
        #expect(record.arrivalNS <= record.firstLaunchNS)
        #expect(record.firstLaunchNS < record.completionNS)
      }
      #expect(
        run.keeper.records.map(\.completionNS)
          == run.keeper.records.map(\.completionNS).sorted())
      let capacity = run.totals.endNS * Int64(experiment.gpu.smCount * run.totals.gpus)
      #expect(run.totals.integrals.activeSMTime <= capacity)
      #expect(
        run.totals.integrals.busyTime
          <= run.totals.endNS * Int64(run.totals.instances ?? run.totals.gpus))
    }
  }

  @Test("a warm-up that ends with a request loses nothing", arguments: PolicyCatalog.builtIn.names)
  func warmupAtAnEnd(policy: String) throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 100_000)])
    for clients in [1, 2] {
      let run = try simulate(
        Fixtures.experiment(
          [Fixtures.tenant("a", table, .closedLoop(clients: clients, thinkNS: 0))],
          durationNS: 10_000_000, warmupNS: 2_000_000), policy)
      #expect(run.totals.arrived[0] >= 35, "\(clients) clients: \(run.totals)")
      #expect(run.totals.completed[0] >= run.totals.arrived[0] - 2 * clients)
    }
  }

  // Law 12, Little: the mean number in the system is rate times mean latency; both sides from
  // different sums.
  @Test("Little's law", arguments: PolicyCatalog.builtIn.names)
  func little(policy: String) throws {
    let experiment = mixedExperiment(seed: 9, testbed: Fixtures.costly)
    let records = try simulate(experiment, policy).keeper.records
    var changes = records.flatMap { [($0.arrivalNS, 1), ($0.completionNS, -1)] }
    changes.sort { $0 < $1 }
    var area: Int64 = 0
    var inSystem: Int64 = 0
    var last: Int64 = 0
    for (time, change) in changes {
      area += inSystem * (time - last)
      inSystem += Int64(change)
      last = time
      #expect(inSystem >= -1)
    }
    #expect(area == records.reduce(0) { $0 + $1.completionNS - $1.arrivalNS })
  }

  // Law 13: names are only names.
  @Test("renamed tenants run the same", arguments: PolicyCatalog.builtIn.names)
  func renaming(policy: String) throws {
    let experiment = mixedExperiment(seed: 4, testbed: Fixtures.costly)
    var renamed = experiment
    for t in renamed.tenants.indices { renamed.tenants[t].name = "z\(9 - t)" }
    #expect(try simulate(experiment, policy).totals == simulate(renamed, policy).totals)
  }

  // The same bytes from two runs.
  @Test("a run depends on its inputs alone", arguments: PolicyCatalog.builtIn.names)
  func determinism(policy: String) throws {
    let experiment = mixedExperiment(seed: 11, testbed: Fixtures.costly)
    let first = try simulate(experiment, policy)
    let second = try simulate(experiment, policy)
    #expect(first.totals == second.totals)
    #expect(first.totals.digest == second.totals.digest)
  }

  // Following a lone request as one step changes nothing against following its launches: an MPS
  // run of one tenant with a second one that never asks takes the same time with and without a
  // disturbance that costs nothing.
  @Test("skipping what nothing disturbs is exact", arguments: [1, 2, 3, 4, 5] as [UInt64])
  func skipping(seed: UInt64) throws {
    let experiment = mixedExperiment(seed: seed, testbed: Fixtures.costly)
    let whole = try simulate(experiment, "space-only")
    // A warm-up boundary breaks the step wherever it falls, and may change nothing but what counts.
    for cut in stride(from: 100_000, to: 6_000_000, by: 917_117) as StrideTo<Int64> {
      var broken = experiment
      broken.warmupNS = cut
      let run = try simulate(broken, "space-only")
      #expect(run.totals.digest == whole.totals.digest, "seed \(seed), cut at \(cut)")
    }
  }
}
