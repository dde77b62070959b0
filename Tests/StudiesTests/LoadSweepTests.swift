import Policies
import RunSupport
import Tables
import Testing
import Workloads

@testable import Simulation
@testable import Studies

/// Loads as parts of what a policy can serve.
struct LoadSweepTests {
  private func experiment(_ arrivals: [ArrivalSpec], durationNS: Int64? = 1_000_000_000)
    -> Experiment
  {
    let tenants = arrivals.enumerated().map { index, arrivals in
      Fixtures.tenant(
        "t\(index)",
        Fixtures.table(
          "m\(index)", [Fixtures.kernel("k\(index)", duration: Int64(100_000 * (index + 1)))]),
        arrivals)
    }
    return Fixtures.experiment(tenants, durationNS: durationNS, warmupNS: 100_000_000)
  }

  @Test func oneServerHasTheCapacityOfItsServiceTime() throws {
    let base = experiment([
      .process(.poisson(requestsPerSecond: 500)), .process(.poisson(requestsPerSecond: 500)),
    ])
    for name in ["exclusive", "time-only", "space-only"] {
      let capacities = try LoadSweep.capacitiesRPS(base, PolicyChoice(name: name))
      for (capacity, expected) in zip(capacities, [10_000.0, 5_000]) {
        #expect(abs(capacity / expected - 1) < 1e-3, "\(name): \(capacities)")
      }
    }
    // A batch of b takes b times as long here, so batching gains nothing and loses nothing.
    let batched = try LoadSweep.capacitiesRPS(base, PolicyChoice(name: "batched"))
    #expect(abs(batched[0] / 10_000 - 1) < 0.02, "\(batched)")
  }

  @Test func requestsThatBeganInTheWarmUpCountAmongThoseServed() throws {
    // Eight contexts in turn, 10 ms each: what ends in the measured second came long before.
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 10_000_000)])
    let base = Fixtures.experiment([
      Fixtures.tenant("a", table, replicas: 8, .process(.poisson(requestsPerSecond: 10)))
    ])
    let capacities = try LoadSweep.capacitiesRPS(base, PolicyChoice(name: "time-only"))
    // The eight end close together, on either side of the second's end.
    #expect(abs(capacities[0] - 100) <= 8, "\(capacities)")
  }

  @Test(arguments: [0.1, 0.5, 1, 1.2])
  func loadsAreTheSameRequestsOnAnotherClock(load: Double) throws {
    let base = experiment([
      .process(.poisson(requestsPerSecond: 500)), .trace((0..<700).map { $0 * 1_300_017 }),
    ])
    let sweep = try LoadSweep(base, seed: 4)
    let policy = PolicyChoice(name: "time-only")
    let capacities = [10_000.0, 5_000]
    let now = sweep.load(capacitiesRPS: capacities)
    #expect(abs(now - sweep.ratesRPS[0] / 10_000 - 0.14) < 1e-9)
    let scaled = sweep.experiment(load: load, capacitiesRPS: capacities, policy)
    // The factor between the clocks, from the duration, is that between the loads.
    let factor = Double(base.durationNS ?? 0) / Double(scaled.durationNS ?? 1)
    #expect(abs(factor / (load / now) - 1) < 1e-6)
    #expect(abs(Double(base.warmupNS) / Double(scaled.warmupNS) / factor - 1) < 1e-6)
    guard case .trace(let times) = scaled.tenants[1].arrivals else {
      Issue.record("not a trace")
      return
    }
    #expect(times.count == 700)
    for (index, time) in times.enumerated() {
      #expect(abs(Double(time) * factor - Double(index) * 1_300_017) <= factor)
    }
    #expect(try LoadSweep(scaled, seed: 4).ratesRPS.count == 2)
  }

  @Test func whoWaitsForAnswersAsksAlikeAtEveryLoad() throws {
    let loop = ArrivalSpec.closedLoop(clients: 3, thinkNS: 1_000)
    let base = experiment([.process(.poisson(requestsPerSecond: 500)), loop])
    let policy = PolicyChoice(name: "space-only")
    let capacities = try LoadSweep.capacitiesRPS(base, policy)
    #expect(abs(capacities[0] / 10_000 - 1) < 1e-3)
    let sweep = try LoadSweep(base, seed: 2)
    #expect(sweep.ratesRPS[1] == 0)
    // The load is that of the tenant with a rate.
    #expect(
      sweep.load(capacitiesRPS: capacities) == sweep.ratesRPS[0] / capacities[0])
    let half = sweep.experiment(load: 0.5, capacitiesRPS: capacities, policy)
    guard case .closedLoop(let clients, let think) = half.tenants[1].arrivals else {
      Issue.record("no longer a closed loop")
      return
    }
    #expect(clients == 3 && think == 1_000)
    let alone = try LoadSweep(half, seed: 2)
    #expect(abs(alone.load(capacitiesRPS: capacities) / 0.5 - 1) < 1e-6)
  }

  @Test func whatHasNoLoadIsRefused() {
    #expect(throws: InputError.self) {
      try LoadSweep(experiment([.closedLoop(clients: 1, thinkNS: 0)]), seed: 1)
    }
    #expect(throws: InputError.self) {
      let loop = ArrivalSpec.closedLoop(clients: 1, thinkNS: 0)
      _ = try LoadSweep(experiment([loop, loop]), seed: 1)
    }
    #expect(throws: InputError.self) {
      try LoadSweep(experiment([.trace([0])], durationNS: nil), seed: 1)
    }
    #expect(throws: InputError.self) {
      try LoadSweep(experiment([.trace([2_000_000_000])]), seed: 1)
    }
  }
}
