import Hardware
import Policies
import RunSupport
import Scheduling
import Testing

@testable import Simulation

/// One small scene for each reason, worked out by hand.
@Suite("Wait reasons, by hand")
struct WaitSceneTests {
  private static func light(_ name: String, _ duration: Int64, blocks: Int) -> KernelProfile {
    Fixtures.kernel(name, duration: duration, blocks: blocks, flop: 1_000, bytes: 0)
  }

  private static func tenant(
    _ name: String, _ launches: [KernelProfile], replicas: Int = 1, at arrivals: [Int64] = [0],
    priority: Int = 0
  ) -> TenantSpec {
    var tenant = Fixtures.tenant(
      name, Fixtures.table(name, launches, batches: [1, 2, 4]), replicas: replicas, .trace(arrivals)
    )
    tenant.priority = priority
    return tenant
  }

  @Test("alone, all of it is its own work and the host's")
  func aloneAndHost() throws {
    let tenants = [
      Self.tenant("a", [Self.light("k", 50_000, blocks: 8), Self.light("l", 70_000, blocks: 8)])
    ]
    for policy in ["exclusive", "time-only", "space-only"] {
      let ideal = try follow(Fixtures.experiment(tenants), policy)
      #expect(ideal.heard.parts(of: 0) == [[.own: 120_000]], "\(policy)")
      let costly = try follow(Fixtures.experiment(tenants, testbed: Fixtures.costly), policy)
      // Request and launch on the host, one gap, the completion.
      #expect(
        costly.heard.parts(of: 0) == [[.own: 120_000, .host: 13_000 + 1_300 + 8_000]], "\(policy)")
    }
  }

  @Test(
    "a request waits for its tenant's only replica",
    arguments: ["exclusive", "space-only", "time-only"])
  func queue(policy: String) throws {
    let tenants = [Self.tenant("a", [Self.light("k", 50_000, blocks: 8)], at: [0, 10_000])]
    let run = try follow(Fixtures.experiment(tenants), policy)
    #expect(run.heard.parts(of: 0) == [[.own: 50_000], [.queue: 40_000, .own: 50_000]])
  }

  @Test("a batch waits for others, and for another's batch on the GPU")
  func batch() throws {
    let tenants = [
      Self.tenant("a", [Self.light("k", 50_000, blocks: 8)]),
      Self.tenant("b", [Self.light("l", 60_000, blocks: 8)], at: [1_000]),
    ]
    var options = PolicyOptions()
    options.set("max_delay_ms", .number(0.03))
    options.set("max_batch", .number(4))
    let run = try follow(Fixtures.experiment(tenants), "batched", options: options)
    #expect(run.heard.parts(of: 0) == [[.batch: 30_000, .own: 50_000]])
    // From 30 to 80 us the GPU is a's.
    #expect(run.heard.parts(of: 1) == [[.batch: 29_000, .queue: 50_000, .own: 60_000]])
  }

  @Test("a launch waits behind the head of the queue, then for room")
  func orderAndRoom() throws {
    // Two waves of 64 blocks, all that the SMs hold.
    let tenants = [
      Self.tenant("a", [Self.light("k", 100_000, blocks: 128)]),
      Self.tenant("b", [Self.light("l", 30_000, blocks: 64)], at: [1_000]),
    ]
    let run = try follow(
      Fixtures.experiment(tenants), "space-only", RunFollowing(splits: true, blames: true))
    #expect(run.heard.parts(of: 0) == [[.own: 100_000]])
    #expect(run.heard.parts(of: 1) == [[.order: 49_000, .smsFull: 50_000, .own: 30_000]])
    #expect(run.heard.explanations.last?.inTheWay == [99_000, 0])
  }

  @Test("a launch waits behind another's in a hardware queue that they share")
  func sharedQueue() throws {
    let tenants = [
      Self.tenant(
        "a", [Self.light("k", 100_000, blocks: 1), Self.light("m", 100_000, blocks: 1)]),
      Self.tenant("b", [Self.light("l", 30_000, blocks: 1)], at: [1_000]),
    ]
    var options = PolicyOptions()
    options.set("hardware_queues", .number(1))
    let run = try follow(Fixtures.experiment(tenants), "space-only", options: options)
    #expect(run.heard.parts(of: 1) == [[.order: 99_000, .own: 30_000]])
  }

  @Test("two that each want all of every SM share them")
  func sharing() throws {
    let full = Fixtures.kernel("k", duration: 100_000, blocks: 8, flop: 102_400_000, bytes: 0)
    let tenants = [Self.tenant("a", [full]), Self.tenant("b", [full])]
    let run = try follow(
      Fixtures.experiment(tenants), "space-only", RunFollowing(splits: true, blames: true))
    for t in 0..<2 {
      #expect(run.heard.parts(of: t) == [[.own: 100_000, .smSharing: 100_000]])
      let other = run.heard.explanations[t].inTheWay[1 - run.heard.explanations[t].record.tenant]
      #expect(abs(other - 100_000) < 1, "\(run.heard.explanations[t])")
    }
  }

  @Test("the slowdown beside another launch is SM sharing")
  func coRunner() throws {
    let small = Self.light("k", 100_000, blocks: 8)
    var testbed = Testbed(name: "co-runner")
    testbed.coRunnerSlowdown = 0.25
    let tenants = [Self.tenant("a", [small]), Self.tenant("b", [small])]
    let run = try follow(Fixtures.experiment(tenants, testbed: testbed), "space-only")
    #expect(run.heard.parts(of: 0) == [[.own: 100_000, .smSharing: 25_000]])
  }

  @Test("two that each want all of the DRAM share it")
  func dram() throws {
    var gpu = Fixtures.gpu()
    gpu.dramGBPerS = 80
    let full = Fixtures.kernel("k", duration: 100_000, blocks: 8, flop: 1_000, bytes: 8_000_000)
    let tenants = [Self.tenant("a", [full]), Self.tenant("b", [full])]
    let run = try follow(Fixtures.experiment(tenants, gpu: gpu), "space-only")
    #expect(run.heard.parts(of: 0) == [[.own: 100_000, .dram: 100_000]])
    #expect(run.heard.parts(of: 1) == [[.own: 100_000, .dram: 100_000]])
  }

  @Test("contexts wait for others' slices and for switches")
  func slices() throws {
    var testbed = Testbed(name: "slices")
    testbed.timeSlice = 10_000
    testbed.switchBusy = 7_000
    testbed.switchIdle = 3_000
    let tenants = [
      Self.tenant(
        "a", [Self.light("k", 11_000, blocks: 8), Self.light("m", 10_000, blocks: 8)], priority: 1),
      Self.tenant("b", [Self.light("l", 4_000, blocks: 8)]),
    ]
    let run = try follow(
      Fixtures.experiment(tenants, testbed: testbed), "time-only",
      RunFollowing(splits: true, blames: true))
    #expect(run.heard.parts(of: 1) == [[.slice: 10_000, .switching: 7_000, .own: 4_000]])
    #expect(run.heard.parts(of: 0) == [[.slice: 4_000, .switching: 10_000, .own: 21_000]])
    #expect(run.heard.explanations.map(\.inTheWay) == [[10_000, 0], [0, 4_000]])
  }

  @Test("a capped client waits for the SMs that it may not use, alone or not")
  func caps() throws {
    let wide = Self.light("k", 50_000, blocks: 64)
    var options = PolicyOptions()
    options.set("active_thread_percentage", .number(50))
    let one = try follow(
      Fixtures.experiment([Self.tenant("a", [wide])]), "space-only", options: options)
    #expect(one.heard.parts(of: 0) == [[.own: 50_000, .slice: 50_000]])
    let two = try follow(
      Fixtures.experiment([Self.tenant("a", [wide]), Self.tenant("b", [wide])]), "space-only",
      options: options)
    for t in 0..<2 { #expect(two.heard.parts(of: t) == [[.own: 50_000, .slice: 50_000]]) }
  }

  @Test("an instance of MIG is a smaller GPU")
  func instances() throws {
    let wide = Self.light("k", 50_000, blocks: 64)
    var options = PolicyOptions()
    options.set("profile", .word("3g.8gb"))
    let run = try follow(
      Fixtures.experiment([Self.tenant("a", [wide])]), "mig", options: options)
    #expect(run.heard.parts(of: 0) == [[.own: 50_000, .slice: 50_000]])
  }

  @Test("members of a super-kernel wait for each other")
  func superKernel() throws {
    let wide = Self.light("k", 50_000, blocks: 64)
    var options = PolicyOptions()
    options.set("window_us", .number(100))
    options.set("gate", .word("always"))
    options.set("max_batch", .number(1))
    let tenants = [Self.tenant("a", [wide], replicas: 2, at: [0, 0])]
    let run = try follow(Fixtures.experiment(tenants), "space-time", options: options)
    #expect(run.totals.superKernels == 1)
    for parts in run.heard.parts(of: 0) {
      #expect(parts[.own] == 50_000 && (parts[.held] ?? 0) >= 50_000, "\(parts)")
      #expect(Set(parts.keys) == [.own, .held])
    }
  }

  @Test("what was killed is redone")
  func kills() throws {
    let long = Self.light("k", 1_000_000, blocks: 64)
    let tenants = [
      Self.tenant("urgent", [Self.light("l", 20_000, blocks: 64)], at: [300_000], priority: 1),
      Self.tenant("patient", [long]),
    ]
    let run = try follow(Fixtures.experiment(tenants), "reef")
    #expect(run.totals.killedLaunches == 1 && run.totals.wastedNS == 300_000)
    let parts = run.heard.parts(of: 1)
    #expect(parts.count == 1 && parts[0][.redone] == 300_000 && parts[0][.own] == 1_000_000)
    #expect((parts[0][.held] ?? 0) >= 20_000)
  }

  @Test("copies take turns")
  func copies() throws {
    var testbed = Testbed(name: "copies")
    testbed.pcieGBPerS = 1
    var tenants = [
      Self.tenant("a", [Self.light("k", 50_000, blocks: 1)], priority: 1),
      Self.tenant("b", [Self.light("l", 50_000, blocks: 1)]),
    ]
    for t in 0..<2 { tenants[t].table.inputBytes = 20_000 }
    for policy in ["space-only", "time-only"] {
      let run = try follow(Fixtures.experiment(tenants, testbed: testbed), policy)
      #expect(run.heard.parts(of: 0) == [[.own: 70_000]], "\(policy)")
      #expect(run.heard.parts(of: 1).first?[.order] == 20_000, "\(policy)")
    }
  }
}
