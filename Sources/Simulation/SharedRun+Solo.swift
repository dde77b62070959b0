import EventEngine
import GPUModel
import SimBasics

// A request that is alone on the device runs as its table says, launch after launch, so its end is
// known at once. It is followed launch by launch only from the moment something else begins.
extension SharedRun {
  mutating func beginSolo(_ r: Int, at start: Int64) {
    let program = programs.programs[replicas[r].program]
    let end = program.soloEnd(from: 0, at: start, base: replicas[r].base, pace: pace)
    replicas[r].firstLaunch = start
    replicas[r].isWaiting = false
    driver.view.replicas[r].phase = .running
    driver.view.replicas[r].expectedNS = end
    // What was on the device a moment ago must have left before its clock stops here.
    device.settle()
    let ticket = queue.scheduleTicketed(
      .soloEnd, at: SimTime(nanoseconds: end), phase: .completion)
    solo = (r, start, ticket)
  }

  mutating func endSolo() {
    guard let (r, _, _) = solo else { return }
    solo = nil
    let program = programs.programs[replicas[r].program]
    count(r, launches: program.launches.count)
    device.advance(to: now)
    gpuDone(r)
  }

  private mutating func count(_ r: Int, launches: Int) {
    let sum = programs.programs[replicas[r].program].prefix[launches]
    flow.count(launches: launches, useful(sum, of: r), tenant: replicas[r].tenant)
    flow.withTotals { $0.deviceLaunches += launches }
    soloIntegrals += sum.integrals
  }

  /// Puts the solo request where it stands now, so that others can join it.
  mutating func breakSolo() {
    guard let (r, start, ticket) = solo else { return }
    _ = queue.cancel(ticket)
    if driver.view.replicas[r].expectedNS == now {
      // What else happens in the instant of its end, the end of the warm-up say, comes after it.
      endSolo()
      return
    }
    solo = nil
    let program = programs.programs[replicas[r].program]
    let (i, launchStart) = program.soloPosition(
      from: 0, at: start, base: replicas[r].base, pace: pace, now: now)
    count(r, launches: i)
    replicas[r].launch = i
    if i == 0, launchStart > now { replicas[r].firstLaunch = -1 }
    if hasHostEvents { resumeHost(of: r, launched: launchStart <= now ? i + 1 : i) }
    if launchStart > now {
      device.advance(to: now)
      replicas[r].streamReady = launchStart
      replicas[r].isWaiting = true
      driver.view.replicas[r].phase = .waiting
      driver.view.replicas[r].launch = i
      driver.view.replicas[r].expectedNS = launchStart
      queue.schedule(
        .ready(replica: Int32(r)), at: SimTime(nanoseconds: launchStart), phase: .completion)
      return
    }
    let launch = program.launches[i]
    device.advance(to: launchStart)
    replicas[r].launchStart = launchStart
    replicas[r].device = device.submit(
      kernel: launch.profile, blocks: launch.blocks,
      priority: experiment.tenants[replicas[r].tenant].priority, mask: replicas[r].mask,
      tag: Int32(r))
    device.settle()
    while device.nextEvent <= now {
      device.advance(to: device.nextEvent)
      device.settle()
    }
    if device.now < now { device.advance(to: now) }
  }

  /// Puts the host where it stands: it submitted at its own pace, nobody held it up.
  private mutating func resumeHost(of r: Int, launched: Int) {
    let count = programs.programs[replicas[r].program].launches.count
    let testbed = experiment.testbed
    let begun = replicas[r].base + pace.requestCPU
    var submitted = count
    if pace.perLaunch > 0 {
      submitted = min(count, Int(max(0, now - begun) / pace.perLaunch))
    } else if now < begun {
      submitted = 0
    }
    replicas[r].submitted = submitted
    let last = begun + Int64(submitted) * pace.perLaunch
    lockFree = max(lockFree, min(last, now))
    if sharesQueues, submitted > launched {
      hardwareQueues[r % queueCount] += Array(repeating: r, count: submitted - launched)
    }
    guard submitted < count else { return }
    let atLock = last + testbed.launchCPU
    if atLock <= now {
      lockFree = atLock + testbed.launchLock
      schedule(.hostSubmit(replica: Int32(r)), in: max(0, lockFree - now))
    } else {
      schedule(.hostLock(replica: Int32(r)), in: atLock - now)
    }
  }
}
