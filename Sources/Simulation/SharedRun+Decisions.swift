import EventEngine
import GPUModel
import Policies
import SimBasics

extension ReplicaView {
  /// Notes what a replica does and until when, as it seems.
  mutating func note(_ phase: Phase, launch: Int, expected time: Int64) {
    self.phase = phase
    self.launch = launch
    expectedNS = time
  }
}

// What a policy answers, checked by its driver, is applied here.
extension SharedRun {
  mutating func becomeReady(_ r: Int) {
    driver.view.replicas[r].note(.ready, launch: replicas[r].launch, expected: now)
    driver.view.addReady(r)
    driver.needsDecision = true
  }

  mutating func decide() throws(PolicyFault) {
    driver.view.schedulerFreeNS = schedulerFree
    try driver.ask(at: now)
    for i in driver.answer.decisions.indices { try apply(driver.answer.decisions[i]) }
  }

  private mutating func apply(_ decision: Decision) throws(PolicyFault) {
    try driver.check(decision, at: now)
    switch decision {
    case .start(_, let r, let count): begin(r, count: count)
    case .reject(let tenant):
      flow.drop(tenant, at: now, &observer)
      flow.scheduleClosedLoopRequest(of: tenant, after: now, &queue)
      updateQueueView(tenant)
      driver.needsDecision = true
    case .launch(let r, let priority, let blocks, let sms):
      launch(r, priority, blocks, sms)
      driver.needsDecision = true
    case .fuse(let members, let isCold, let isVariable):
      try fuse(members, isCold, isVariable, decision)
      driver.needsDecision = true
    case .kill(let r):
      guard let id = replicas[r].device else {
        throw driver.fault("\(decision)", PolicyDriver.nothingRuns)
      }
      kill(r, id)
    case .setSMs(let r, let sms):
      replicas[r].cap = sms?.count
      replicas[r].mask = mask(sms) ?? 0
    case .exclude(let r, let until): exclude(r, until)
    case .wake(let time):
      if driver.setWake(at: time) {
        queue.schedule(.wake, at: SimTime(nanoseconds: time), phase: .timer)
      }
    }
  }

  /// The device's number for some SMs; one that it knows already where there is one.
  private mutating func mask(_ sms: Range<Int>?) -> Int? {
    guard let sms else { return nil }
    if let known = masks.first(where: { $0.sms == sms }) { return known.mask }
    let set = SMSet(start: sms.lowerBound, count: sms.count, smCount: experiment.gpu.smCount)
    masks.append((sms, device.register(mask: set)))
    return masks[masks.count - 1].mask
  }

  /// A replica with a request finishes it first; an idle one is out at once.
  private mutating func exclude(_ r: Int, _ until: Int64) {
    driver.view.replicas[r].excludedUntilNS = until
    guard until > now, let at = idle[replicas[r].tenant].firstIndex(of: r) else { return }
    if driver.control.contains(.requests) { return }
    idle[replicas[r].tenant].remove(at: at)
    scheduleExclusionEnd(r)
  }

  mutating func scheduleExclusionEnd(_ r: Int) {
    queue.schedule(
      .exclusionEnd(replica: Int32(r)),
      at: SimTime(nanoseconds: driver.view.replicas[r].excludedUntilNS), phase: .timer)
  }

  /// A replica's exclusion is over, unless it was lengthened since.
  mutating func endExclusion(_ r: Int) {
    if driver.view.replicas[r].excludedUntilNS > now {
      scheduleExclusionEnd(r)
      return
    }
    idle[replicas[r].tenant].append(r)
    serveQueue(of: replicas[r].tenant)
  }

  private mutating func takeReady(_ r: Int) {
    driver.view.removeReady(r)
    driver.view.replicas[r].phase = .running
  }

  /// A launch by itself: the scheduler's thread prepares it while its predecessor runs, if it is
  /// free, since nothing about it is open.
  private mutating func launch(_ r: Int, _ priority: Int, _ blocks: Int?, _ sms: Range<Int>?) {
    takeReady(r)
    let testbed = experiment.testbed
    let cost = testbed.launchCPU + testbed.launchLock
    let prepared = max(schedulerFree, replicas[r].launchStart) + cost
    schedulerFree = prepared
    let left = replicas[r].blocksLeft
    let sent = min(blocks ?? left, left)
    replicas[r].sentBlocks = sent
    replicas[r].priority = priority
    replicas[r].launchMask = mask(sms) ?? replicas[r].mask
    replicas[r].blocksLeft = left - sent
    replicas[r].problems = 1
    let program = programs.programs[replicas[r].program]
    let solo = program.launches[replicas[r].launch].durationNS
    driver.view.replicas[r].expectedNS = max(now, prepared) + solo
    submit(at: prepared, tag: Int32(r))
  }

  private mutating func submit(at time: Int64, tag: Int32) {
    if time > now {
      queue.schedule(.submit(tag: tag), at: SimTime(nanoseconds: time), phase: .completion)
    } else {
      send(tag)
    }
  }

  /// Whether launches that are sent as one pay what fusing costs.
  private func isSuperKernel(_ count: Int) -> Bool {
    count > 1 || driver.control.contains(.singleSuperKernels)
  }

  /// A super-kernel: its members are known only now, so its host time comes first.
  private mutating func fuse(
    _ members: Range<Int>, _ isCold: Bool, _ isVariable: Bool, _ decision: Decision
  ) throws(PolicyFault) {
    let testbed = experiment.testbed
    var cost = testbed.launchCPU + testbed.launchLock
    if isSuperKernel(members.count) {
      cost += testbed.superKernelFixed + testbed.superKernelPerProblem * Int64(members.count)
      if isCold { cost += testbed.superKernelCold }
    }
    schedulerFree = max(now, schedulerFree) + cost
    let group = freeGroups.popLast() ?? groups.count
    if group == groups.count { groups.append(Group()) }
    groups[group].isVariable = isVariable
    var longest: Int64 = 0
    for i in members {
      let r = driver.answer.members[i]
      let launch = programs.programs[replicas[r].program].launches[replicas[r].launch]
      // Named twice, or sent in part: its blocks would run twice.
      guard driver.view.replicas[r].phase == .ready, replicas[r].blocksLeft == launch.blocks else {
        throw driver.fault("\(decision)", "that of replica \(r) is among them already")
      }
      takeReady(r)
      replicas[r].blocksLeft = 0
      replicas[r].problems = members.count
      longest = max(longest, launch.durationNS)
      groups[group].members.append(r)
    }
    for i in members {
      driver.view.replicas[driver.answer.members[i]].expectedNS = schedulerFree + longest
    }
    driver.view.residentSuperKernels += 1
    submit(at: schedulerFree, tag: Int32(replicas.count + group))
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
        priority: replicas[index].priority, mask: replicas[index].launchMask, tag: tag)
      return
    }
    let group = index - replicas.count
    let members = groups[group].members.count
    let testbed = experiment.testbed
    let scale =
      !isSuperKernel(members)
      ? 1
      : groups[group].isVariable ? testbed.variableSizeTimeFactor : testbed.superKernelTimeFactor
    // One grid a problem size: with equal sizes that is one grid.
    parts.removeAll(keepingCapacity: true)
    var priority = Int.min
    for i in 0..<members {
      let r = groups[group].members[i]
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
    var predicted: Int64 = 0
    for i in parts.indices {
      predicted += prediction(
        Prediction(profile: parts[i].profile, blocks: parts[i].blocks, scale: scale))
      _ = device.submit(
        kernel: parts[i].profile, blocks: parts[i].blocks, scale: scale, priority: priority,
        tag: tag)
    }
    for i in 0..<members { replicas[groups[group].members[i]].predictedNS = predicted }
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

  private mutating func kill(_ r: Int, _ id: LaunchID) {
    _ = device.kill(id)
    replicas[r].device = nil
    let launch = programs.programs[replicas[r].program].launches[replicas[r].launch]
    replicas[r].blocksLeft = launch.blocks
    becomeReady(r)
  }
}
