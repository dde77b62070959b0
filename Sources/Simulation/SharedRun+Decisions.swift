import Device
import EventEngine
import Scheduling
import SimBasics

extension ReplicaView {
  /// Notes what a replica does and until when, as it seems.
  mutating func note(_ phase: Phase, launch: Int, expected time: Int64) {
    self.phase = phase
    self.launch = launch
    expectedNS = time
  }
}

// What a policy answers is checked here; an impossible answer is a fault of the policy and traps
// with its name, the time and the values.
extension SharedRun {
  mutating func becomeReady(_ r: Int) {
    view.replicas[r].note(.ready, launch: replicas[r].launch, expected: now)
    view.ready.append(r)
    needsDecision = true
  }

  mutating func decide() {
    guard !control.isEmpty else { return }
    view.now = now
    view.schedulerFreeNS = schedulerFree
    var decisions: [Decision] = []
    policy.decide(view, &decisions)
    for decision in decisions { apply(decision) }
  }

  private mutating func apply(_ decision: Decision) {
    switch decision {
    case .start(let tenant, let r, let count):
      require(control.contains(.requests), "start requests", r)
      require(view.replicas[r].phase == .idle, "start on a replica that is not idle", r)
      require(view.replicas[r].benchedUntilNS <= now, "start on a benched replica", r)
      require(count >= 1 && count <= flow.queues[tenant].count, "start \(count) requests", r)
      begin(r, count: count)
    case .reject(let tenant):
      require(flow.queues[tenant].count > 0, "reject a request that is not there", tenant)
      flow.drop(tenant, at: now, &observer)
      flow.scheduleAsk(of: tenant, after: now, &queue)
      updateQueueView(tenant)
      needsDecision = true
    case .launch(let r, let priority, let blocks):
      launch(r, priority, blocks)
      needsDecision = true
    case .fuse(let members, let isCold, let isVariable):
      fuse(members, isCold, isVariable)
      needsDecision = true
    case .kill(let r): kill(r)
    case .confine(let r, let count, let first):
      replicas[r].cap = count
      replicas[r].mask =
        count.map {
          device.register(
            mask: SMSet(start: first, count: $0, smCount: experiment.gpu.smCount))
        } ?? 0
    case .bench(let r, let until): bench(r, until)
    case .wake(let time):
      require(time > now, "wake in the past", Int(time))
      if time < wakeAt {
        wakeAt = time
        queue.schedule(.wake, at: SimTime(nanoseconds: time), phase: .timer)
      }
    }
  }

  private func require(_ holds: Bool, _ what: String, _ value: Int) {
    precondition(
      holds, "\(type(of: policy).descriptor.name) cannot \(what) (\(value)) at \(now) ns")
  }

  /// A replica with a request finishes it first; an idle one is out at once.
  private mutating func bench(_ r: Int, _ until: Int64) {
    view.replicas[r].benchedUntilNS = until
    guard until > now, let at = idle[replicas[r].tenant].firstIndex(of: r) else { return }
    if control.contains(.requests) { return }
    idle[replicas[r].tenant].remove(at: at)
    scheduleUnbench(r)
  }

  mutating func scheduleUnbench(_ r: Int) {
    queue.schedule(
      .unbench(replica: Int32(r)),
      at: SimTime(nanoseconds: view.replicas[r].benchedUntilNS), phase: .timer)
  }

  /// A replica's time on the bench is over, unless it was lengthened since.
  mutating func unbench(_ r: Int) {
    if view.replicas[r].benchedUntilNS > now {
      scheduleUnbench(r)
      return
    }
    idle[replicas[r].tenant].append(r)
    serveQueue(of: replicas[r].tenant)
  }

  private mutating func takeReady(_ r: Int) {
    let at = view.ready.firstIndex(of: r)
    require(at != nil, "launch what is not ready", r)
    if let at { view.ready.remove(at: at) }
    view.replicas[r].phase = .running
  }

  /// A launch by itself: the scheduler's thread prepares it while its predecessor runs, if it is
  /// free, since nothing about it is open.
  private mutating func launch(_ r: Int, _ priority: Int, _ blocks: Int?) {
    takeReady(r)
    let testbed = experiment.testbed
    let cost = testbed.launchCPU + testbed.launchLock
    let prepared = max(schedulerFree, replicas[r].launchStart) + cost
    schedulerFree = prepared
    let left = replicas[r].blocksLeft
    let sent = min(blocks ?? left, left)
    require(sent >= 1, "launch \(sent) blocks", r)
    replicas[r].sentBlocks = sent
    replicas[r].priority = priority
    replicas[r].blocksLeft = left - sent
    replicas[r].problems = 1
    let program = programs.programs[replicas[r].program]
    let solo = program.launches[replicas[r].launch].durationNS
    view.replicas[r].expectedNS = max(now, prepared) + solo
    goOn(at: prepared, tag: Int32(r))
  }

  private mutating func goOn(at time: Int64, tag: Int32) {
    if time > now {
      queue.schedule(.go(tag: tag), at: SimTime(nanoseconds: time), phase: .completion)
    } else {
      send(tag)
    }
  }

  /// Whether launches that are sent as one pay what fusing costs.
  private func isSuperKernel(_ members: [Int]) -> Bool {
    members.count > 1 || control.contains(.singleSuperKernels)
  }

  /// A super-kernel: its members are known only now, so its host time comes first.
  private mutating func fuse(_ members: [Int], _ isCold: Bool, _ isVariable: Bool) {
    require(members.count >= 1, "fuse nothing", 0)
    let testbed = experiment.testbed
    var cost = testbed.launchCPU + testbed.launchLock
    if isSuperKernel(members) {
      cost += testbed.superKernelFixed + testbed.superKernelPerProblem * Int64(members.count)
      if isCold { cost += testbed.superKernelCold }
    }
    schedulerFree = max(now, schedulerFree) + cost
    var longest: Int64 = 0
    var blocks = 0
    for r in members {
      takeReady(r)
      replicas[r].blocksLeft = 0
      replicas[r].problems = members.count
      let launch = programs.programs[replicas[r].program].launches[replicas[r].launch]
      longest = max(longest, launch.durationNS)
      blocks += launch.blocks
    }
    for r in members { view.replicas[r].expectedNS = schedulerFree + longest }
    let group: Int
    if let free = freeGroups.popLast() {
      group = free
    } else {
      group = groups.count
      groups.append(Group())
    }
    groups[group] = Group(members: members, partsLeft: 0, isVariable: isVariable)
    view.residentSuperKernels += 1
    goOn(at: schedulerFree, tag: Int32(replicas.count + group))
  }

  /// What was prepared goes to the device.
  mutating func send(_ tag: Int32) {
    let index = Int(tag)
    if index < replicas.count {
      started(index)
      let launch = programs.programs[replicas[index].program].launches[replicas[index].launch]
      replicas[index].predictedNS = launch.durationNS
      replicas[index].device = device.submit(
        kernel: launch.profile, blocks: replicas[index].sentBlocks,
        priority: replicas[index].priority, mask: replicas[index].mask, tag: tag)
      return
    }
    let group = index - replicas.count
    let members = groups[group].members
    let testbed = experiment.testbed
    let scale =
      !isSuperKernel(members)
      ? 1
      : groups[group].isVariable ? testbed.variableSizeTimeFactor : testbed.superKernelTimeFactor
    // One grid a problem size: with equal sizes that is one grid.
    var parts: [(profile: Int, blocks: Int)] = []
    var priority = Int.min
    for r in members {
      started(r)
      let launch = programs.programs[replicas[r].program].launches[replicas[r].launch]
      if let at = parts.firstIndex(where: { $0.profile == launch.profile }) {
        parts[at].blocks += launch.blocks
      } else {
        parts.append((launch.profile, launch.blocks))
      }
      priority = max(priority, experiment.tenants[replicas[r].tenant].priority)
    }
    groups[group].partsLeft = parts.count
    // Grids of different sizes go one after the other, as far as a prediction tells.
    let predicted = parts.reduce(Int64(0)) {
      $0 + prediction(Prediction(profile: $1.profile, blocks: $1.blocks, scale: scale))
    }
    for r in members { replicas[r].predictedNS = predicted }
    for part in parts {
      _ = device.submit(
        kernel: part.profile, blocks: part.blocks, scale: scale, priority: priority, tag: tag)
    }
  }

  private mutating func prediction(_ launch: Prediction) -> Int64 {
    if let known = predictions[launch] { return known }
    let run = Device.isolatedRun(
      of: programs.profiles[launch.profile], blocks: launch.blocks, scale: launch.scale,
      on: experiment.gpu)
    predictions[launch] = run.durationNS
    return run.durationNS
  }

  private mutating func started(_ r: Int) {
    if replicas[r].launch == 0, replicas[r].firstLaunch < 0 { replicas[r].firstLaunch = now }
    replicas[r].launchStart = now
  }

  private mutating func kill(_ r: Int) {
    guard let id = replicas[r].device, view.replicas[r].phase == .running else {
      require(false, "kill a launch that does not run by itself", r)
      return
    }
    _ = device.kill(id)
    replicas[r].device = nil
    let launch = programs.programs[replicas[r].program].launches[replicas[r].launch]
    replicas[r].blocksLeft = launch.blocks
    becomeReady(r)
  }
}
