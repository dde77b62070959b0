import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import TestSupport
import Testing
import Workloads

@testable import Simulation

/// A run's requests, given back as recorded arrivals, are the same run.
@Suite("Replays")
struct ReplayTests {
  private static func table(_ name: String, _ duration: Int64) -> KernelTable {
    Fixtures.table(
      name, (0..<5).map { Fixtures.kernel("\(name)\($0)", duration: duration, blocks: 12) },
      batches: [1, 2, 4])
  }

  /// Three tenants, drawn, in a closed loop and recorded, at a part of what the GPU can serve.
  private static func experiment(load: Double, testbed: Testbed) -> Experiment {
    Fixtures.experiment(
      [
        Fixtures.tenant(
          "drawn", table("a", 20_000), replicas: 2, sloNS: 400_000,
          .process(.poisson(requestsPerSecond: 4_000 * load))),
        Fixtures.tenant("loop", table("b", 10_000), .closedLoop(clients: 2, thinkNS: 0)),
        Fixtures.tenant(
          "recorded", table("a", 20_000), sloNS: 400_000,
          .trace((0..<Int64(40 * load)).map { $0 / 3 * 300_000 })),
      ], testbed: testbed, durationNS: 9_000_000)
  }

  private static func rows(_ run: (totals: RunTotals, keeper: RecordKeeper)) -> [[Int64]] {
    run.keeper.records.map {
      [Int64($0.tenant), Int64($0.replica), $0.arrivalNS, $0.firstLaunchNS, $0.completionNS]
    }
      + run.keeper.unfinished.map {
        [
          Int64($0.tenant), Int64($0.replica ?? -1), $0.arrivalNS, $0.firstLaunchNS ?? -1, -1,
        ]
      }
  }

  @Test(
    "exported and given back, a run is the same, below and above what the GPU can serve",
    arguments: Fixtures.ratelessPlans, [0.2, 3])
  func replay(policy: String, load: Double) throws {
    for (seed, testbed) in [Testbed(name: "ideal"), Fixtures.costly].enumerated() {
      let experiment = Self.experiment(load: load, testbed: testbed)
      let run = try simulate(experiment, policy, seed: UInt64(seed))
      // Every request that arrived is told of once, whatever became of it.
      for t in experiment.tenants.indices {
        let told =
          run.keeper.records.count { $0.tenant == t }
          + run.keeper.unfinished.count { $0.tenant == t }
          + run.keeper.dropped.count { $0.tenant == t }
        #expect(told == run.totals.arrived[t])
      }
      if load > 1, policy != "exclusive" { #expect(!run.keeper.unfinished.isEmpty) }
      var replayed = experiment
      for t in replayed.tenants.indices {
        let times =
          run.keeper.records.filter { $0.tenant == t }.map(\.arrivalNS)
          + run.keeper.unfinished.filter { $0.tenant == t }.map(\.arrivalNS)
          + run.keeper.dropped.filter { $0.tenant == t }.map(\.arrivalNS)
        replayed.tenants[t].arrivals = .trace(times.sorted())
      }
      let again = try simulate(replayed, policy, seed: 99)
      #expect(run.totals.digest == again.totals.digest)
      #expect(Self.rows(run) == Self.rows(again))
      #expect(run.totals.flop == again.totals.flop)
    }
  }

  @Test("a request that runs at the end has its replica and the start of its first launch")
  func amid() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 80_000)])
    for policy in PolicyCatalog.builtIn.names {
      let run = try simulate(
        Fixtures.experiment(
          [Fixtures.tenant("a", table, .trace([10_000, 20_000]))], durationNS: 50_000), policy,
        options: policy == "batched" ? Self.atOnce : PolicyOptions())
      let told = run.keeper.unfinished.sorted { $0.arrivalNS < $1.arrivalNS }
      #expect(told.map(\.arrivalNS) == [10_000, 20_000], "\(policy)")
      #expect(told.map(\.replica) == [0, nil], "\(policy)")
      #expect(told.map(\.firstLaunchNS) == [10_000, nil], "\(policy)")
    }
  }

  private static var atOnce: PolicyOptions {
    var options = PolicyOptions()
    options.set("max_delay_ms", .number(0))
    return options
  }

  @Test("requests from before the warm-up's end are not told of")
  func warmup() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 80_000)])
    for policy in PolicyCatalog.builtIn.names {
      let run = try simulate(
        Fixtures.experiment(
          [Fixtures.tenant("a", table, .trace([0, 10_000, 20_000, 40_000]))], durationNS: 60_000,
          warmupNS: 15_000), policy)
      #expect(run.keeper.unfinished.map(\.arrivalNS).sorted() == [20_000, 40_000], "\(policy)")
    }
  }
}
