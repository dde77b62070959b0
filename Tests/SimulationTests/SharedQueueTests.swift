import GPUModel
import Policies
import SimBasics
import Testing

@testable import Simulation

/// MPS clients that share hardware queues, and super-kernels of one launch.
struct SharedQueueTests {
  /// A model of six launches of one block each, so that eight fit side by side without slowing each
  /// other down.
  private static let table = Fixtures.table(
    "m", (0..<6).map { Fixtures.kernel("k\($0)", duration: 50_000, blocks: 1, bytes: 0) })

  private static func run(replicas: Int, queues: Int?) throws -> RecordKeeper {
    var options = PolicyOptions()
    if let queues { options.set("hardware_queues", .number(Double(queues))) }
    var testbed = Testbed(name: "host")
    testbed.launchCPU = 4_000
    testbed.launchGap = 1_000
    let tenant = Fixtures.tenant(
      "a", table, replicas: replicas, .closedLoop(clients: 1, thinkNS: 0))
    return try simulate(
      Fixtures.experiment(
        [tenant], testbed: testbed, durationNS: 40_000_000, warmupNS: 10_000_000),
      "space-only", options: options
    ).keeper
  }

  private static func means(_ keeper: RecordKeeper, replicas: Int) -> [Double] {
    (0..<replicas).map { r in
      let own = keeper.records.filter { $0.replica == r }
      return own.reduce(0) { $0 + Double($1.completionNS - $1.arrivalNS) } / Double(own.count)
    }
  }

  /// A queue for each client is what there is without the option.
  @Test(arguments: [2, 5, 8]) func enoughQueuesAreNone(replicas: Int) throws {
    let free = try Self.run(replicas: replicas, queues: nil)
    let enough = try Self.run(replicas: replicas, queues: replicas)
    #expect(free.records.map(\.completionNS) == enough.records.map(\.completionNS))
    #expect(free.records.count > 100)
  }

  /// Launches of one client are in order, so a queue shared holds its clients back.
  @Test func sharedQueuesHoldBack() throws {
    let counts = try [1, 2, 4, 8].map { try Self.run(replicas: 8, queues: $0).records.count }
    #expect(counts == counts.sorted() && counts[0] * 2 < counts[3], "\(counts)")
  }

  /// Seven clients on two queues: the four that share one wait longer than the three of the other.
  @Test func theFullerQueueIsTheSlower() throws {
    let means = Self.means(try Self.run(replicas: 7, queues: 2), replicas: 7)
    let (even, odd) = ([0, 2, 4, 6].map { means[$0] }, [1, 3, 5].map { means[$0] })
    #expect((even.min() ?? 0) > 1.1 * (odd.max() ?? .infinity), "\(means)")
  }

  /// A launch without partners pays for the batched call where the policy says that it is one.
  @Test func singleSuperKernelsCostWhatFusingDoes() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 50_000)])
    let tenant = Fixtures.tenant("a", table, .trace([0, 1_000_000]))
    var testbed = Testbed(name: "fusing")
    testbed.superKernelFixed = 7_000
    testbed.superKernelPerProblem = 300
    testbed.superKernelCold = 11_000
    testbed.superKernelTimeFactor = 1.5
    let base = Fixtures.experiment([tenant], testbed: testbed)
    func latencies(_ isFused: Bool) throws -> [Int64] {
      var options = PolicyOptions()
      options.set("fuse_single", .flag(isFused))
      return try simulate(base, "space-time", options: options).keeper.records
        .map { $0.completionNS - $0.arrivalNS }
    }
    #expect(try latencies(false) == [50_000, 50_000])
    #expect(try latencies(true) == [75_000 + 18_300, 75_000 + 7_300])
  }
}
