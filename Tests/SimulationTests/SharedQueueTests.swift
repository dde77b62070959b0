import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import Testing

@testable import Simulation

/// MPS clients that share hardware queues, and super-kernels of one launch.
struct SharedQueueTests {
  /// A model of six launches of one block each, so that eight fit side by side without slowing each
  /// other down.
  private static let table = Fixtures.table(
    "m", (0..<6).map { Fixtures.kernel("k\($0)", duration: 50_000, blocks: 1, bytes: 0) })

  /// One request for each replica, each host done with its launches before the next one begins.
  private static func run(replicas: Int, queues: Int?) throws -> [RequestRecord] {
    var options = PolicyOptions()
    if let queues { options.set("hardware_queues", .number(Double(queues))) }
    var testbed = Testbed(name: "host")
    testbed.launchCPU = 4_000
    testbed.launchGap = 1_000
    let arrivals = (0..<replicas).map { Int64($0) * 30_000 }
    let tenant = Fixtures.tenant("a", table, replicas: replicas, .trace(arrivals))
    return try simulate(
      Fixtures.experiment([tenant], testbed: testbed), "space-only", options: options
    ).keeper.records.sorted { $0.replica < $1.replica }
  }

  /// A queue for each client is what there is without the option.
  @Test(arguments: [2, 5, 8]) func enoughQueuesAreNone(replicas: Int) throws {
    let free = try Self.run(replicas: replicas, queues: nil)
    let enough = try Self.run(replicas: replicas, queues: replicas)
    #expect(free.map(\.completionNS) == enough.map(\.completionNS))
    #expect(free.count == replicas)
  }

  /// Launches of one client are in order, so those of another behind them wait: the fewer queues,
  /// the longer; with one, a request's last launch and the next one's first are side by side.
  @Test func sharedQueuesHoldBack() throws {
    let ends = try [1, 2, 4, 8].map { queues in
      try Self.run(replicas: 8, queues: queues).map(\.completionNS).max() ?? 0
    }
    #expect(ends == ends.sorted(by: >) && ends[0] > 3 * ends[3], "\(ends)")
    let step: Int64 = 5 * 51_000
    #expect(ends[0] == 4_000 + 7 * step + 6 * 51_000 - 1_000)
  }

  /// Seven clients on two queues: the four that share one wait longer than the three of the other.
  @Test func theFullerQueueIsTheSlower() throws {
    let latencies = try Self.run(replicas: 7, queues: 2).map { $0.completionNS - $0.arrivalNS }
    let (even, odd) = ([0, 2, 4, 6].map { latencies[$0] }, [1, 3, 5].map { latencies[$0] })
    #expect((even.max() ?? 0) > (odd.max() ?? .max) * 5 / 4, "\(latencies)")
  }

  /// A launch without partners pays for the batched call where the policy says that it is one.
  @Test func singleSuperKernelsCostWhatFusingDoes() throws {
    // Issuing all of the time, it takes as much longer as the batched call's kernel issues more.
    let kernel = Fixtures.kernel("k", duration: 50_000, flop: 51_200_000)
    let tenant = Fixtures.tenant("a", Fixtures.table("m", [kernel]), .trace([0, 1_000_000]))
    var testbed = Testbed(name: "fusing")
    testbed.superKernel.fixed = 7_000
    testbed.superKernel.perProblem = 300
    testbed.superKernel.cold = 11_000
    testbed.superKernel.timeFactor = 1.5
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
