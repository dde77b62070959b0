import Hardware
import Policies
import RunSupport
import Scheduling
import Testing
import Workloads

@testable import Simulation

@Suite("Laws of sgdrc")
struct SGDRCLawTests {
  /// A launch that DRAM of 150 bytes a ns, which two SMs can ask for, bounds: of so many blocks, in so
  /// many ns alone.
  private func bound(_ name: String, _ ns: Int64, blocks: Int) -> KernelProfile {
    var kernel = Fixtures.kernel(name, duration: ns, blocks: blocks, flop: 1_000, bytes: 150 * ns)
    kernel.durationNS = nil
    return kernel
  }

  /// Patient tenants that always have work bound by memory, and an urgent one with `launches` of it.
  private func streams(_ launches: Int, testbed: Testbed? = nil) -> Experiment {
    let long = bound("long", 40_000, blocks: 640)
    var gpu = Fixtures.gpu()
    gpu.dramGBPerS = 150
    var experiment = Fixtures.experiment(
      [
        Fixtures.tenant(
          "patient", Fixtures.table("long", Array(repeating: long, count: 10)), replicas: 3,
          .closedLoop(clients: 3, thinkNS: 0)),
        Fixtures.tenant(
          "urgent",
          Fixtures.table(
            "short", Array(repeating: bound("short", 20_000, blocks: 64), count: launches)),
          .trace([50_007, 3_000_011, 5_000_000])),
      ], testbed: testbed, gpu: gpu, durationNS: 9_000_000)
    experiment.tenants[1].priority = 1
    return experiment
  }

  @Test("two thirds of the DRAM are a critical stream's, however many ask beside it")
  func bandwidth() throws {
    let experiment = streams(20)
    let alone = Int64(20 * 20_000)
    func slowdowns(_ share: Double?) throws -> [Double] {
      let options = PolicyOptions(share.map { ["be_channels": .number($0)] } ?? [:])
      let run = try simulate(experiment, "sgdrc", options: options)
      #expect(run.totals.completed[1] == 3 && run.totals.completed[0] > 3)
      return latencies(run.keeper.records, tenant: 1).map { Double($0) / Double(alone) }
    }
    let thirds = try slowdowns(nil)
    // 1.5, and at first what the workers' last blocks take: 12 us, 64 of them at a third of the DRAM.
    #expect(thirds.allSatisfy { $0 >= 1 && $0 <= 1.5 + 0.03 }, "\(thirds)")
    let halves = try slowdowns(0.5)
    #expect(halves.allSatisfy { $0 <= 2 + 0.03 }, "\(halves)")
    #expect(try slowdowns(1).allSatisfy { $0 > 2 })
  }

  @Test("while no critical tenant has a request, the others have all of the DRAM and the SMs")
  func idle() throws {
    var experiment = streams(1)
    experiment.tenants[0].replicas = 1
    experiment.tenants[0].arrivals = .trace([0, 2_000_000])
    experiment.tenants[1].arrivals = .trace([1_000_000])
    let run = try simulate(experiment, "sgdrc")
    let exclusive = try simulate(experiment, "exclusive")
    #expect(
      latencies(run.keeper.records, tenant: 0) == latencies(exclusive.keeper.records, tenant: 0))
    #expect(latencies(exclusive.keeper.records, tenant: 0) == [400_000, 400_000])
  }

  /// Patient launches of so many waves, and now and then an urgent request of launches of 20 us.
  private func pair(
    waves: Int, waveNS: Int64, urgentBlocks: Int = 64, launches: Int = 1
  ) -> Experiment {
    let length = Int64(waves) * waveNS
    let long = Fixtures.kernel("long", duration: length, blocks: 64 * waves, bytes: 0)
    let short = Fixtures.kernel("short", duration: 20_000, blocks: urgentBlocks, bytes: 0)
    var experiment = Fixtures.experiment(
      [
        Fixtures.tenant(
          "patient", Fixtures.table("long", [long, long, long]), .trace([0, 4 * length])),
        Fixtures.tenant(
          "urgent", Fixtures.table("short", Array(repeating: short, count: launches)),
          .trace((1...5).map { length * Int64(2 * $0 - 1) / 3 + 7 * Int64($0) })),
      ])
    experiment.tenants[1].priority = 1
    return experiment
  }

  @Test(
    "workers stop between two blocks, and no block runs twice",
    arguments: [20_000, 90_000, 190_000])
  func stops(waveNS: Int64) throws {
    let result = try simulate(pair(waves: 20, waveNS: waveNS), "sgdrc")
    let waits = latencies(result.keeper.records, tenant: 1).map { $0 - 20_000 }
    #expect(waits.count == 5 && waits.allSatisfy { $0 >= 0 && $0 <= waveNS }, "\(waits)")
    #expect((waits.max() ?? 0) > 0)
    #expect(result.totals.completed == [2, 5] && result.totals.killedLaunches == 0)
    #expect(result.totals.integrals.busyTime == 2 * 3 * 20 * waveNS + 5 * 20_000)
    #expect(result.totals.deviceLaunches <= 2 * 3 + 5 + 5)
  }

  @Test("on SMs that a critical launch does not need, the others go on beside it")
  func besides() throws {
    // Sixteen blocks are what a TPC of the four holds.
    func run(_ blocks: Int) throws -> (urgent: [Int64], patient: [Int64]) {
      let records = try simulate(
        pair(waves: 20, waveNS: 50_000, urgentBlocks: blocks, launches: 20), "sgdrc"
      ).keeper.records
      return (latencies(records, tenant: 1), latencies(records, tenant: 0))
    }
    let (beside, whole) = (try run(16), try run(64))
    #expect(beside.urgent.allSatisfy { $0 <= 20 * 20_000 + 50_000 }, "\(beside)")
    #expect(whole.urgent.allSatisfy { $0 <= 20 * 20_000 + 50_000 }, "\(whole)")
    #expect(zip(beside.patient, whole.patient).allSatisfy { $0 < $1 }, "\(beside) \(whole)")
  }

  @Test(
    "what critical requests need is kept free of others, and is never more than there is",
    arguments: [1, 2, 3, 4] as [UInt64], [1, 4])
  func reserve(seed: UInt64, window: Int) throws {
    let faults = Seen([String]())
    let partial = Seen(0)
    let stops = Seen(0)
    // By replica: the SMs of its launch that runs, and of those that were told to stop.
    let running = Seen([Int: Range<Int>]())
    let limit = Seen(1.0)
    let spy = PolicySpy(SGDRCPolicy(PolicyOptions(["window": .number(Double(window))]))) {
      _, view, decisions in
      for r in view.replicas.indices where view.replicas[r].phase != .running {
        running.value[r] = nil
      }
      for decision in decisions {
        switch decision {
        case .limitDRAM(let fraction): limit.value = fraction
        case .stop(let r):
          stops.value += 1
          running.value[r] = nil
          if view.replicas[r].tenant == 0 { faults.value.append("a critical launch is stopped") }
        case .launch(let r, let priority, _, let sms):
          let used = sms ?? 0..<view.smCount
          running.value[r] = used
          let isCritical = view.replicas[r].tenant == 0
          if isCritical != (priority == 1) { faults.value.append("a priority of \(priority)") }
          if used.lowerBound < 0 || used.upperBound > view.smCount {
            faults.value.append("\(used) at \(view.now)")
          }
          if isCritical, used.count < view.smCount { partial.value += 1 }
        default: break
        }
      }
      let isActive = view.idleSince(of: 0) == nil
      if limit.value != (isActive ? 1.0 / 3 : 1) {
        faults.value.append("a limit of \(limit.value) at \(view.now)")
      }
      for (r, own) in running.value where view.replicas[r].tenant == 0 {
        for (other, used) in running.value
        where view.replicas[other].tenant != 0 && used.overlaps(own) {
          faults.value.append("\(used) beside \(own) at \(view.now)")
        }
      }
    }
    let experiment = mixedWithPriorities(seed: seed, testbed: Fixtures.costly)
    let result = try run(experiment, spy)
    #expect(result.totals.completed == experiment.tenants.map { _ in 60 })
    #expect(faults.value == [], "seed \(seed)")
    #expect(partial.value > 0 && stops.value > 0, "seed \(seed): \(partial.value) \(stops.value)")
    let programs = try Simulation.prepare(experiment)
    for t in experiment.tenants.indices {
      let program = programs.programs[programs.byTenant[t][0].program]
      #expect(result.totals.flop[t].whole == 60 * program.launches.work.flop)
    }
  }

  @Test("what the ceiling costs is a wait for the DRAM, to the nanosecond")
  func reasons() throws {
    let experiment = streams(20, testbed: Fixtures.costly)
    let run = try follow(experiment, "sgdrc")
    var dram: Int64 = 0
    for explanation in run.heard.explanations {
      let (record, parts) = (explanation.record, explanation.parts)
      #expect(parts.sum == record.completionNS - record.arrivalNS)
      if record.tenant == 1 { dram += parts[.dram] }
    }
    // Half as long again as alone, for each of three requests of 400 us.
    #expect(dram > 3 * 190_000 && dram < 3 * 215_000, "\(dram)")
  }
}
