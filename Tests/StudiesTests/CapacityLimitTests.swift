import Hardware
import Policies
import RunSupport
import Tables
import Testing
import Workloads

@testable import Simulation
@testable import Studies

/// What limits a policy, on scenes that are short of one thing.
struct CapacityLimitTests {
  private static func tenants(
    _ count: Int, replicas: Int = 1, rps: Double, sloNS: Int64, _ kernels: [KernelProfile]
  ) -> [TenantSpec] {
    (0..<count).map { t in
      Fixtures.tenant(
        "t\(t)", Fixtures.table("m", kernels), replicas: replicas, sloNS: sloNS,
        .process(.poisson(requestsPerSecond: rps)))
    }
  }

  private static func limit(
    _ tenants: [TenantSpec], _ policy: String, testbed: Testbed? = nil,
    gpu: GPUSpec? = nil, axis: CapacityAxis = .load
  ) throws -> (name: String, gains: [CapacityResource: Double], knee: CapacityKnee) {
    let experiment = Fixtures.experiment(
      tenants, policies: [policy], testbed: testbed, gpu: gpu, durationNS: 1_000_000_000)
    let study = try CapacityTests.answered(experiment) {
      $0.asksLimits = true
      $0.axis = axis
    }
    let limits = try #require(study.rows[0].limits)
    return (limits.name, limits.gains, try CapacityTests.knee(study))
  }

  @Test func turnsAtTheGPU() throws {
    let found = try Self.limit(
      Self.tenants(2, rps: 200, sloNS: 10_000_000, [Fixtures.kernel("k", duration: 1_000_000)]),
      "time-only")
    #expect(found.name == "one at a time", "\(found)")
    #expect(found.gains[.sm] == 1 && found.gains[.dram] == 1 && found.gains[.host] == 1)
    #expect(found.gains[.pace] ?? 0 >= 2)
  }

  @Test func replicas() throws {
    // One replica, whose launches fill an eighth of the GPU.
    let found = try Self.limit(
      Self.tenants(
        1, rps: 300, sloNS: 10_000_000, [Fixtures.kernel("k", duration: 1_000_000, blocks: 1)]),
      "exclusive")
    #expect(found.gains[.queue] ?? 0 >= 2, "\(found)")
    #expect(found.name.contains("queue"), "\(found)")
  }

  @Test func theHost() throws {
    var testbed = Testbed(name: "slow")
    testbed.launchCPU = 200_000
    testbed.launchLock = 200_000
    let kernels = (0..<5).map { Fixtures.kernel("k\($0)", duration: 2_000) }
    let found = try Self.limit(
      Self.tenants(4, replicas: 4, rps: 100, sloNS: 8_000_000, kernels), "space-only",
      testbed: testbed)
    // Every replica has a thread of its own: more of them are as good as quicker ones.
    #expect(found.name == "host, queue", "\(found)")
    #expect(found.gains[.host] ?? 0 >= 2 && found.gains[.sm] == 1 && found.gains[.pace] == 1)
  }

  @Test func theSMs() throws {
    // 8 blocks on 8 SMs, each asking for nearly all of its SM.
    let kernel = Fixtures.kernel(
      "k", duration: 1_000_000, blocks: 8, flop: 1_000_000_000, bytes: 1_000)
    let found = try Self.limit(
      Self.tenants(4, replicas: 8, rps: 100, sloNS: 20_000_000, [kernel]), "space-only")
    #expect(found.name == "SMs", "\(found)")
  }

  @Test func theDRAM() throws {
    // Four launches fit on the SMs together, and each alone asks for three quarters of the DRAM.
    var gpu = Fixtures.plainGPU()
    gpu.dramGBPerS = 200
    let kernel = Fixtures.kernel(
      "k", duration: 1_000_000, blocks: 16, flop: 1_000, bytes: 150_000_000)
    let found = try Self.limit(
      Self.tenants(4, replicas: 4, rps: 200, sloNS: 8_000_000, [kernel]), "space-only", gpu: gpu)
    #expect(found.name == "DRAM", "\(found)")
  }

  @Test func memory() throws {
    // A replica is 20 MiB and a context 480: 32 of them fill 16 000 MiB.
    var testbed = Testbed(name: "large")
    testbed.contextMiB = 480
    let kernels = [Fixtures.kernel("k", duration: 1_000)]
    let processes = try Self.limit(
      Self.tenants(1, rps: 1, sloNS: 1_000_000_000, kernels), "time-only", testbed: testbed,
      axis: .tenants)
    #expect(processes.name == "memory" && processes.knee.capacity == 32, "\(processes)")
    #expect(processes.knee.refusal?.diagnostics.first?.message.contains("does not fit") == true)
    // MPS takes 48 clients, whatever their memory.
    let clients = try Self.limit(
      Self.tenants(1, rps: 1, sloNS: 1_000_000_000, kernels), "space-only", axis: .tenants)
    #expect(clients.name == "MPS clients" && clients.knee.capacity == 48, "\(clients)")
  }

  @Test func anObjectiveBelowTheTimeAlone() throws {
    let found = try Self.limit(
      Self.tenants(1, rps: 10, sloNS: 999_999, [Fixtures.kernel("k", duration: 1_000_000)]),
      "time-only", axis: .tenants)
    #expect(found.name == "SLO" && found.knee.capacity == 0 && found.knee.failing == 1)
  }
}
