import Device
import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import TestSupport
import Testing

@testable import Simulation

/// Law 15: what makes a run fast is invisible. The same mixes with each shortcut on and off.
struct ShortcutTests {
  private struct Heard: Equatable {
    var totals: RunTotals
    var records: [[Int64]]
    var drops: Int
  }

  private static func run(
    _ experiment: Experiment, _ policy: any SharingPolicy, _ shortcuts: SharedRun.Shortcuts,
    devices: Int = 1
  ) throws -> Heard {
    var caps: [Int] = []
    if case .mps(let percentages, _) = policy.mechanism {
      caps = percentages.values.sorted().map {
        PartitionRule.smCap(percentage: $0, gpu: experiment.gpu)
      }
    }
    let programs = try ProgramSet(
      experiment, largestBatch: policy.largestBatch, smCaps: caps)
    var run = SharedRun(
      experiment, programs, policy, flow: try RequestFlow(experiment, seed: 1),
      observer: RecordKeeper(), deviceCount: devices, shortcuts: shortcuts)
    var totals = try run.run()
    // How many events it took is what shortcuts are for.
    totals.events = 0
    let keeper = run.observer as? RecordKeeper ?? RecordKeeper()
    return Heard(
      totals: totals,
      records: keeper.records.map {
        [Int64($0.tenant), Int64($0.replica), $0.arrivalNS, $0.firstLaunchNS, $0.completionNS]
      }, drops: keeper.drops)
  }

  private static func policies(_ random: inout SeededGenerator) -> [any SharingPolicy] {
    func options(_ values: KeyValuePairs<String, PolicyOptions.Value>) -> PolicyOptions {
      var options = PolicyOptions()
      for (name, value) in values { options.set(name, value) }
      return options
    }
    return [
      SpaceOnlyPolicy(options([:])),
      SpaceOnlyPolicy(
        options([
          "active_thread_percentage": .number(Double(25 + random.nextBelow(75))),
          "hardware_queues": .number(Double(1 + random.nextBelow(3))),
        ])),
      SpaceOnlyPolicy(options(["mechanism": .word("streams")])),
      BatchedPolicy(options(["max_batch": .number(4)])),
      SpaceTimePolicy(options(["window_us": .number(Double(random.nextBelow(100)))])),
    ]
  }

  /// A mix of priorities in which many requests begin at one instant: recorded times on a coarse grid,
  /// and closed loops.
  private static func mix(_ seed: UInt64, _ random: inout SeededGenerator) -> Experiment {
    var testbed = random.nextBelow(3) == 0 ? Testbed(name: "ideal") : Fixtures.costly
    if random.nextBelow(2) == 0 { testbed.launchLock = 0 }
    testbed.completionSync += Int64(random.nextBelow(2_000))
    var experiment = mixedExperiment(seed: seed, testbed: testbed)
    for t in experiment.tenants.indices {
      experiment.tenants[t].priority = random.nextBelow(2)
      guard case .trace(let times) = experiment.tenants[t].arrivals else { continue }
      // Sparse enough that requests are alone now and then.
      let factor = Int64(1 + random.nextBelow(8))
      let grid = [1, 50_000, 400_000][random.nextBelow(3)]
      experiment.tenants[t].arrivals = .trace(times.map { $0 * factor / Int64(grid) * Int64(grid) })
      if random.nextBelow(5) == 0, experiment.durationNS == nil {
        experiment.durationNS = 4_000_000
      }
      if experiment.durationNS != nil, random.nextBelow(2) == 0 {
        experiment.tenants[t].arrivals = .closedLoop(clients: 1, thinkNS: 0)
      }
    }
    if random.nextBelow(2) == 0 { experiment.warmupNS = Int64(random.nextBelow(3_000_000)) }
    if experiment.durationNS == nil, random.nextBelow(2) == 0 {
      experiment.durationNS = 3_000_000 + Int64(random.nextBelow(9_000_000))
    }
    return experiment
  }

  @Test(
    "a run is the same without its shortcuts",
    arguments: 1...(SharedFiles.isDeepRun ? 20_000 : 60) as ClosedRange<UInt64>)
  func shortcutsAreInvisible(seed: UInt64) throws {
    var random = SeededGenerator(seed: 900 + seed)
    let experiment = Self.mix(seed, &random)
    for policy in Self.policies(&random) {
      let fast = try Self.run(experiment, policy, SharedRun.Shortcuts())
      for (solo, plain) in [(false, true), (true, false), (false, false)] {
        let slow = try Self.run(
          experiment, policy, SharedRun.Shortcuts(soloRequests: solo, plainInstants: plain))
        #expect(
          fast == slow, "seed \(seed), \(type(of: policy)), solo \(solo), plain \(plain)")
      }
    }
  }

  @Test(
    "plain instants split latencies alike", arguments: UInt64(1)...(SharedFiles.isDeepRun ? 200 : 6)
  )
  func splits(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let experiment = Self.mix(seed, &random)
    for policy in Self.policies(&random).prefix(3) {
      var caps: [Int] = []
      if case .mps(let percentages, _) = policy.mechanism {
        caps = percentages.values.map { PartitionRule.smCap(percentage: $0, gpu: experiment.gpu) }
      }
      let programs = try ProgramSet(
        experiment, largestBatch: policy.largestBatch, smCaps: caps.sorted())
      let parts = try [true, false].map { plain in
        var run = SharedRun(
          experiment, programs, policy, flow: try RequestFlow(experiment, seed: 1),
          observer: ReasonKeeper(), shortcuts: SharedRun.Shortcuts(plainInstants: plain),
          following: RunFollowing(splits: true))
        _ = try run.run()
        return (run.observer as? ReasonKeeper)?.explanations.map { explanation in
          WaitReason.allCases.map { explanation.parts[$0] }
        }
      }
      #expect(parts[0] == parts[1] && parts[0]?.isEmpty == false, "\(policy.mechanism)")
    }
  }

  @Test("requests that begin at one instant are submitted in the order of their priorities")
  func tiesOfPriority() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 100_000, blocks: 640)])
    var experiment = Fixtures.experiment([
      Fixtures.tenant("a", table, .trace([0])), Fixtures.tenant("b", table, .trace([0])),
    ])
    experiment.tenants[1].priority = 1
    let policy = SpaceOnlyPolicy(PolicyOptions())
    let fast = try Self.run(experiment, policy, SharedRun.Shortcuts())
    let slow = try Self.run(experiment, policy, SharedRun.Shortcuts(soloRequests: false))
    #expect(fast == slow)
  }

  @Test("a shortcut is taken where there is one to take")
  func shortcutsSaveEvents() throws {
    let table = Fixtures.table(
      "m", (0..<20).map { Fixtures.kernel("k\($0)", duration: 5_000) })
    let experiment = Fixtures.experiment([
      Fixtures.tenant("a", table, .trace([0, 1_000_000, 2_000_000]))
    ])
    let programs = try ProgramSet(experiment, largestBatch: 1, smCaps: [])
    func events(_ shortcuts: SharedRun.Shortcuts) throws -> UInt64 {
      var run = SharedRun(
        experiment, programs, SpaceOnlyPolicy(PolicyOptions()),
        flow: try RequestFlow(experiment, seed: 1), observer: RecordKeeper(),
        shortcuts: shortcuts)
      return try run.run().events
    }
    // An arrival, the end of the solo request.
    #expect(try events(SharedRun.Shortcuts()) == 6)
    #expect(try events(SharedRun.Shortcuts(soloRequests: false)) == 3)
  }

  // A gate that lets everything pass is no gate.
  @Test("a policy that sends all that is ready is space-only", arguments: [1, 2, 3] as [UInt64])
  func openGate(seed: UInt64) throws {
    let experiment = mixedExperiment(seed: seed, testbed: Testbed(name: "ideal"))
    var options = PolicyOptions()
    options.set("mechanism", .word("streams"))
    options.set("hardware_queues", .number(64))
    let free = try Self.run(experiment, SpaceOnlyPolicy(options), SharedRun.Shortcuts())
    let gated = try Self.run(experiment, OpenGate(options), SharedRun.Shortcuts())
    #expect(free.records == gated.records)
    #expect(free.totals.digest == gated.totals.digest)
  }

  private struct OpenGate: SharingPolicy {
    static let descriptor = PolicyDescriptor(name: "open", summary: "", source: "")
    var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }
    var control: PolicyControl { .launches }

    init(_ options: PolicyOptions) {}

    mutating func decide(_ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer) {
      for replica in view.ready { decisions.append(.launch(replica: replica)) }
    }
  }

  @Test("replicas on devices of their own run as if alone", arguments: [1, 2, 3] as [UInt64])
  func severalDevices(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var both = Self.mix(seed, &random)
    both.testbed = Testbed(name: "ideal")
    both.warmupNS = 0
    both.durationNS = 6_000_000
    both.tenants = Array(both.tenants.prefix(2))
    for t in both.tenants.indices { both.tenants[t].replicas = 1 }
    for policy in [
      SpaceOnlyPolicy(PolicyOptions()), SpaceTimePolicy(PolicyOptions()),
    ] as [any SharingPolicy] {
      for shortcuts in [SharedRun.Shortcuts(), .init(soloRequests: false, plainInstants: false)] {
        let together = try Self.run(both, policy, shortcuts, devices: 2)
        var busy: Int128 = 0
        for t in 0..<2 {
          var one = both
          one.tenants = [both.tenants[t]]
          let alone = try Self.run(one, policy, shortcuts)
          busy += alone.totals.integrals.busyTime
          #expect(
            together.records.filter { $0[0] == Int64(t) }.map { Array($0[2...]) }
              == alone.records.map { Array($0[2...]) }, "seed \(seed), \(type(of: policy))")
        }
        #expect(together.totals.gpus == 2 && together.totals.integrals.busyTime == busy)
      }
    }
  }
}
