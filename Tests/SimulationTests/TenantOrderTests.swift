import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import TestSupport
import Testing

@testable import Simulation

/// Law 13: where a tenant stands among the others reaches nothing, and its name next to nothing.
@Suite("The order and the names of tenants")
struct TenantOrderTests {
  /// What a run did, by the tenants' names.
  private struct Told: Equatable {
    var digest: UInt64
    var device: [Int128]
    var tenants: [String: [Int128]] = [:]
    var records: [String: [[Int64]]] = [:]

    init(
      _ experiment: Experiment, _ totals: RunTotals, _ keeper: RecordKeeper,
      name: (String) -> String = { $0 }
    ) {
      digest = totals.digest
      device = [
        Int128(totals.deviceLaunches), Int128(totals.superKernels),
        Int128(totals.contextSwitches), totals.integrals.warpTime, totals.integrals.busyTime,
        Int128(totals.endNS),
      ]
      var first = 0
      for (t, tenant) in experiment.tenants.enumerated() {
        tenants[name(tenant.name)] = [
          Int128(totals.arrived[t]), Int128(totals.completed[t]), Int128(totals.launches[t]),
          totals.flop[t].whole, totals.dramBytes[t],
        ]
        records[name(tenant.name)] = keeper.records.filter { $0.tenant == t }.map {
          [Int64($0.replica - first), $0.arrivalNS, $0.firstLaunchNS, $0.completionNS]
        }
        first += tenant.replicas
      }
    }
  }

  /// A mix with ties: closed loops, recorded times on a coarse grid, tenants that are equals.
  private static func mix(_ seed: UInt64, closed: Bool) -> Experiment {
    var random = SeededGenerator(seed: seed, stream: "order")
    var experiment = mixedExperiment(
      seed: seed, testbed: random.nextBelow(3) == 0 ? Testbed(name: "ideal") : Fixtures.costly)
    experiment.tenants.append(experiment.tenants[0])
    let last = experiment.tenants.count - 1
    experiment.tenants[last].name = "twin"
    for t in experiment.tenants.indices {
      if case .trace(let times) = experiment.tenants[t].arrivals {
        experiment.tenants[t].arrivals = .trace(times.map { $0 / 300_000 * 300_000 })
      }
      if closed { experiment.tenants[t].arrivals = .closedLoop(clients: 2, thinkNS: 0) }
    }
    if closed { experiment.durationNS = 4_000_000 }
    return experiment
  }

  @Test(
    "tenants in another order are the same run", arguments: PolicyCatalog.builtIn.names,
    [false, true])
  func reordered(policy: String, closed: Bool) throws {
    for seed in 1...(SharedFiles.isDeepRun ? 2_000 : 3) as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed, stream: "shuffle")
      var experiment = Self.mix(seed, closed: closed)
      // A TPC for each tenant.
      if Fixtures.needTPCs.contains(policy) { experiment.gpu = Fixtures.gpu(sms: 16) }
      let run = try simulate(experiment, policy)
      let told = Told(experiment, run.totals, run.keeper)
      for _ in 0..<2 {
        var other = experiment
        other.tenants.shuffle(using: &random)
        let again = try simulate(other, policy)
        #expect(told == Told(other, again.totals, again.keeper), "seed \(seed)")
      }
    }
  }

  @Test(
    "tenants under other names are the same run", arguments: PolicyCatalog.builtIn.names,
    [false, true])
  func renamed(policy: String, closed: Bool) throws {
    for seed in 1...(SharedFiles.isDeepRun ? 2_000 : 3) as ClosedRange<UInt64> {
      var experiment = Self.mix(seed, closed: closed)
      experiment.tenants.removeLast()
      let run = try simulate(experiment, policy)
      var other = experiment
      var names: [String: String] = [:]
      for t in other.tenants.indices {
        let name = "z\(9 - t)"
        names[name] = other.tenants[t].name
        other.tenants[t].name = name
      }
      let again = try simulate(other, policy)
      #expect(
        Told(experiment, run.totals, run.keeper)
          == Told(other, again.totals, again.keeper) { names[$0] ?? "" }, "seed \(seed)")
    }
  }

  // Of two equals one must come first: swapping their names swaps what becomes of them.
  @Test("equals under each other's names change places")
  func twins() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 90_000, blocks: 40)])
    let experiment = Fixtures.experiment(
      ["a", "b"].map { Fixtures.tenant($0, table, .closedLoop(clients: 1, thinkNS: 0)) },
      durationNS: 1_000_000)
    for policy in PolicyCatalog.builtIn.names {
      let run = try simulate(experiment, policy)
      var swapped = experiment
      swapped.tenants[0].name = "b"
      swapped.tenants[1].name = "a"
      let again = try simulate(swapped, policy)
      #expect(run.totals.digest == again.totals.digest)
      #expect(run.totals.completed == Array(again.totals.completed.reversed()))
    }
  }

  @Test("the more urgent is first, then the tighter objective, then the shorter request")
  func order() throws {
    let short = Fixtures.table("m", [Fixtures.kernel("k", duration: 10_000)])
    let long = Fixtures.table("a", [Fixtures.kernel("k", duration: 90_000)])
    var experiment = Fixtures.experiment([
      Fixtures.tenant("e", long, .trace([])), Fixtures.tenant("d", short, replicas: 2, .trace([])),
      Fixtures.tenant("c", short, .trace([])), Fixtures.tenant("b", long, sloNS: 9, .trace([])),
      Fixtures.tenant("a", long, .trace([])), Fixtures.tenant("0", short, .trace([])),
    ])
    experiment.tenants[4].priority = 1
    let solo = try Simulation.prepare(experiment).soloLatencyNS
    let order = TenantOrder(experiment, soloNS: solo, .streams(hardwareQueues: nil))
    #expect(order.places.map { experiment.tenants[$0].name } == ["a", "b", "d", "0", "c", "e"])
    let shares = TenantOrder(
      experiment, soloNS: solo, .mps(activeThreadPercentages: ["c": 20, "0": 30]))
    #expect(shares.places.map { experiment.tenants[$0].name } == ["a", "b", "d", "c", "0", "e"])
    #expect(order.replicas(of: experiment) == [5, 4, 1, 2, 6, 3, 0])
  }
}
