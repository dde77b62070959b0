import Policies
import RunSupport
import Scheduling
import Testing

@testable import Simulation

/// What policies that plan do in a run.
@Suite("Policies that plan")
struct PlannedPolicyTests {
  static func experiment(_ counts: [Int], blocks: Int = 4) -> Experiment {
    Fixtures.experiment(
      counts.enumerated().map { t, count in
        Fixtures.tenant(
          "t\(t)",
          Fixtures.table(
            "m\(t)",
            (0..<count).map {
              Fixtures.kernel(
                "k\(t)-\($0)", duration: Int64(10_000 + 3_000 * ((t + 2 * $0) % 5)),
                blocks: blocks * (1 + ($0 + t) % 3))
            }), sloNS: 50_000_000, .trace([0]))
      })
  }

  static func makespan(_ experiment: Experiment, _ options: [String: Double]) throws -> Int64 {
    var set = PolicyOptions()
    for (name, value) in options { set.set(name, .number(value)) }
    return try simulate(experiment, "runtime-aware", options: set).totals.endNS
  }

  @Test("stages are never worse than none or than one model after the other")
  func stagesPay() throws {
    for blocks in [1, 4, 16] {
      let experiment = Self.experiment([3, 5, 4], blocks: blocks)
      let streams = try Self.makespan(experiment, ["budget": 1, "max_cuts": 0])
      var last = streams
      for budget in [4.0, 20, 100, 300] {
        let found = try Self.makespan(experiment, ["budget": budget, "max_cuts": 2])
        #expect(found <= last, "budget \(budget)")
        last = found
      }
      let chains = try Simulation.prepare(experiment).soloLatencyNS
      #expect(last >= chains.max() ?? 0 && last <= chains.reduce(0, +))
    }
  }

  @Test("a round takes one request of every tenant and lets nobody in")
  func rounds() throws {
    var experiment = Self.experiment([2, 3])
    experiment.tenants[0].arrivals = .trace([0, 1_000, 2_000])
    experiment.tenants[1].arrivals = .trace([500])
    let run = try simulate(experiment, "runtime-aware")
    let ends = run.keeper.records.filter { $0.tenant == 0 }.map {
      ($0.firstLaunchNS, $0.completionNS)
    }
    #expect(ends.count == 3)
    let other = try #require(run.keeper.records.first { $0.tenant == 1 })
    // The first round is t0's alone; the second has both; the third begins when both are done.
    #expect(other.firstLaunchNS >= ends[0].1)
    #expect(ends[2].0 >= max(ends[1].1, other.completionNS))
  }

  @Test("a tenant under a planner takes what its batch takes in its part")
  func alonePart() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 100_000, blocks: 4)])
    let tenant = Fixtures.tenant("a", table, sloNS: 5_000_000, .trace([0, 1_000_000_000]))
    for policy in ["gpulets", "d-stack"] {
      let run = try simulate(Fixtures.experiment([tenant]), policy)
      let latencies = run.keeper.records.map { $0.completionNS - $0.arrivalNS }
      #expect(latencies.count == 2 && Set(latencies).count == 1, "\(policy): \(latencies)")
      #expect(latencies[0] >= 100_000 && 2 * latencies[0] <= 5_000_000, "\(policy)")
    }
  }

  @Test("loads that a plan covers are served within the SLO", arguments: [1, 2, 3] as [UInt64])
  func coveredLoads(seed: UInt64) throws {
    let table = Fixtures.table(
      "m", [Fixtures.kernel("k", duration: 500_000, blocks: 8, bytes: 1_000)],
      batches: [1, 2, 4, 8])
    let tenants = ["a", "b"].map {
      Fixtures.tenant(
        $0, table, replicas: 2, sloNS: 20_000_000,
        .process(.poisson(requestsPerSecond: 200)))
    }
    let experiment = Fixtures.experiment(
      tenants, policies: ["gpulets", "d-stack"], durationNS: 3_000_000_000)
    #expect(try Simulation.prepare(experiment).doubts == [])
    for policy in ["gpulets", "d-stack"] {
      let run = try simulate(experiment, policy, seed: seed)
      let late = run.keeper.records.count { $0.completionNS - $0.arrivalNS > 20_000_000 }
      #expect(Double(late) <= 0.01 * Double(run.keeper.records.count), "\(policy): \(late) late")
      #expect(run.totals.completed.reduce(0, +) > 1_000)
    }
  }

  @Test("a policy that needs objectives is refused without")
  func objectives() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 1_000)])
    let experiment = Fixtures.experiment(
      [Fixtures.tenant("a", table, .trace([0]))], policies: ["gpulets", "d-stack"])
    let programs = try Simulation.prepare(experiment)
    for choice in experiment.policies {
      #expect(programs.plans[choice.label]?.refusal?.message.contains("has no SLO") == true)
    }
  }
}
