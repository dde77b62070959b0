import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import Testing

@testable import Simulation

/// Clockwork and Nexus, through whole runs.
struct AdmissionPolicyTests {
  /// Two models whose load swings from a part to a multiple of what a GPU does.
  private static func experiment(seed: UInt64, testbed: Testbed) -> Experiment {
    var random = SeededGenerator(seed: seed)
    let tenants = (0..<(2 + random.nextBelow(3))).map { t -> TenantSpec in
      let launches = (0..<(1 + random.nextBelow(4))).map { i in
        Fixtures.kernel(
          "k\(t)\(i)", duration: Int64(5_000 + random.nextBelow(60_000)),
          blocks: 1 + random.nextBelow(60))
      }
      var time: Int64 = 0
      let arrivals = (0..<300).map { _ in
        time += Int64(random.nextBelow(200_000))
        return time
      }
      return Fixtures.tenant(
        "t\(t)", Fixtures.table("m\(t)", launches, batches: [1, 2, 4, 8]),
        sloNS: Int64(300_000 + random.nextBelow(2_000_000)), .trace(arrivals))
    }
    return Fixtures.experiment(tenants, testbed: testbed)
  }

  @Test("Clockwork: nothing ends late, and what is not served is told so", arguments: 1...30)
  func clockworkIsInTime(seed: Int) throws {
    for testbed in [Testbed(name: "ideal"), Fixtures.costly] {
      let experiment = Self.experiment(seed: UInt64(seed), testbed: testbed)
      let run = try simulate(experiment, "clockwork")
      for record in run.keeper.records {
        let slo = try #require(experiment.tenants[record.tenant].sloNS)
        #expect(record.completionNS - record.arrivalNS <= slo, "seed \(seed): \(record)")
      }
      for t in experiment.tenants.indices {
        #expect(run.totals.completed[t] + run.totals.dropped[t] == 300)
        // It does serve where it can: one request at a time takes some tenth of a millisecond.
        #expect(run.totals.completed[t] > 30, "seed \(seed)")
      }
    }
  }

  @Test("Clockwork: the most urgent batch of the free GPU goes, as large as is in time")
  func clockworkOrder() throws {
    let short = Fixtures.table(
      "s", [Fixtures.kernel("k", duration: 100_000, blocks: 64)], batches: [1, 2, 4])
    let experiment = Fixtures.experiment([
      Fixtures.tenant("loose", short, sloNS: 5_000_000, .trace([0, 0, 0])),
      Fixtures.tenant("tight", short, sloNS: 350_000, .trace([10, 10, 10, 10])),
    ])
    let run = try simulate(experiment, "clockwork")
    // At 0 two of 'loose' go, to 200 us. Then of 'tight' one is in time by 350 us (two would end at
    // 400), and the other three are not.
    let first = run.keeper.records.map { "\($0.tenant) \($0.firstLaunchNS) \($0.completionNS)" }
    #expect(
      first == ["0 0 200000", "0 0 200000", "1 200000 300000", "0 300000 400000"], "\(first)")
    #expect(run.totals.dropped == [0, 3])
  }

  @Test("Clockwork: an objective that nobody can meet leaves nothing but rejections")
  func clockworkHopeless() throws {
    let table = Fixtures.table("s", [Fixtures.kernel("k", duration: 100_000)])
    let run = try simulate(
      Fixtures.experiment(
        [Fixtures.tenant("a", table, sloNS: 50_000, .closedLoop(clients: 2, thinkNS: 0))],
        durationNS: 5_000_000), "clockwork")
    #expect(run.totals.completed == [0] && run.totals.dropped[0] > 50)
    #expect(run.totals.dropped[0] < 500)
  }

  @Test("Nexus: a load beyond one GPU is thinned to what is served in time")
  func nexusThins() throws {
    // L(b) = 1 + b ms at 20 ms: 9 every 10 ms are 900 req/s; 2 700 come.
    let kernels = [
      Fixtures.kernel("fixed", duration: 1_000_000, blocks: 64),
      Fixtures.kernel("each", duration: 1_000_000, blocks: 64),
    ]
    var table = Fixtures.table("m", kernels, batches: Array(1...16))
    for i in table.batches.indices { table.batches[i].launches[0].durationNS = 1_000_000 }
    var options = PolicyOptions()
    options.set("rates_rps", .number(2_700))
    let run = try simulate(
      Fixtures.experiment(
        [
          Fixtures.tenant(
            "a", table, sloNS: 20_000_000, .process(.deterministic(requestsPerSecond: 2_700)))
        ], durationNS: 4_000_000_000), "nexus", options: options)
    let inTime = run.keeper.records.count { $0.completionNS - $0.arrivalNS <= 20_000_000 }
    #expect(inTime == run.keeper.records.count)
    #expect(run.totals.completed[0] > 3_400 && run.totals.completed[0] <= 3_620)
  }

  @Test("Nexus: a load that fits loses nothing")
  func nexusServes() throws {
    let table = Fixtures.table(
      "m", [Fixtures.kernel("k", duration: 500_000, blocks: 64)], batches: Array(1...8))
    let run = try simulate(
      Fixtures.experiment(
        ["a", "b"].map {
          Fixtures.tenant($0, table, sloNS: 20_000_000, .process(.poisson(requestsPerSecond: 400)))
        }, durationNS: 4_000_000_000), "nexus")
    #expect(run.totals.dropped.reduce(0, +) == 0)
    #expect(run.keeper.records.allSatisfy { $0.completionNS - $0.arrivalNS <= 20_000_000 })
  }
}
