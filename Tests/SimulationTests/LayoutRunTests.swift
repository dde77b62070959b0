import Hardware
import RunSupport
import Scheduling
import Tables
import Testing

@testable import Simulation

/// Runs in parts of a GPU, whoever planned them.
@Suite("Parts of a GPU")
struct LayoutRunTests {
  /// Puts tenants where it is told.
  struct Placed: SharingPolicy {
    static let descriptor = PolicyDescriptor(name: "placed", summary: "placed", source: "a test")
    var mechanism: SharingMechanism
    init(_ options: PolicyOptions) { mechanism = .mps(activeThreadPercentages: [:]) }
    init(_ layout: GPULayout) { mechanism = .partitions(layout) }
  }

  static func run(
    _ experiment: Experiment, _ layout: GPULayout
  ) throws -> (totals: RunTotals, keeper: RecordKeeper) {
    let policy = Placed(layout)
    let programs = try ProgramSet(
      experiment, largestBatch: 1, smCaps: [], placed: Planner.placed(for: policy, experiment))
    let (totals, observer) = try Simulation.run(
      experiment, programs, policy, label: "placed", seed: 1, observer: RecordKeeper())
    return (totals, observer as? RecordKeeper ?? RecordKeeper())
  }

  static func latencies(_ keeper: RecordKeeper, of tenant: Int) -> [[Int64]] {
    keeper.records.filter { $0.tenant == tenant }.map {
      [$0.arrivalNS, $0.firstLaunchNS, $0.completionNS]
    }.sorted { $0[0] < $1[0] }
  }

  @Test("one part of everything is none", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func wholeIsNone(seed: UInt64) throws {
    for testbed in [Testbed(name: "ideal"), Fixtures.costly] {
      let experiment = mixedExperiment(seed: seed, testbed: testbed)
      let own = Dictionary(uniqueKeysWithValues: experiment.tenants.map { ($0.name, [0]) })
      let plain = try simulate(experiment, "space-only")
      let parts: [GPULayout.Part] = [.sms(0..<8), .slice("7g.16gb")]
      for part in parts {
        let whole = try Self.run(experiment, GPULayout(parts: [part], partsByTenant: own))
        #expect(whole.totals == plain.totals, "\(part)")
        #expect(whole.totals.digest == plain.totals.digest)
      }
    }
  }

  // Replace one tenant by a storm: in instances of MIG the other does not feel it at all.
  @Test("MIG instances never touch each other", arguments: [1, 2, 3, 4] as [UInt64])
  func instancesAreApart(seed: UInt64) throws {
    var testbed = Fixtures.costly
    testbed.coRunnerSlowdown = 0.2
    testbed.pcieGBPerS = 1
    var experiment = mixedExperiment(seed: seed, testbed: testbed)
    experiment.tenants = Array(experiment.tenants.prefix(2))
    for t in experiment.tenants.indices { experiment.tenants[t].table.inputBytes = 40_000 }
    let layout = GPULayout(
      parts: [.slice("4g.8gb"), .slice("3g.8gb")], partsByTenant: ["t0": [0], "t1": [1]])
    let calm = try Self.run(experiment, layout)
    var storm = experiment
    storm.tenants[1].arrivals = .closedLoop(clients: 9, thinkNS: 0)
    storm.durationNS = 100_000_000
    let wild = try Self.run(storm, layout)
    #expect(Self.latencies(calm.keeper, of: 0) == Self.latencies(wild.keeper, of: 0))
    #expect(wild.totals.completed[1] > calm.totals.completed[1])
    // The test can fail: under MPS it does feel it.
    let parts = GPULayout(
      parts: [.sms(0..<4), .sms(4..<8)], partsByTenant: ["t0": [0], "t1": [1]])
    let beside = try (Self.run(experiment, parts), Self.run(storm, parts))
    #expect(Self.latencies(beside.0.keeper, of: 0) != Self.latencies(beside.1.keeper, of: 0))
    #expect(calm.totals.gpus == 1)
  }

  @Test("an instance is the smaller GPU")
  func instanceIsAGPU() throws {
    // Of measured kernels an instance has the whole GPU's times as its measure: blocks come first.
    let table = Fixtures.table(
      "m", [Fixtures.kernel("k", duration: 80_000, blocks: 64, flop: 1_000, bytes: 60_000_000)])
    let tenant = Fixtures.tenant("a", table, .trace([0, 10_000_000]))
    let experiment = Fixtures.experiment([tenant])
    func latency(_ part: GPULayout.Part) throws -> Int64 {
      let run = try Self.run(experiment, GPULayout(parts: [part], partsByTenant: ["a": [0]]))
      let first = try #require(run.keeper.records.first)
      let isAlike = Set(run.keeper.records.map { $0.completionNS - $0.arrivalNS }).count == 1
      #expect(isAlike)
      return first.completionNS - first.arrivalNS
    }
    let whole = try latency(.slice("7g.16gb"))
    let half = try latency(.slice("3g.8gb"))
    let sms = try latency(.sms(0..<4))
    #expect(whole == 80_000)
    // A kernel that DRAM bounds (60 MB at 800 GB/s take 75 us) takes twice as long with half of
    // it, and keeps the whole bandwidth on half the SMs.
    #expect(half >= 150_000 && half >= sms)
  }

  @Test("a policy that lays out what is not there is refused with a sentence")
  func impossibleLayouts() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 1_000)])
    let experiment = Fixtures.experiment([Fixtures.tenant("a", table, .trace([0]))])
    let cases: [(GPULayout, String)] = [
      (GPULayout(parts: [.sms(0..<8)], partsByTenant: [:]), "'a' has no part of the GPU"),
      (GPULayout(parts: [.sms(0..<8)], partsByTenant: ["a": [1]]), "'a' is in part 1 of 1"),
      (GPULayout(parts: [.sms(0..<9)], partsByTenant: ["a": [0]]), "the GPU has no SMs 0..<9"),
      (
        GPULayout(parts: [.slice("9g")], partsByTenant: ["a": [0]]),
        "the GPU does not have all of its MIG profiles"
      ),
      (
        GPULayout(parts: [.slice("4g.8gb"), .slice("4g.8gb")], partsByTenant: ["a": [0]]),
        "4g.8gb + 4g.8gb is no MIG layout of the GPU"
      ),
      (
        GPULayout(parts: [.slice("4g.8gb"), .sms(0..<1)], partsByTenant: ["a": [0]]),
        "MIG and MPS parts do not mix"
      ),
    ]
    for (layout, reason) in cases {
      do {
        _ = try Self.run(experiment, layout)
        Issue.record("\(reason): it ran")
      } catch let error as InputError {
        #expect("\(error)".contains(reason), "\(error)")
      }
    }
  }

  @Test("an instance's memory is its own")
  func memoryOfInstances() throws {
    var table = Fixtures.table("m", [Fixtures.kernel("k", duration: 1_000)])
    table.weightsMiB = 3_000
    let tenants = ["a", "b"].map { Fixtures.tenant($0, table, .trace([0])) }
    let experiment = Fixtures.experiment(tenants, policies: ["mig"])
    var options = PolicyOptions()
    options.set("profile", .word("1g.2gb"))
    #expect(throws: InputError.self) { try simulate(experiment, "mig", options: options) }
    options.set("profile", .word("2g.4gb"))
    #expect(try simulate(experiment, "mig", options: options).totals.completed == [1, 1])
    // What is refused does not keep the others from running.
    let both = Fixtures.experiment(
      tenants, policies: ["mig", "space-only"], gpu: Fixtures.plainGPU())
    let programs = try Simulation.prepare(both)
    #expect(throws: InputError.self) {
      try Simulation.run(both, programs, both.policies[0], seed: 1, observer: RecordKeeper())
    }
    _ = try Simulation.run(both, programs, both.policies[1], seed: 1, observer: RecordKeeper())
  }
}
