import EventEngine
import Policies
import SimBasics

/// A request from its arrival to a replica, and from its last launch to its record.
extension SharedRun {
  mutating func arrive(_ tenant: Int) {
    flow.arrive(tenant, at: now)
    updateQueueView(tenant)
    if !driver.control.isEmpty { driver.tell(.requestArrived(tenant: tenant), at: now) }
    if driver.control.contains(.requests) {
      driver.needsDecision = true
    } else {
      serveQueue(of: tenant)
    }
  }

  mutating func updateQueueView(_ tenant: Int) {
    driver.view.tenants[tenant].waiting = flow.queues[tenant].count
    driver.view.tenants[tenant].oldestArrivalNS = flow.queues[tenant].first ?? 0
  }

  /// Gives waiting requests to idle replicas, the one idle longest first.
  mutating func serveQueue(of tenant: Int) {
    while flow.queues[tenant].count > 0, !idle[tenant].isEmpty {
      begin(idle[tenant].removeFirst(), count: 1)
    }
  }

  /// Starts the first `count` waiting requests of the replica's tenant on it.
  mutating func begin(_ r: Int, count: Int) {
    let tenant = replicas[r].tenant
    guard let first = flow.take(tenant) else { return }
    if solo != nil { breakSolo() }
    replicas[r].arrival = first
    replicas[r].moreArrivals.removeAll(keepingCapacity: true)
    for _ in 1..<max(count, 1) {
      if let next = flow.take(tenant) { replicas[r].moreArrivals.append(next) }
    }
    updateQueueView(tenant)
    activeReplicas += 1
    driver.view.activeReplicas = activeReplicas
    replicas[r].program = program(of: r, count: count)
    replicas[r].launch = 0
    replicas[r].base = now
    replicas[r].firstLaunch = -1
    // The scheduler's thread knows of the first launch once the host has taken the request in.
    replicas[r].launchStart = now + pace.requestCPU
    replicas[r].submitted = 0
    let program = programs.programs[replicas[r].program]
    var copied = now
    if program.copyInNS > 0 {
      copied = max(now, copyInFree) + program.copyInNS
      copyInFree = copied
    }
    driver.view.replicas[r].program = replicas[r].program
    let slo = driver.view.tenants[tenant].sloNS
    driver.view.replicas[r].deadlineNS = first.addingReportingOverflow(slo).partialValue
    let submitted = pace.submitted(0, base: now)
    if activeReplicas == 1, !driver.isGated {
      beginSolo(r, at: max(copied, submitted))
      return
    }
    if hasHostEvents { startHost(of: r) }
    replicas[r].streamReady = max(copied, now + mpsDelay)
    waitForLaunch(r)
  }

  private func program(of r: Int, count: Int) -> Int {
    let tenant = replicas[r].tenant
    if let cap = replicas[r].cap,
      let entry = programs.capped[tenant].first(where: { $0.smCount == cap })
    {
      return entry.program
    }
    let list = programs.byTenant[tenant]
    return (list.first { $0.batch >= count } ?? list[list.count - 1]).program
  }

  /// The request's last launch has ended.
  mutating func gpuDone(_ r: Int) {
    let program = programs.programs[replicas[r].program]
    var time = now
    if program.copyOutNS > 0 {
      time = max(now, copyOutFree) + program.copyOutNS
      copyOutFree = time
    }
    time += experiment.testbed.completionSync
    driver.view.replicas[r].phase = .finishing
    if time == now {
      complete(r)
    } else {
      queue.schedule(
        .complete(replica: Int32(r)), at: SimTime(nanoseconds: time), phase: .completion)
    }
  }

  mutating func complete(_ r: Int) {
    let replica = replicas[r]
    let tenant = replica.tenant
    record(r, arrival: replica.arrival)
    for i in replica.moreArrivals.indices { record(r, arrival: replica.moreArrivals[i]) }
    activeReplicas -= 1
    driver.view.activeReplicas = activeReplicas
    driver.view.replicas[r].phase = .idle
    driver.view.replicas[r].idleSinceNS = now
    if !driver.control.isEmpty { driver.tell(.requestEnded(replica: r), at: now) }
    if driver.control.contains(.requests) {
      driver.needsDecision = true
      return
    }
    if driver.view.replicas[r].excludedUntilNS > now {
      scheduleExclusionEnd(r)
      return
    }
    idle[tenant].append(r)
    serveQueue(of: tenant)
  }

  private mutating func record(_ r: Int, arrival: Int64) {
    let tenant = replicas[r].tenant
    flow.complete(
      RequestRecord(
        tenant: tenant, replica: r, arrivalNS: arrival, firstLaunchNS: replicas[r].firstLaunch,
        completionNS: now), &observer)
    flow.scheduleClosedLoopRequest(of: tenant, after: now, &queue)
  }
}
