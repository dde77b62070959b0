import Hardware
import Policies
import RunSupport
import Scheduling
import Testing
import Workloads

@testable import Simulation

@Suite("Laws of killed, sliced and checked launches")
struct KillAndSliceLawTests {
  /// Patient launches of `length` in `waves` waves, and a critical request now and then.
  private func pair(length: Int64, waves: Int = 1, testbed: Testbed? = nil) -> Experiment {
    let long = Fixtures.kernel("long", duration: length, blocks: 64 * waves, flop: 1_000_000_000)
    let short = Fixtures.kernel("short", duration: 20_000, blocks: 64)
    var experiment = Fixtures.experiment(
      [
        Fixtures.tenant(
          "patient", Fixtures.table("long", [long, long]), .trace([0, 3 * length])),
        Fixtures.tenant(
          "urgent", Fixtures.table("short", [short]),
          .trace((1...3).map { length * Int64(2 * $0 - 1) / 3 + 7 * Int64($0) })),
      ], testbed: testbed)
    experiment.tenants[1].priority = 1
    return experiment
  }

  @Test("reef: the wait is a kill's, however long the others' launches; what was killed is waste")
  func reefKills() throws {
    for length in [1_000_000, 100_000_000] as [Int64] {
      let result = try run(pair(length: length), REEFPolicy(PolicyOptions()))
      let waits = latencies(result.records, tenant: 1).map { $0 - 20_000 }
      #expect(waits == [40_000, 40_000, 40_000])
      #expect(result.totals.completed == [2, 3] && result.totals.killedLaunches == 3)
      // Useful is what ended: each launch once.
      #expect(result.totals.flop[0].whole == 4_000_000_000)
      #expect(result.totals.wastedNS > 0)
      #expect(result.totals.wastedNS <= 3 * 3 * length)
      // Busy is what was useful and what was wasted.
      let useful = 4 * length + 3 * 20_000
      #expect(result.totals.integrals.busyTime == useful + result.totals.wastedNS)
    }
  }

  @Test("reef on NVIDIA: what was launched ends, and nothing is wasted")
  func reefWaits() throws {
    let length: Int64 = 1_000_000
    let options = PolicyOptions(["variant": .word("nvidia")])
    let result = try run(pair(length: length), REEFPolicy(options))
    let waits = latencies(result.records, tenant: 1).map { $0 - 20_000 }
    #expect(waits.allSatisfy { $0 <= length } && (waits.max() ?? 0) > 40_000, "\(waits)")
    #expect(result.totals.killedLaunches == 0 && result.totals.wastedNS == 0)
  }

  @Test("reef: padding fills the SMs that a critical launch leaves, and does not lengthen it")
  func reefPads() throws {
    let small = Fixtures.kernel("small", duration: 400_000, blocks: 3, bytes: 0)
    let other = Fixtures.kernel("other", duration: 50_000, blocks: 8, bytes: 0)
    var experiment = Fixtures.experiment([
      Fixtures.tenant("urgent", Fixtures.table("m", [small]), .trace([0])),
      Fixtures.tenant(
        "patient", Fixtures.table("n", Array(repeating: other, count: 20)), .trace([0])),
    ])
    experiment.tenants[0].priority = 1
    let padded = try run(experiment, REEFPolicy(PolicyOptions()))
    let bare = try run(experiment, REEFPolicy(PolicyOptions(["padding": .flag(false)])))
    #expect(latencies(padded.records, tenant: 0) == [400_000])
    #expect(latencies(bare.records, tenant: 0) == [400_000])
    // Beside it, one launch of the others went on the five SMs that are left.
    #expect(latencies(bare.records, tenant: 1) == [1_400_000])
    #expect(latencies(padded.records, tenant: 1) == [1_350_000])
  }

  @Test("tally: the critical wait for a slice at most", arguments: [2, 10, 100])
  func tallyDelays(waves: Int) throws {
    // Waves of 50 us: two are within the bound of 0.1 ms, but no slice of two is there to be had.
    let experiment = pair(length: Int64(waves) * 50_000, waves: waves)
    let result = try run(experiment, TallyPolicy(PolicyOptions()))
    let waits = latencies(result.records, tenant: 1).map { $0 - 20_000 }
    #expect(result.totals.completed == [2, 3] && waits.count == 3)
    #expect(waits.allSatisfy { $0 <= 100_000 }, "\(waits)")
    // Without slices they would wait for the launch.
    if waves == 100 {
      let options = PolicyOptions(["bound_ms": .number(1_000)])
      let whole = try run(experiment, TallyPolicy(options))
      // Of higher priority it waits for the blocks on the SMs, a wave.
      #expect(latencies(whole.records, tenant: 1).allSatisfy { $0 <= 20_000 + 50_000 })
    }
  }

  @Test("tally: no piece goes within 0.1 ms of critical work", arguments: [1, 2, 3] as [UInt64])
  func tallyIdles(seed: UInt64) throws {
    let early = Seen(0)
    let pieces = Seen(0)
    let spy = PolicySpy(TallyPolicy(PolicyOptions())) { _, view, decisions in
      var inFlight = view.replicas.count { $0.tenant != 0 && $0.phase == .running }
      for case .launch(let replica, _, _, _) in decisions
      where view.replicas[replica].tenant != 0 {
        pieces.value += 1
        inFlight += 1
        let idle = view.idleSince(of: 0).map { view.now - $0 }
        if idle ?? 0 < 100_000 || inFlight > 1 { early.value += 1 }
      }
    }
    let experiment = mixedWithPriorities(seed: seed, testbed: Fixtures.costly)
    _ = try run(experiment, spy)
    #expect(pieces.value > 100 && early.value == 0)
  }

  @Test(
    "orion: nothing of the class beside, nothing beyond the threshold",
    arguments: [1, 2, 3, 4] as [UInt64])
  func orion(seed: UInt64) throws {
    let beside = Seen(0)
    let faults = Seen([String]())
    let threshold = 4
    let polled = Seen((at: Int64(-1), sms: 0))
    let spy = PolicySpy(
      OrionPolicy(
        PolicyOptions([
          "warmup_requests": .number(0), "sm_threshold": .number(Double(threshold)),
        ]))
    ) { _, view, decisions in
      // Of each critical replica the launch that went last of its request.
      var last: [Int: LaunchView] = [:]
      for replica in view.tenants[0].replicas {
        let state = view.replicas[replica]
        let launches = view.programs[state.program].launches
        if state.phase == .running { last[replica] = launches[state.launch] }
        if state.phase == .finishing { last[replica] = launches[launches.count - 1] }
        if state.phase == .waiting || state.phase == .ready, state.launch > 0 {
          last[replica] = launches[state.launch - 1]
        }
      }
      if view.now > polled.value.at { polled.value = (view.now, 0) }
      for case .launch(let replica, _, _, _) in decisions {
        let launch = view.launch(of: replica)
        if view.replicas[replica].tenant == 0 {
          last[replica] = launch
          continue
        }
        let need = (launch.blocks + launch.blocksPerSM - 1) / launch.blocksPerSM
        polled.value.sms += need
        if last.isEmpty { continue }
        beside.value += 1
        if polled.value.sms > threshold { faults.value.append("\(polled.value.sms) SMs") }
        let isAlike = last.values.contains { critical in
          guard let a = critical.intensity, let b = launch.intensity else { return false }
          return (a > 1) == (b > 1)
        }
        if isAlike { faults.value.append("one class at \(view.now)") }
      }
    }
    let experiment = mixedWithPriorities(seed: seed, testbed: Fixtures.costly)
    let result = try run(experiment, spy)
    #expect(result.totals.completed == experiment.tenants.map { _ in 60 })
    #expect(faults.value == [])
    #expect(beside.value > 0)
  }

  @Test("orion: after the duration the others drain before more goes")
  func orionDrains() throws {
    let d: Int64 = 10_000
    let tenants = (0..<4).map { i in
      Fixtures.tenant(
        "t\(i)",
        Fixtures.table("m\(i)", [Fixtures.kernel("k\(i)", duration: d + Int64(i), blocks: 1)]),
        .trace([0]))
    }
    var experiment = Fixtures.experiment(tenants)
    experiment.tenants.append(
      Fixtures.tenant(
        "urgent", Fixtures.table("u", [Fixtures.kernel("u", duration: d)]), .trace([1_000_000])))
    experiment.tenants[4].priority = 1
    let options = PolicyOptions(["duration_us": .number(2 * Double(d + 3) / 1e3)])
    let starts = try run(experiment, OrionPolicy(options)).records
      .filter { $0.tenant < 4 }.map(\.firstLaunchNS).sorted()
    // Three go at once, the third past the duration; the fourth when all of them have ended.
    #expect(starts == [0, 0, 0, d + 2])
  }

  @Test("paella: two launches that do not fit at most, and nothing passes the first")
  func paella() throws {
    // Two waves each: none fits whole.
    let big = Fixtures.kernel("big", duration: 100_000, blocks: 128)
    let small = Fixtures.kernel("small", duration: 10_000, blocks: 1)
    let most = Seen(0)
    let owed = Seen(0.0)
    let spy = PolicySpy(PaellaPolicy(PolicyOptions())) { policy, view, decisions in
      var running = view.replicas.indices.filter { view.replicas[$0].phase == .running }
      for case .launch(let replica, _, _, _) in decisions { running.append(replica) }
      most.value = max(most.value, running.count { view.launch(of: $0).blocks == 128 })
    }
    let experiment = Fixtures.experiment([
      Fixtures.tenant("big", Fixtures.table("b", [big]), replicas: 5, .trace([0, 0, 0, 0, 0])),
      Fixtures.tenant(
        "small", Fixtures.table("s", Array(repeating: small, count: 30)), .trace([0])),
    ])
    let result = try run(experiment, spy)
    #expect(most.value == 2 && owed.value == 0)
    // Less is left of a big one than of the small one's thirty launches: those are behind.
    let first = result.records.filter { $0.tenant == 1 }.map(\.firstLaunchNS)
    #expect(first.allSatisfy { $0 >= 3 * 100_000 }, "\(first)")
  }
}
