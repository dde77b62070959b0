import Hardware
import RunSupport
import Scheduling
import SimBasics
import Testing

@testable import Simulation

/// Models' launches under `atos`, block by block.
struct QueuedModelTests {
  private static let kernels = [
    Fixtures.kernel("a", duration: 10_000, blocks: 64), Fixtures.kernel("b", duration: 30_000),
    Fixtures.kernel("c", duration: 5_000, blocks: 300),
  ]

  private static let free: [String: PolicyOptions.Value] = [
    "pop_ns": .number(0), "push_ns": .number(0), "poll_ns": .number(0),
  ]

  private static func run(
    _ values: [String: PolicyOptions.Value], of kernels: [KernelProfile] = Self.kernels,
    at times: [Int64] = [0], replicas: Int = 1, testbed: Testbed = Fixtures.costly
  ) throws -> (totals: RunTotals, latencies: [Int64]) {
    var options = PolicyOptions()
    for name in values.keys.sorted() { if let value = values[name] { options.set(name, value) } }
    let tenant = Fixtures.tenant(
      "a", Fixtures.table("m", kernels), replicas: replicas, .trace(times))
    let run = try simulate(
      Fixtures.experiment([tenant], testbed: testbed), "atos", options: options)
    return (run.totals, run.keeper.records.map { $0.completionNS - $0.arrivalNS })
  }

  @Test("what a request takes alone: its launches, and what is between them")
  func alone() throws {
    let host = 10_000 + 4_000 + 8_000 as Int64
    let persistent = try Self.run(Self.free)
    #expect(persistent.latencies == [45_000 + host] && persistent.totals.deviceLaunches == 1)
    let costly = try Self.run([
      "pop_ns": .number(0), "push_ns": .number(70), "poll_ns": .number(5),
    ])
    #expect(costly.latencies == [45_000 + host + 2 * 75])
    // A claim for each of a worker's blocks: 1, 1 and 5 of them, 8 workers to an SM.
    let claims = try Self.run([
      "pop_ns": .number(100), "push_ns": .number(0), "poll_ns": .number(0),
    ])
    #expect(claims.latencies == [45_000 + host + 7 * 100])
    let bsp = try Self.run(["mode": .word("bsp"), "push_ns": .number(0)])
    #expect(bsp.latencies == [45_000 + host + 2 * (8_000 + 4_000)])
    #expect(bsp.totals.deviceLaunches == 3)
    var testbed = Fixtures.costly
    testbed.copyLatency = 500
    let discrete = try Self.run(["mode": .word("discrete")], testbed: testbed)
    #expect(discrete.latencies == [45_000 + host + 2 * (500 + 4_000)])
  }

  @Test("its workers hold all SMs from a request's first launch to its last one's end")
  func holds() throws {
    // Alone (not followed), together, and one that ends amid another.
    for times in [[0], [0, 0], [0, 20_000], [0, 200_000]] as [[Int64]] {
      let run = try Self.run(Self.free, at: times, replicas: 2)
      let span: Int64 =
        switch times {
        case [0]: 45_000
        case [0, 200_000]: 90_000
        default: (zip(times, run.latencies).map { $0 + $1 }.max() ?? 0) - 22_000
        }
      #expect(run.totals.integrals.busyTime == Int128(span), "\(times)")
      #expect(run.totals.integrals.activeSMTime == Int128(8 * span), "\(times)")
      #expect(run.totals.integrals.warpTime == Int128(8 * 64 * span), "\(times)")
      #expect(run.totals.deviceLaunches == times.count)
    }
  }

  @Test("a grid's workers hold what its largest kernel needs")
  func largest() throws {
    var big = Fixtures.kernel("big", duration: 1_000, blocks: 8)
    (big.sharedMemoryBytes, big.registersPerThread) = (40_000, 128)
    // Two of 40 kB fit an SM: 64 blocks of the small one go in four rounds where they took one.
    let small = Fixtures.kernel("small", duration: 10_000, blocks: 64, flop: 0, bytes: 0)
    let run = try Self.run(Self.free, of: [big, small], testbed: Testbed(name: "ideal"))
    #expect(run.latencies == [41_000])
    let alone = try Self.run(Self.free, of: [small], testbed: Testbed(name: "ideal"))
    #expect(alone.latencies == [10_000])
  }
}
