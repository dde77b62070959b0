import EventEngine
import Scheduling
import SimBasics

/// A request from its arrival to a replica, and from its last launch to its record.
extension SharedRun {
  mutating func arrive(_ tenant: Int, _ request: Arrival) {
    flow.arrive(tenant, request)
    book?.arrived(
      tenant, request.record, isLanguage: isLanguage(tenant), at: clock.now)
    updateQueueView(tenant)
    if !driver.control.isEmpty { driver.tell(.requestArrived(tenant: tenant), at: clock.now) }
    driver.needsDecision = driver.needsDecision || !driver.control.isEmpty
    if isLanguage(tenant) {
      serveIterations(of: tenant)
    } else if !driver.control.contains(.requests) {
      serveQueue(of: tenant)
    }
  }

  mutating func updateQueueView(_ tenant: Int) {
    if isLanguage(tenant) {
      updateIterationView(tenant)
      return
    }
    driver.view.tenants[tenant].waiting = flow.queues[tenant].count
    driver.view.tenants[tenant].oldestArrivalNS = flow.queues[tenant].first?.timeNS ?? 0
  }

  /// Gives waiting requests to idle replicas, the one idle longest first.
  private mutating func serveQueue(of tenant: Int) {
    while let r = flow.nextIdle(of: tenant) { begin(r, count: 1, ungated: false) }
  }

  /// Starts the first `count` waiting requests of the replica's tenant on it.
  ///
  /// - Parameter ungated: whether its launches go by themselves though a policy sends launches.
  mutating func begin(_ r: Int, count: Int, ungated: Bool) {
    let tenant = replicas[r].tenant
    replicas[r].isGated = driver.isGated && !ungated
    replicas[r].isSent = driver.sendsLaunches && !ungated
    replicas[r].work.take(&flow, of: tenant, count: count)
    guard let first = replicas[r].work.requests.first else { return }
    // Only now: it may end, and its replica take what is left in the queue.
    while solo.request != nil { breakSolo() }
    let now = clock.now
    let (number, isExact) = program(of: r, count: count)
    replicas[r].work.begin(program: number)
    updateQueueView(tenant)
    driver.view.activeReplicas += 1
    let device = replicas[r].device
    active[device] += 1
    replicas[r].base = now
    replicas[r].firstLaunch = -1
    // The scheduler's thread knows of the first launch once the host has taken the request in.
    replicas[r].sent.start = now + host.pace.requestCPU
    let copied = copies[device].copyIn(programs.programs[number].copyInNS, at: now)
    book?.began(
      r, program: number, isExact: isExact, arrivals: replicas[r].work.requests.map(\.timeNS),
      copyNS: programs.programs[number].copyInNS, copied: copied, at: now)
    driver.view.replicas[r].program = number
    let slo = driver.view.tenants[tenant].sloNS
    driver.view.replicas[r].deadlineNS = first.timeNS.addingReportingOverflow(slo).partialValue
    if driver.view.activeReplicas == 1, solo.isEnabled, isExact, !replicas[r].isGated,
      !replicas[r].isConfined
    {
      beginSolo(r, at: max(copied, host.pace.submitted(0, base: now)))
      return
    }
    if host.isContended, !replicas[r].isSent { schedule(host.begin(r, base: now, at: now), of: r) }
    replicas[r].stream.readyAt = max(copied, now + mpsDelay(of: r))
    waitForLaunch(r)
  }

  /// The program of a batch, and whether its times are those of the replica's part of the GPU.
  private func program(of r: Int, count: Int) -> (number: Int, isExact: Bool) {
    let tenant = replicas[r].tenant
    let place = replicas[r].place
    if let place,
      let entry = programs.capped[tenant].first(where: { $0.place == place && $0.batch >= count })
    {
      return (entry.program, true)
    }
    let list = programs.byTenant[tenant]
    return ((list.first { $0.batch >= count } ?? list[list.count - 1]).program, place == nil)
  }

  /// The request's last launch has ended.
  mutating func gpuDone(_ r: Int) {
    if servers.contains(r) {
      endIteration(r)
      return
    }
    if residency != nil {
      residency?.leave(at: clock.now)
      flow.withTotals { $0.deviceLaunches += 1 }
    }
    let program = replicas[r].work.program
    let copied = copies[replicas[r].device].copyOut(
      programs.programs[program].copyOutNS, at: clock.now)
    let time = copied + experiment.testbed.completionSync
    driver.view.replicas[r].phase = .finishing
    book?.gpuDone(
      r, copyNS: programs.programs[program].copyOutNS, copied: copied, end: time, at: clock.now)
    if time == clock.now {
      complete(r)
    } else {
      clock.schedule(.complete(replica: Int32(r)), at: time)
    }
  }

  mutating func complete(_ r: Int) {
    if servers.contains(r) {
      takeTokens(r)
      return
    }
    let tenant = replicas[r].tenant
    let now = clock.now
    for i in replicas[r].work.requests.indices {
      let request = replicas[r].work.requests[i]
      let record = RequestRecord(
        tenant: tenant, replica: r, number: request.record, arrivalNS: request.timeNS,
        firstLaunchNS: replicas[r].firstLaunch, completionNS: now)
      flow.complete(
        record, &observer, &clock.queue, explanation: book?.explanation(i, of: r, record))
    }
    book?.ended(r, at: now)
    driver.view.activeReplicas -= 1
    active[replicas[r].device] -= 1
    driver.view.replicas[r].phase = .idle
    driver.view.replicas[r].idleSinceNS = now
    if !driver.control.isEmpty { driver.tell(.requestEnded(replica: r), at: now) }
    // What is gated waits for this too.
    driver.needsDecision = driver.needsDecision || !driver.control.isEmpty
    if driver.control.contains(.requests) {
    } else if driver.view.replicas[r].excludedUntilNS > now {
      scheduleExclusionEnd(r)
    } else {
      flow.idle[tenant].append(r)
      serveQueue(of: tenant)
    }
  }

  // MARK: - Exclusion

  /// A replica with a request finishes it first; an idle one is out at once.
  mutating func exclude(_ r: Int, until time: Int64) {
    driver.view.replicas[r].excludedUntilNS = time
    let tenant = replicas[r].tenant
    if time <= clock.now || driver.control.contains(.requests) { return }
    guard let at = flow.idle[tenant].firstIndex(of: r) else { return }
    flow.idle[tenant].remove(at: at)
    scheduleExclusionEnd(r)
  }

  private mutating func scheduleExclusionEnd(_ r: Int) {
    clock.schedule(
      .exclusionEnd(replica: Int32(r)), at: driver.view.replicas[r].excludedUntilNS,
      phase: .timer)
  }

  /// A replica's exclusion is over, unless it was lengthened since.
  mutating func endExclusion(_ r: Int) {
    if driver.view.replicas[r].excludedUntilNS > clock.now {
      scheduleExclusionEnd(r)
      return
    }
    flow.idle[replicas[r].tenant].append(r)
    if servers.contains(r) {
      serveIterations(of: replicas[r].tenant)
    } else {
      serveQueue(of: replicas[r].tenant)
    }
  }
}
