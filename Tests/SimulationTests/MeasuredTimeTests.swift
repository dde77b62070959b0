import Device
import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import Testing
import Workloads

@testable import Simulation

/// What is counted between the end of the warm-up and the end of the run.
@Suite struct MeasuredTimeTests {
  /// What a run did, in numbers that add up over time.
  private struct Sums: Equatable {
    var launches: [Int]
    var finished: [Int]
    var flop: [BatchSum]
    var dramBytes: [Int128]
    var costs: [LaunchCost]
    var deviceLaunches: Int
    var integrals: DeviceIntegrals

    init(_ totals: RunTotals) {
      launches = totals.launches
      finished = totals.finished
      flop = totals.flop
      dramBytes = totals.dramBytes
      costs = totals.accounts.map(\.executed)
      deviceLaunches = totals.deviceLaunches
      integrals = totals.integrals
    }

    static func + (a: Sums, b: Sums) -> Sums {
      func add<Number: AdditiveArithmetic>(_ p: [Number], _ q: [Number]) -> [Number] {
        zip(p, q).map { $0 + $1 }
      }
      var sum = a
      sum.launches = add(a.launches, b.launches)
      sum.finished = add(a.finished, b.finished)
      sum.flop = add(a.flop, b.flop)
      sum.dramBytes = add(a.dramBytes, b.dramBytes)
      sum.costs = add(a.costs, b.costs)
      sum.deviceLaunches += b.deviceLaunches
      sum.integrals += b.integrals
      return sum
    }
  }

  @Test(
    "What is done before an instant and after it adds up to all",
    arguments: Fixtures.ratelessPlans,
    [1, 2, 3, 4, 5, 6] as [UInt64])
  func partsAddUp(policy: String, seed: UInt64) throws {
    var experiment = mixedExperiment(seed: seed, testbed: Fixtures.costly)
    experiment.gpu.power = Fixtures.power
    var draw = SeededGenerator(seed: seed, stream: "cuts")
    for _ in 0..<6 {
      let end = 2_000_000 + Int64(draw.nextBelow(3_000_000))
      let cut = 1 + Int64(draw.nextBelow(Int(end) - 1))
      (experiment.durationNS, experiment.warmupNS) = (end, 0)
      let all = try simulate(experiment, policy).totals
      experiment.warmupNS = cut
      let after = try simulate(experiment, policy).totals
      (experiment.durationNS, experiment.warmupNS) = (cut, 0)
      let before = try simulate(experiment, policy).totals
      #expect(Sums(before) + Sums(after) == Sums(all), "cut at \(cut), end at \(end)")
      let span = Int128(after.spanNS) * Int128(after.gpus)
      let busySpan = Int128(after.spanNS) * Int128(after.instances ?? after.gpus)
      #expect(after.integrals.busyTime <= busySpan && after.integrals.activeSMTime <= 8 * span)
    }
  }

  @Test(
    "One client that saturates the GPU: the same figures, however requests are followed",
    arguments: UInt64(0)..<8)
  func waysAgree(seed: UInt64) throws {
    var draw = SeededGenerator(seed: seed, stream: "ways")
    let launches = (0..<(1 + draw.nextBelow(5))).map { i in
      Fixtures.kernel(
        "k\(i)", duration: Int64(2_000 + draw.nextBelow(90_000)), blocks: 1 + draw.nextBelow(40))
    }
    let cut = Int64(draw.nextBelow(500_000))
    let experiment = Fixtures.experiment(
      [Fixtures.tenant("a", Fixtures.table("m", launches), .closedLoop(clients: 1, thinkNS: 0))],
      durationNS: cut + 1 + Int64(draw.nextBelow(500_000)), warmupNS: cut)
    let exclusive = Sums(try simulate(experiment, "exclusive").totals)
    #expect(exclusive == Sums(try simulate(experiment, "time-only").totals))
    #expect(exclusive == Sums(try simulate(experiment, "space-only").totals))
  }

  @Test("Padding is no useful work", arguments: PolicyCatalog.builtIn.names)
  func padding(policy: String) throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 1_000)], batches: [4])
    let run = try simulate(
      Fixtures.experiment([Fixtures.tenant("a", table, .trace([0, 1_000_000, 2_000_000]))]), policy)
    #expect(run.totals.flop == [3_000_000])
  }

  @Test(
    "Without a duration a run ends with its last request, whatever timers are left",
    arguments: PolicyCatalog.builtIn.names, [1, 2] as [UInt64])
  func drained(policy: String, seed: UInt64) throws {
    for testbed in [Testbed(name: "ideal"), Fixtures.costly] {
      let run = try simulate(mixedExperiment(seed: seed, testbed: testbed), policy)
      // A request's end may be that it is dropped.
      let last = run.keeper.records.map(\.completionNS).max() ?? 0
      #expect(
        run.totals.endNS == last || admissionPolicies.contains(policy) && run.totals.endNS > last)
    }
  }

  @Test func aFullBatchLeavesATimerBehindThatLengthensNothing() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 1_000)], batches: [1, 16])
    let arrivals = ArrivalSpec.trace([0] + Array(repeating: 1_000, count: 15))
    let run = try simulate(Fixtures.experiment([Fixtures.tenant("a", table, arrivals)]), "batched")
    #expect(run.totals.endNS == 17_000)
  }

  @Test("A batch between two of the table takes its own time where the grid scales")
  func interpolation() throws {
    var table = Fixtures.table("m", [Fixtures.kernel("k", duration: 2_000, blocks: 16)])
    let four = Fixtures.kernel(
      "k", duration: 8_000, blocks: 64, flop: 4_000_000, bytes: 400_000)
    table.batches.append((4, [four]))
    var options = PolicyOptions()
    options.set("max_batch", .number(2))
    let run = try simulate(
      Fixtures.experiment([Fixtures.tenant("a", table, .trace([0, 0]))]), "batched",
      options: options)
    #expect(run.keeper.records.map(\.completionNS) == [4_000, 4_000])
    #expect(run.totals.flop == [2_000_000])
  }
}
