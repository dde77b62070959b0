import Device
import EventEngine
import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import Testing
import Workloads

@testable import Simulation

/// The parts of a run, each alone.
@Suite struct RunPartTests {
  // MARK: - Arrivals and queues

  @Test func arrivalsEndWithTheRun() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 1_000)])
    func source(_ arrivals: ArrivalSpec, replicas: Int = 1) throws -> ArrivalSource {
      try ArrivalSource(Fixtures.tenant("a", table, replicas: replicas, arrivals), seed: 1)
    }
    var trace = try source(.trace([3, 3, 9, 20]))
    #expect((0..<4).map { _ in trace.nextArrival(before: 20)?.timeNS } == [3, 3, 9, nil])
    #expect(trace.clients == 0)
    #expect(trace.nextRequest(afterAnswer: 5, to: 0, before: 20)?.timeNS == nil)
    var closed = try source(.closedLoop(clients: 2, thinkNS: 7), replicas: 3)
    #expect(closed.clients == 6 && closed.nextArrival(before: 20)?.timeNS == nil)
    #expect(closed.nextRequest(afterAnswer: 5, to: 0, before: 20)?.timeNS == 12)
    #expect(closed.nextRequest(afterAnswer: 13, to: 0, before: 20)?.timeNS == nil)
    var drawn = try source(.process(.poisson(requestsPerSecond: 1e6)))
    var other = try source(.process(.poisson(requestsPerSecond: 1e6)))
    let times = (0..<50).compactMap { _ in drawn.nextArrival(before: .max)?.timeNS }
    #expect(times.count == 50 && times == times.sorted())
    #expect(times == (0..<50).compactMap { _ in other.nextArrival(before: .max)?.timeNS })
  }

  @Test func requestsWaitInOrderForTheReplicaIdleLongest() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 1_000)])
    let experiment = Fixtures.experiment(
      [
        Fixtures.tenant("a", table, replicas: 2, .trace([])),
        Fixtures.tenant("b", table, replicas: 1, .trace([])),
      ], warmupNS: 20)
    var flow = try RequestFlow(experiment, seed: 1)
    #expect(flow.idle == [[0, 1], [2]] && flow.nextIdle(of: 0) == nil)
    for (record, time) in [10, 20, 30].enumerated() {
      flow.arrive(0, Arrival(timeNS: Int64(time), record: record))
    }
    #expect(flow.nextIdle(of: 0) == 0 && flow.take(0)?.timeNS == 10)
    #expect(flow.nextIdle(of: 0) == 1 && flow.take(0)?.record == 1)
    #expect(flow.nextIdle(of: 0) == nil && flow.queues[0].count == 1)
    flow.idle[0] += [1, 0]
    #expect(flow.nextIdle(of: 0) == 1 && flow.take(0)?.timeNS == 30 && flow.take(0)?.timeNS == nil)
    // What arrives before the warm-up's end is not counted.
    #expect(flow.totals.arrived == [2, 0] && flow.end == 30)
  }

  @Test func aLongQueueKeepsItsOrder() {
    var queue = RequestFlow.Queue()
    var (pushed, popped) = (0, 0)
    var random = SeededGenerator(seed: 3)
    while popped < 20_000 {
      for _ in 0..<random.nextBelow(4) {
        queue.push(Arrival(timeNS: Int64(pushed), record: pushed))
        pushed += 1
      }
      if pushed > 12_000, queue.count > 0 {
        #expect(queue.first?.record == popped && queue.pop()?.record == popped)
        popped += 1
      }
    }
    #expect(queue.count == pushed - popped)
  }

  // MARK: - Host and submission

  private func host(lock: Int64, isShared: Bool) -> HostSubmission {
    var testbed = Testbed(name: "host")
    testbed.requestCPU = 10
    testbed.launchCPU = 3
    testbed.launchLock = lock
    return HostSubmission(
      testbed, replicas: 2, hasSharedLock: isShared, meets: true, sharesQueues: false)
  }

  @Test func threadsPassOneLockInTurn() {
    var shared = host(lock: 2, isShared: true)
    #expect(shared.isContended && !host(lock: 0, isShared: true).isContended)
    #expect(shared.begin(0, base: 100, at: 100) == .lock(at: 113))
    #expect(shared.takeLock(at: 113) == 115 && shared.takeLock(at: 114) == 117)
    #expect(shared.submit(0, of: 2, at: 115) == .lock(at: 118))
    #expect(shared.hasSubmitted(0, of: 0) && !shared.hasSubmitted(1, of: 0))
    #expect(!shared.hasSubmitted(0, of: 1))
    #expect(shared.submit(0, of: 2, at: 120) == nil)
    var own = host(lock: 2, isShared: false)
    #expect(!own.isContended && own.takeLock(at: 113) == nil)
  }

  /// A thread followed from its start and one put there later do the same.
  @Test(arguments: 100...140 as ClosedRange<Int64>) func aThreadResumesWhereItStands(now: Int64) {
    var followed = host(lock: 2, isShared: true)
    var next: HostSubmission.Step? = followed.begin(0, base: 100, at: 100)
    var submitted = 0
    while let step = next {
      if case .lock(let time) = step, time <= now {
        next = followed.takeLock(at: time).map { .submit(at: $0) }
      } else if case .submit(let time) = step, time <= now {
        submitted += 1
        next = followed.submit(0, of: 6, at: time)
      } else {
        break
      }
    }
    var resumed = host(lock: 2, isShared: true)
    let state = resumed.resume(0, base: 100, of: 6, at: now)
    #expect(state.submitted == submitted && state.next == next)
    // The lock is as free as it was.
    #expect(resumed.takeLock(at: now) == followed.takeLock(at: now))
  }

  @Test func theSchedulersThreadDoesOneThingAtATime() {
    var host = host(lock: 2, isShared: true)
    #expect(host.schedulerCost == 5)
    #expect(host.prepare(from: 50, cost: 5) == 55 && host.prepare(from: 20, cost: 5) == 60)
    #expect(host.schedulerFree == 60)
  }

  @Test func copiesOfOneDirectionWaitForEachOther() {
    var copies = CopyEngines()
    #expect(copies.copyIn(10, at: 5) == 15 && copies.copyIn(10, at: 6) == 25)
    #expect(copies.copyOut(10, at: 6) == 16 && copies.copyIn(0, at: 7) == 7)
  }

  // MARK: - Hardware queues

  @Test func streamsOfOneQueueAreInOrder() {
    var queues = StreamQueues(streams: 3, queues: 2)
    queues.append(0, count: 2)
    queues.append(2)
    queues.append(1)
    #expect(queues.isShared && queues.isFirst(0) && queues.isFirst(1) && !queues.isFirst(2))
    #expect(queues.removeFirst(0) == 0 && queues.removeFirst(0) == 2 && queues.isFirst(2))
    #expect(queues.removeFirst(2) == nil)
    var own = StreamQueues(streams: 2, queues: 2)
    #expect(!own.isShared && own.isFirst(1) && own.removeFirst(1) == nil)
  }

  // MARK: - Fusion groups

  @Test func superKernelsCostWhatTheTestbedSays() {
    let testbed = Fixtures.costly
    var groups = FusionGroups(testbed, Fixtures.gpu(), countsSingles: false)
    #expect(groups.hostCost(of: 1, isCold: true) == 4_000)
    #expect(groups.hostCost(of: 3, isCold: false) == 4_000 + 2_000 + 300)
    #expect(groups.hostCost(of: 3, isCold: true) == 4_000 + 2_000 + 300 + 5_000)
    let one = groups.open(isVariable: false)
    groups.add(4, to: one)
    groups.add(5, to: one)
    #expect(groups.count(of: one) == 2 && groups.member(1, of: one) == 5)
    let singles = FusionGroups(testbed, Fixtures.gpu(), countsSingles: true)
    #expect(singles.hostCost(of: 1, isCold: false) == 4_000 + 2_000 + 100)
  }

  @Test func aGroupHasAGridForEachSize() throws {
    let kernels = [8, 24].map { Fixtures.kernel("k\($0)", duration: 10_000, blocks: $0) }
    let experiment = Fixtures.experiment([
      Fixtures.tenant("a", Fixtures.table("m", kernels), .trace([]))
    ])
    let programs = try ProgramSet(experiment, largestBatch: 1, smCaps: [])
    let launches = programs.programs[0].launches
    var groups = FusionGroups(Testbed(name: "ideal"), experiment.gpu, countsSingles: false)
    let first = groups.open(isVariable: true)
    let second = groups.open(isVariable: false)
    #expect(first != second)
    for member in 0..<3 { groups.add(member, to: first) }
    groups.beginGrids()
    for i in [0, 1, 0] { groups.addToGrids(launches[i], of: first, programs.fused) }
    #expect(groups.grids.map(\.blocks) == [16, 24])
    let predicted = groups.finishGrids(of: first, programs.profiles)
    let alone = [(0, 16), (1, 24)].map { i, blocks in
      Device.isolatedRun(
        of: programs.profiles[launches[i].profile], blocks: blocks, on: experiment.gpu
      ).durationNS
    }
    #expect(predicted == alone[0] + alone[1])
    #expect(!groups.gridEnded(of: first) && groups.gridEnded(of: first))
    groups.close(first)
    #expect(groups.open(isVariable: false) == first && groups.count(of: first) == 0)
  }

  /// A launch by itself runs its own kernel, several one that issues more.
  @Test func aGroupRunsAKernelOfItsOwn() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 10_000, blocks: 8)])
    var experiment = Fixtures.experiment([Fixtures.tenant("a", table, .trace([]))])
    experiment.testbed = Fixtures.costly
    experiment.testbed.superKernel.variableSizeTimeFactor = 1.3
    let programs = try ProgramSet(experiment, largestBatch: 1, smCaps: [])
    let launch = programs.programs[0].launches[0]
    let fused = programs.fused[launch.profile]
    #expect(Set([launch.profile, fused.equal, fused.variable]).count == 3)
    var seen: [Int] = []
    for (members, isVariable, countsSingles) in [
      (1, true, false), (1, false, true), (2, false, false), (2, true, false),
    ] {
      var groups = FusionGroups(
        experiment.testbed, experiment.gpu, countsSingles: countsSingles)
      let group = groups.open(isVariable: isVariable)
      for member in 0..<members { groups.add(member, to: group) }
      groups.beginGrids()
      for _ in 0..<members { groups.addToGrids(launch, of: group, programs.fused) }
      #expect(groups.grids.map(\.blocks) == [8 * members])
      seen.append(groups.grids[0].profile)
    }
    #expect(seen == [launch.profile, fused.equal, fused.equal, fused.variable])
  }

  // MARK: - Contexts

  @Test func contextsTakeTurns() throws {
    let table = Fixtures.table("m", [100, 40].map { Fixtures.kernel("k\($0)", duration: $0) })
    let experiment = Fixtures.experiment([Fixtures.tenant("a", table, .trace([]))])
    let program = try ProgramSet(experiment, largestBatch: 1, smCaps: []).programs[0]
    var slices = ContextSlices(
      [program, program], Testbed(name: "ideal"), slicesNS: [60, 20], switchNS: 5)
    #expect(slices.begin(0, at: 0, copied: 0) == nil)
    #expect(slices.takePlan() == ContextSlices.Plan(time: 0, phase: .decision))
    #expect(slices.handlePlan(at: 0) == nil && slices.takePlan()?.time == 0)
    // The first context needs no switch; alone it is planned to its end.
    #expect(slices.handlePlan(at: 0) == nil && slices.takePlan()?.time == 140)
    // With another its slice counts, from its beginning.
    #expect(slices.begin(1, at: 10, copied: 10)?.launches == 0..<0)
    #expect(slices.takePlan()?.time == 60 && slices.takePlan() == nil)
    #expect(slices.handlePlan(at: 60)?.isFinished == false && slices.takePlan()?.time == 65)
    // Each has slices of its own length.
    #expect(slices.handlePlan(at: 65) == nil && slices.takePlan()?.time == 85)
    #expect(slices.notTold(of: 0, at: 80)?.ranNS == 60)
    #expect(slices.notTold(of: 1, at: 80)?.ranNS == 15)
    _ = slices.handlePlan(at: 85)
    #expect(slices.takePlan()?.time == 90 && slices.switches == 2)
    _ = slices.handlePlan(at: 90)
    #expect(slices.takePlan()?.time == 150)
    let cut = slices.handlePlan(at: 150)
    #expect(cut == ContextSlices.Progress(context: 0, launches: 0..<1, isFinished: false))
  }

  // MARK: - The clock

  private let profile: BlockProfile

  init() throws {
    profile = try BlockProfile.prepare(
      Fixtures.kernel("k", duration: 1_000, blocks: 8), on: Fixtures.gpu(), precision: .fp32)
  }

  private func clock(_ devices: Int, skips: Bool) throws -> RunClock<Int> {
    let clock = RunClock<Int>(
      Array(repeating: Fixtures.gpu(), count: devices), skipsPlainInstants: skips)
    for device in 0..<devices { _ = clock.devices[device].pointee.register(profile) }
    return clock
  }

  @Test("completions, then events, merged by time", arguments: [true, false])
  func clockMergesDevicesAndQueue(skips: Bool) throws {
    var clock = try clock(2, skips: skips)
    for (device, blocks) in [(0, 8), (1, 8 * 8 * 5)] {
      _ = clock.devices[device].pointee.submit(kernel: 0, blocks: blocks, tag: Int32(device))
    }
    for time in [500, 1_000, 1_200] as [Int64] { clock.schedule(Int(time), at: time) }
    clock.settle()
    var heard: [String] = []
    loop: while true {
      let step = clock.step(until: 100_000)
      if case .end = step { break loop }
      for device in 0..<2 {
        for done in clock.devices[device].pointee.completions {
          heard.append("\(clock.now): device \(done.tag)")
        }
      }
      if case .event(let event) = step { heard.append("\(clock.now): event \(event)") }
      while let event = clock.nextEvent(until: clock.now) {
        heard.append("\(clock.now): event \(event)")
      }
      clock.settle()
    }
    let long = Device.isolatedRun(of: profile, blocks: 320, on: Fixtures.gpu()).durationNS
    #expect(
      heard == [
        "500: event 500", "1000: device 0", "1000: event 1000", "1200: event 1200",
        "\(long): device 1",
      ])
    #expect(clock.events == 3 && clock.devices[0].pointee.now == clock.devices[1].pointee.now)
  }

  @Test func devicesAtOneInstantCompleteTogether() throws {
    var clock = try clock(3, skips: true)
    for device in [0, 2] {
      _ = clock.devices[device].pointee.submit(kernel: 0, blocks: 8, tag: Int32(device))
    }
    clock.settle()
    guard case .devices = clock.step(until: .max) else {
      Issue.record("nothing completed")
      return
    }
    #expect(clock.now == 1_000)
    #expect((0..<3).map { clock.devices[$0].pointee.completions.count } == [1, 0, 1])
    clock.settle()
    guard case .end = clock.step(until: .max) else {
      Issue.record("something is left")
      return
    }
  }

  @Test func aRunEndsAtItsEnd() {
    var clock = RunClock<Int>()
    clock.schedule(1, at: 10)
    clock.schedule(2, at: 11)
    guard case .event(1) = clock.step(until: 10), case .end = clock.step(until: 10) else {
      Issue.record("the end is not where it should be")
      return
    }
    #expect(clock.now == 10 && clock.events == 1)
  }

  // MARK: - Decisions

  @Test func theEarliestWakeCounts() throws {
    var driver = PolicyDriver(BatchedPolicy(PolicyOptions()))
    #expect(driver.setWake(at: 50) && driver.setWake(at: 30) && !driver.setWake(at: 40))
    driver.wake(at: 29)
    #expect(!driver.needsDecision)
    driver.wake(at: 30)
    #expect(driver.needsDecision && driver.setWake(at: 60))
    try driver.ask(at: 30)
    #expect(!driver.needsDecision && driver.answer.decisions.isEmpty)
  }

  @Test func readyLaunchesAreKeptByClass() {
    var view = SchedulingView()
    for (classID, familyID) in [(4, 1), (5, 1), (4, 1)] {
      let launch = LaunchView(
        classID: classID, familyID: familyID, blocks: 1, blocksPerSM: 1, soloNS: 1, smShare: 1,
        dramRate: 0)
      var replica = ReplicaView(tenant: 0)
      replica.program = view.programs.count
      view.programs.append(ProgramView(batch: 1, launches: [launch], soloNS: 1))
      view.replicas.append(replica)
    }
    for replica in [2, 1, 0] { view.addReady(replica) }
    #expect(view.ready == [2, 1, 0] && view.ready(ofClass: 4) == [2, 0])
    #expect(view.readyCount(ofFamily: 1) == 3 && view.readyCount(ofClass: 9) == 0)
    view.removeReady(2)
    #expect(view.ready == [1, 0] && view.ready(ofClass: 4) == [0])
  }
}
