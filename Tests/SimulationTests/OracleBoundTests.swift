import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import TestSupport
import Testing

@testable import Simulation

/// `oracle`: no policy that shares one GPU is ever below it, and it is no lower than it must be.
struct OracleBoundTests {
  /// A seeded mix at some load, open arrivals only: its blocks do work that may fill SMs or DRAM.
  private static func experiment(seed: UInt64) -> Experiment {
    var random = SeededGenerator(seed: seed, stream: "oracle")
    let testbed = random.nextBelow(2) == 0 ? Testbed(name: "ideal") : Fixtures.costly
    let gap = [20_000, 60_000, 200_000, 800_000][random.nextBelow(4)]
    let tenants = (0..<(1 + random.nextBelow(4))).map { t -> TenantSpec in
      let launches = (0..<(1 + random.nextBelow(5))).map { i in
        let duration = 2_000 + random.nextBelow(60_000)
        // Up to twice what the GPU does in that time, of either kind.
        return Fixtures.kernel(
          "k\(random.nextBelow(3))", duration: Int64(duration), blocks: 1 + random.nextBelow(80),
          flop: Int64(duration * random.nextBelow(2_048)),
          bytes: Int64(duration * random.nextBelow(1_600)))
      }
      var time: Int64 = 0
      let arrivals = (0..<40).map { _ in
        time += Int64(random.nextBelow(gap))
        return time
      }
      return Fixtures.tenant(
        "t\(t)", Fixtures.table("m\(t)", launches, batches: [1, 2, 4]),
        replicas: 1 + random.nextBelow(4), sloNS: Int64(200_000 + random.nextBelow(4_000_000)),
        .trace(arrivals))
    }
    return Fixtures.experiment(
      tenants, testbed: testbed, durationNS: random.nextBelow(2) == 0 ? nil : 3_000_000)
  }

  /// By tenant the latencies in order, `Int64.max` for what was dropped or not done.
  private static func latencies(
    _ run: (totals: RunTotals, keeper: RecordKeeper)
  ) -> [[Int64]] {
    run.totals.arrived.indices.map { t in
      let done = run.keeper.records.filter { $0.tenant == t }.map {
        $0.completionNS - $0.arrivalNS
      }
      return done.sorted()
        + Array(repeating: .max, count: run.totals.arrived[t] - done.count)
    }
  }

  /// The bound beside a policy: a queue of tasks has no launch gaps, which others do not escape.
  private static func bound(
    _ experiment: Experiment, beside policy: String
  ) throws -> (totals: RunTotals, keeper: RecordKeeper) {
    var one = experiment
    let choice = PolicyChoice(name: "oracle")
    one.policies = [choice] + (policy == "atos" ? [PolicyChoice(name: policy)] : [])
    let (totals, observer) = try Simulation.run(
      one, Simulation.prepare(one), choice, seed: 1, observer: RecordKeeper())
    return (totals, observer as? RecordKeeper ?? RecordKeeper())
  }

  private static let sharing = PolicyCatalog.builtIn.names.filter { $0 != "exclusive" }

  @Test("every order statistic of every policy is at least the oracle's", arguments: sharing)
  func nobodyIsBelow(policy: String) throws {
    var (binding, reached) = (0, 0)
    for seed in 1...(SharedFiles.isDeepRun ? 3_000 : 40) as ClosedRange<UInt64> {
      let experiment = Self.experiment(seed: seed)
      let bound = try Self.bound(experiment, beside: policy)
      let run = try simulate(
        experiment, policy, options: policy == "atos" ? Fixtures.freeQueue : PolicyOptions())
      let own = Self.latencies(run)
      for (t, latencies) in Self.latencies(bound).enumerated() {
        #expect(
          zip(latencies, own[t]).allSatisfy { $0 <= $1 || $0 == .max && $1 == .max },
          "seed \(seed), tenant \(t): \(latencies) against \(own[t])")
        if latencies.last ?? 0 > latencies.first ?? 0 { binding += 1 }
        if zip(latencies, own[t]).contains(where: { Double($1) < Double($0) * 1.02 }) {
          reached += 1
        }
      }
      let joint = try #require(bound.totals.bound)
      let all = own.flatMap { $0 }.sorted()
      #expect(
        zip(joint.latenciesNS, all).allSatisfy { $0 <= $1 }, "seed \(seed): \(joint), \(all)")
      #expect(run.totals.completed.reduce(0, +) <= joint.completed, "seed \(seed)")
      #expect(zip(run.totals.completed, bound.totals.completed).allSatisfy { $0 <= $1 })
    }
    // The bound does bind, and policies come near it.
    #expect(binding > 20)
    if policy != "time-only" { #expect(reached > 0) }
  }

  private static func full(_ name: String, duration: Int64) -> KernelTable {
    // 64 blocks ask for all of 8 SMs, which do 128 operations a nanosecond each.
    Fixtures.table(
      name,
      [
        Fixtures.kernel(
          "k", duration: duration, blocks: 64, flop: 4 * duration * 1_024, bytes: 0)
      ])
  }

  @Test("hand cases: a queue that wastes nothing")
  func handCases() throws {
    let three = Fixtures.experiment([
      Fixtures.tenant("a", Self.full("m", duration: 100_000), .trace([0, 0, 0]))
    ])
    let bound = try simulate(three, "oracle")
    let latencies = bound.keeper.records.map { $0.completionNS - $0.arrivalNS }
    #expect(latencies.count == 3)
    for (own, expected) in zip(latencies, [100_000, 200_000, 300_000] as [Double]) {
      #expect(Double(own) <= expected && Double(own) > 0.97 * expected, "\(latencies)")
    }
    // Each of two tenants may be first, both together cannot.
    let pair = Fixtures.experiment(
      ["a", "b"].map { Fixtures.tenant($0, Self.full($0, duration: 100_000), .trace([0])) })
    let both = try simulate(pair, "oracle")
    #expect(both.keeper.records.map { $0.completionNS - $0.arrivalNS } == [100_000, 100_000])
    let joint = try #require(both.totals.bound?.latenciesNS)
    #expect(joint[0] == 100_000 && joint[1] > 195_000 && joint[1] <= 200_000, "\(joint)")
    // Small kernels fit side by side: nothing but the path.
    let small = Fixtures.table(
      "s", [Fixtures.kernel("k", duration: 100_000, blocks: 1, flop: 1_000, bytes: 0)])
    let beside = try simulate(
      Fixtures.experiment([Fixtures.tenant("a", small, .trace([0, 0, 0]))]), "oracle")
    #expect(beside.keeper.records.allSatisfy { $0.completionNS == 100_000 })
  }

  @Test("what cannot be done by the end is not")
  func ends() throws {
    var experiment = Fixtures.experiment([
      Fixtures.tenant(
        "a", Self.full("m", duration: 100_000), .trace(Array(repeating: 0, count: 50)))
    ])
    experiment.durationNS = 1_000_000
    let bound = try simulate(experiment, "oracle")
    #expect(bound.totals.completed == [10] && bound.keeper.unfinished.count == 40)
    #expect(bound.totals.bound?.completed == 10)
  }

  @Test("arrivals that follow from answers have no bound")
  func closedLoops() {
    let experiment = Fixtures.experiment(
      [
        Fixtures.tenant(
          "a", Self.full("m", duration: 100), .closedLoop(clients: 1, thinkNS: 0))
      ], durationNS: 1_000)
    #expect(throws: (any Error).self) { try simulate(experiment, "oracle") }
  }
}
