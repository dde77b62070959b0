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

// What a policy answers, checked by its driver, is applied here.
extension SharedRun {
  mutating func becomeReady(_ r: Int) {
    driver.view.replicas[r].note(.ready, launch: replicas[r].work.launch, expected: clock.now)
    driver.view.addReady(r)
    driver.needsDecision = true
    book?.waited(r, until: clock.now)
  }

  mutating func decide() throws(PolicyFault) {
    driver.view.schedulerFreeNS = host.schedulerFree
    try driver.ask(at: clock.now)
    for i in driver.answer.decisions.indices { try apply(driver.answer.decisions[i]) }
  }

  private mutating func apply(_ decision: Decision) throws(PolicyFault) {
    try driver.check(decision, at: clock.now)
    switch decision {
    case .start(_, let r, let count, let ungated):
      if driver.view.replicas[r].side != .both {
        startSide(r)
      } else if servers.contains(r) {
        startIteration(r, follows: false, ungated: ungated)
      } else {
        begin(r, count: count, ungated: ungated)
      }
    case .reject(let tenant):
      if let request = flow.queues[tenant].first {
        book?.dropped(tenant, request, isLanguage: isLanguage(tenant), at: clock.now)
      }
      flow.drop(tenant, at: clock.now, &observer, &clock.queue)
      updateQueueView(tenant)
      driver.needsDecision = true
    case .launch(let r, let priority, let blocks, let sms):
      launch(r, priority, blocks, sms)
      driver.needsDecision = true
    case .fuse(let members, let isCold, let isVariable):
      try fuse(members, isCold, isVariable, decision)
      driver.needsDecision = true
    case .kill(let r, let keepingBlocks): try kill(r, keepingBlocks, decision)
    case .stop(let r): try stop(r, decision)
    case .setSMs(let r, let sms):
      replicas[r].place = sms.map { .sms($0.count) }
      replicas[r].mask = sms.map { mask($0, on: replicas[r].device) } ?? 0
    case .confine(let r, let isConfined):
      // Alone, a request is not followed launch by launch, but its later launches may differ.
      if solo.request?.replica == r { breakSolo() }
      replicas[r].isConfined = isConfined
    case .limitDRAM(let fraction):
      for device in 0..<clock.devices.count {
        clock.devices[device].pointee.setCeiling(fraction)
      }
    case .exclude(let r, let until): exclude(r, until: until)
    case .wake(let time):
      if driver.setWake(at: time) { clock.schedule(.wake, at: time, phase: .timer) }
    }
  }

  /// Ends what a replica has on the device, or on its way there; its blocks are to run again.
  mutating func kill(
    _ r: Int, _ keepingBlocks: Bool, _ decision: Decision
  ) throws(PolicyFault) {
    var again = replicas[r].sent.blocks
    if replicas[r].sent.isOnItsWay {
      replicas[r].sent.recalled += 1
      replicas[r].sent.isOnItsWay = false
    } else if let id = replicas[r].sent.id {
      var ran = clock.now - replicas[r].sent.start
      let device = clock.devices[replicas[r].device]
      var lost = device.pointee.workOfRunningBlocks(of: id)
      let outstanding = device.pointee.outstandingBlocks(of: id)
      if keepingBlocks {
        again = max(1, outstanding)
        // What runs again has run for a block's time at most, undisturbed.
        ran = min(ran, Int64(profile(of: r).soloNS.rounded(.up)))
      } else {
        lost += Int64(again - outstanding) << 20
      }
      if let book {
        book.killed(r, id, on: sms(of: r, book), wasted: ran, at: clock.now)
      }
      _ = device.pointee.kill(id)
      let (launch, tenant) = (replicas[r].work.launch(in: programs), replicas[r].tenant)
      flow.withTotals { $0.accounts[tenant].kill(launch, work: lost, ranNS: ran) }
      replicas[r].sent.id = nil
    } else {
      throw driver.fault("\(decision)", PolicyDriver.nothingRuns)
    }
    replicas[r].sent.blocksLeft += again
    becomeReady(r)
  }

  /// A device's number for some SMs; one that it knows already where there is one.
  mutating func mask(_ sms: Range<Int>, on device: Int) -> Int {
    if let known = masks.first(where: { $0.device == device && $0.sms == sms }) {
      return known.mask
    }
    let set = SMSet(start: sms.lowerBound, count: sms.count, smCount: experiment.gpu.smCount)
    let mask = clock.devices[device].pointee.register(mask: set)
    masks.append((device, sms, mask))
    return mask
  }

  private mutating func takeReady(_ r: Int) {
    driver.view.removeReady(r)
    driver.view.replicas[r].phase = .running
    book?.held(r, until: clock.now)
  }

  /// A launch by itself: the scheduler's thread prepares it while its predecessor runs, if it is
  /// free, since nothing about it is open. The replica's own thread has prepared it already.
  private mutating func launch(_ r: Int, _ priority: Int, _ blocks: Int?, _ sms: Range<Int>?) {
    takeReady(r)
    var prepared = clock.now
    if replicas[r].isSent {
      prepared = host.prepare(from: replicas[r].sent.start, cost: host.schedulerCost)
    }
    let left = replicas[r].sent.blocksLeft
    replicas[r].sent.blocks = min(blocks ?? left, left)
    replicas[r].sent.blocksLeft = left - replicas[r].sent.blocks
    replicas[r].sent.priority = priority
    replicas[r].sent.mask = sms.map { mask($0, on: replicas[r].device) } ?? replicas[r].mask
    replicas[r].sent.problems = 1
    driver.view.replicas[r].expectedNS =
      max(clock.now, prepared) + replicas[r].work.launch(in: programs).durationNS
    submit(Int32(r), at: prepared)
  }

  /// A super-kernel: its members are known only now, so its host time comes first.
  private mutating func fuse(
    _ members: Range<Int>, _ isCold: Bool, _ isVariable: Bool, _ decision: Decision
  ) throws(PolicyFault) {
    let sent = host.prepare(
      from: clock.now, cost: fusion.hostCost(of: members.count, isCold: isCold))
    let group = fusion.open(isVariable: isVariable)
    let device = replicas[driver.answer.members[members.lowerBound]].device
    var longest: Int64 = 0
    for i in members {
      let r = driver.answer.members[i]
      let launch = replicas[r].work.launch(in: programs)
      // Named twice, or sent in part: its blocks would run twice.
      guard driver.view.replicas[r].phase == .ready, replicas[r].device == device,
        replicas[r].sent.blocksLeft == launch.blocks, !servers.contains(r)
      else {
        throw driver.fault(
          "\(decision)",
          "replica \(r)'s is sent already, or a language model's, or its replica on another device")
      }
      takeReady(r)
      replicas[r].sent.blocksLeft = 0
      replicas[r].sent.problems = members.count
      longest = max(longest, launch.durationNS)
      fusion.add(r, to: group)
    }
    for i in members { driver.view.replicas[driver.answer.members[i]].expectedNS = sent + longest }
    driver.view.residentSuperKernels += 1
    submit(Int32(replicas.count + group), at: sent)
  }

  private mutating func submit(_ tag: Int32, at time: Int64) {
    guard time > clock.now else {
      submit(tag)
      return
    }
    if Int(tag) < replicas.count { replicas[Int(tag)].sent.isOnItsWay = true }
    clock.schedule(.submit(tag: tag), at: time)
  }

  /// What was on its way to the device is there, unless it was killed meanwhile.
  mutating func arriveAtDevice(_ tag: Int32) {
    let r = Int(tag)
    if r < replicas.count {
      if replicas[r].sent.recalled > 0 {
        replicas[r].sent.recalled -= 1
        return
      }
      replicas[r].sent.isOnItsWay = false
    }
    submit(tag)
  }

  /// What was prepared goes to the device.
  private mutating func submit(_ tag: Int32) {
    guard Int(tag) < replicas.count else {
      submitGroup(Int(tag) - replicas.count, tag)
      return
    }
    let r = Int(tag)
    replicas[r].start(at: clock.now)
    let launch = replicas[r].work.launch(in: programs)
    replicas[r].sent.predictedNS = launch.durationNS
    book?.sent(
      r, launch: replicas[r].work.launch, blocks: replicas[r].sent.blocks,
      mask: replicas[r].sent.mask, tag: r, at: clock.now)
    replicas[r].sent.id = clock.devices[replicas[r].device].pointee.submit(
      kernel: launch.profile, blocks: replicas[r].sent.blocks,
      priority: replicas[r].sent.priority, mask: replicas[r].sent.mask,
      isConfined: replicas[r].isConfined, tag: tag)
  }

  private mutating func submitGroup(_ group: Int, _ tag: Int32) {
    var priority = Int.min
    fusion.beginGrids()
    for i in 0..<fusion.count(of: group) {
      let r = fusion.member(i, of: group)
      replicas[r].start(at: clock.now)
      fusion.addToGrids(replicas[r].work.launch(in: programs), of: group, programs.fused)
      priority = max(priority, driver.view.tenants[replicas[r].tenant].priority)
    }
    let predicted = fusion.finishGrids(of: group, programs.profiles)
    let device = replicas[fusion.member(0, of: group)].device
    for i in 0..<fusion.count(of: group) {
      replicas[fusion.member(i, of: group)].sent.predictedNS = predicted
    }
    if let book { self.book(book, group, predicted) }
    for grid in fusion.grids {
      _ = clock.devices[device].pointee.submit(
        kernel: grid.profile, blocks: grid.blocks, priority: priority, tag: tag)
    }
  }

  /// Notes what a super-kernel's members go to the device in.
  private func book(_ book: ReasonBook, _ group: Int, _ predicted: Int64) {
    let members = (0..<fusion.count(of: group)).map { fusion.member($0, of: group) }
    book.superKernel(group, members)
    for r in members {
      let launch = replicas[r].work.launch
      book.sent(
        r, launch: launch, blocks: replicas[r].work.launch(in: programs).blocks, mask: 0,
        tag: replicas.count + group, predictedNS: predicted, at: clock.now)
    }
  }
}
