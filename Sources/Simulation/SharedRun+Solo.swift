import Device
import EventEngine
import SimBasics

// A request that is alone on the device runs as its table says, launch after launch, so its end is
// known at once. It is followed launch by launch only from the moment something else begins.
extension SharedRun {
  mutating func beginSolo(_ r: Int, at start: Int64) {
    let program = replicas[r].work.program(in: programs)
    let end = program.soloEnd(at: start, base: replicas[r].base, pace: host.paces[r])
    replicas[r].firstLaunch = start
    replicas[r].stream.isWaiting = false
    driver.view.replicas[r].note(.running, launch: 0, expected: end)
    // What was on the device a moment ago must have left before its clock stops here.
    clock.settle()
    clock.runsDevices = false
    solo.request = (r, start, clock.scheduleTicketed(.soloEnd, at: end))
  }

  mutating func endSolo() {
    guard let (r, start, _) = solo.request else { return }
    followAgain()
    let all = replicas[r].work.program(in: programs).launches.count
    count(r, launches: all)
    book?.ranAlone(r, launches: all, start: start, pace: host.paces[r], until: clock.now)
    clock.devices.advance(to: clock.now)
    residency?.enter(at: start)
    gpuDone(r)
  }

  private mutating func followAgain() {
    solo.request = nil
    clock.runsDevices = true
  }

  private mutating func count(_ r: Int, launches: Int) {
    let sum = replicas[r].work.program(in: programs).launches.work(before: launches)
    flow.count(
      launches: launches, sum, replicas[r].work.usefulShare(in: programs),
      tenant: replicas[r].tenant)
    if residency == nil { flow.withTotals { $0.deviceLaunches += launches } }
    solo.integrals += sum.integrals
  }

  /// Puts the solo request where it stands now, so that others can join it.
  mutating func breakSolo() {
    guard let (r, start, ticket) = solo.request else { return }
    let now = clock.now
    _ = clock.queue.cancel(ticket)
    if driver.view.replicas[r].expectedNS == now {
      // What else happens in the instant of its end, the end of the warm-up say, comes after it.
      endSolo()
      return
    }
    followAgain()
    makeKernels(r)
    let program = replicas[r].work.program(in: programs)
    let (i, launchStart) = program.soloPosition(
      from: 0, at: start, base: replicas[r].base, pace: host.paces[r], now: now)
    count(r, launches: i)
    replicas[r].work.launch = i
    if i == 0, launchStart > now {
      replicas[r].firstLaunch = -1
    } else {
      residency?.enter(at: start)
    }
    if host.isContended { resumeHost(of: r, launched: launchStart <= now ? i + 1 : i) }
    if let book, i > 0 || launchStart <= now {
      book.ranAlone(
        r, launches: i, start: start, pace: host.paces[r], until: min(now, launchStart))
    }
    if launchStart > now {
      clock.devices.advance(to: now)
      replicas[r].stream = Replica.Stream(readyAt: launchStart, isWaiting: true)
      driver.view.replicas[r].note(.waiting, launch: i, expected: launchStart)
      clock.schedule(.ready(replica: Int32(r)), at: launchStart)
      return
    }
    let launch = program.launches[i]
    clock.devices.advance(to: launchStart)
    replicas[r].sent.start = launchStart
    replicas[r].sent.blocks = launch.blocks
    book?.sent(
      r, launch: i, blocks: launch.blocks, mask: replicas[r].mask, tag: r, at: launchStart)
    replicas[r].sent.id = clock.devices[replicas[r].device].pointee.submit(
      kernel: launch.profile, blocks: launch.blocks,
      priority: driver.view.tenants[replicas[r].tenant].priority, mask: replicas[r].mask,
      isConfined: replicas[r].isConfined, tag: Int32(r))
    // A launch of this very instant is placed with what else is submitted now, by priority.
    if launchStart == now { return }
    clock.settle()
    while clock.devices.nextEvent <= now {
      clock.devices.advance(to: clock.devices.nextEvent)
      clock.settle()
    }
    clock.devices.catchUp(to: now)
  }

  /// Puts the host where it stands: it submitted at its own pace, nobody held it up.
  private mutating func resumeHost(of r: Int, launched: Int) {
    let count = replicas[r].work.program(in: programs).launches.count
    let (submitted, next) = host.resume(r, base: replicas[r].base, of: count, at: clock.now)
    if submitted > launched { streams.append(r, count: submitted - launched) }
    if let next { schedule(next, of: r) }
  }
}
