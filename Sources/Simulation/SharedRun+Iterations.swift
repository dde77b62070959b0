import Device
import EventEngine
import Hardware
import Scheduling

// A language model's replica: an iteration takes the place of a request, its launches on the way of
// any other's. Requests join and leave between iterations.
extension SharedRun {
  func isLanguage(_ tenant: Int) -> Bool { experiment.tenants[tenant].language != nil }

  /// Lets idle replicas look at the queue, the one idle longest first; where a policy starts requests
  /// it is shown that there is something to start.
  mutating func serveIterations(of tenant: Int) {
    if driver.control.contains(.requests) {
      updateIterationView(tenant)
      driver.needsDecision = true
      return
    }
    if !servers.second.isEmpty {
      for r in driver.view.tenants[tenant].replicas { startSides(of: r, follows: false) }
      return
    }
    while let r = flow.nextIdle(of: tenant) {
      if !startIteration(r, follows: false) { return }
    }
  }

  /// What stands in a device's list of kernels until an iteration's row takes its place.
  static var emptyPlace: BlockProfile {
    BlockProfile(
      blocks: 1, cost: BlockCost(warps: 1, registers: 0, sharedMemory: 0), blocksPerSM: 1,
      soloNS: 1,
      smShare: 1, dramRate: 0)
  }

  /// A policy that starts requests sees an iteration that is due as one that waits.
  mutating func updateIterationView(_ tenant: Int) {
    let queue = flow.queues[tenant]
    driver.view.tenants[tenant].waiting = queue.count
    driver.view.tenants[tenant].oldestArrivalNS = queue.first?.timeNS ?? 0
    guard driver.startsRequests else { return }
    if !servers.second.isEmpty { return updateDue(tenant) }
    let r = driver.view.tenants[tenant].replicas.lowerBound
    let oldest = [servers[r].oldestArrivalNS, queue.first?.timeNS].compactMap { $0 }.min()
    let isDue = driver.view.replicas[r].phase == .idle && oldest != nil
    driver.view.tenants[tenant].waiting = isDue ? 1 : 0
    driver.view.tenants[tenant].oldestArrivalNS = oldest ?? 0
  }

  /// Starts a replica's next iteration; it is idle where there is none.
  ///
  /// - Parameter follows: whether the last one ended just now.
  @discardableResult
  mutating func startIteration(
    _ r: Int, follows: Bool, ungated: Bool = false
  ) -> Bool {
    let (now, tenant, device) = (clock.now, replicas[r].tenant, replicas[r].device)
    guard flow.plan(&servers[r], at: now, follows: follows) else {
      rest(r)
      return false
    }
    // Only now: another's may end, and its replica take what is left in the queue.
    while solo.request != nil { breakSolo() }
    replicas[r].isGated = driver.isGated && !ungated
    replicas[r].isSent = driver.sendsLaunches && !ungated
    let (base, pace) = (servers[r].base, servers[r].pace)
    host.setPace(pace, of: r)
    replicas[r].work.begin(iteration: servers[r].program)
    replicas[r].base = base
    replicas[r].isIterating = true
    replicas[r].firstLaunch = -1
    replicas[r].sent.start = max(now, base + pace.requestCPU)
    driver.view.activeReplicas += 1
    active[device] += 1
    let copied = copies[device].copyIn(servers[r].program.copyInNS, at: now)
    let first = servers[r].firstStart(at: now, follows: follows, copied: copied)
    if let book {
      var isExact = true
      if case .sms = replicas[r].place { isExact = false }
      book.iterationBegan(r, servers[r], isExact: isExact, copied: copied, at: now)
    }
    updateQueueView(tenant)
    show(r)
    settleSplit(r)
    if driver.view.activeReplicas == 1, solo.isEnabled, replicas[r].place == nil,
      !replicas[r].isGated, !replicas[r].isConfined
    {
      beginSolo(r, at: first)
      return true
    }
    makeKernels(r)
    if host.isContended, !replicas[r].isSent {
      schedule(host.begin(r, base: base, at: now), of: r)
    }
    let earliest = servers[r].earliestStart(at: now, follows: follows)
    replicas[r].stream.readyAt = max(copied, earliest + mpsDelay(of: r))
    waitForLaunch(r)
    return true
  }

  /// Shows an iteration to the policy.
  private mutating func show(_ r: Int) {
    let arrival = servers[r].oldestArrivalNS ?? clock.now
    let slo = driver.view.tenants[replicas[r].tenant].sloNS
    driver.view.replicas[r].deadlineNS = arrival.addingReportingOverflow(slo).partialValue
    guard driver.isGated else { return }
    let program = servers[r].program
    let solo = program.soloEnd(
      at: servers[r].pace.submitted(0, base: 0), base: 0, pace: servers[r].pace)
    driver.view.programs[driver.view.replicas[r].program] = servers[r].iteration.view(
      program.launches, soloNS: solo + experiment.testbed.completionSync)
  }

  /// Puts the rows of a replica's iteration in their places on its device.
  mutating func makeKernels(_ r: Int) {
    guard servers.contains(r) else { return }
    let device = clock.devices[replicas[r].device]
    let first = servers[r].iteration.firstKernel
    for row in servers[r].iteration.rows.indices {
      device.pointee.replace(first + row, by: servers[r].iteration.profile(ofRow: row))
    }
  }

  /// The blocks of a replica's launch.
  mutating func profile(of r: Int) -> BlockProfile {
    guard servers.contains(r) else {
      return programs.profiles[replicas[r].work.launch(in: programs).profile]
    }
    let row = servers[r].program.launches.row(of: replicas[r].work.launch)
    return servers[r].iteration.profile(ofRow: row)
  }

  /// The iteration's last launch has ended.
  mutating func endIteration(_ r: Int) {
    let now = clock.now
    let told = now + experiment.testbed.completionSync
    book?.iterationEnded(r, at: now)
    servers[r].finish(start: replicas[r].firstLaunch, end: now, told: told)
    flow.tellGaps(of: servers[r], &observer)
    moveQuotas()
    driver.view.activeReplicas -= 1
    active[replicas[r].device] -= 1
    driver.view.replicas[r].phase = .finishing
    replicas[r].isIterating = false
    settleSplit(r)
    if driver.startsRequests, !servers.second.isEmpty {
      updateDue(replicas[r].tenant)
      driver.needsDecision = true
    }
    if told == now {
      takeTokens(r)
    } else if servers[r].waitsForTokens {
      clock.schedule(.complete(replica: Int32(r)), at: told)
    }
    if servers[r].overlaps { goOn(r, follows: true) }
  }

  /// The host has the tokens; one that does one thing at a time goes on from here.
  mutating func takeTokens(_ r: Int) {
    flow.tellEnded(&servers[r], at: clock.now, &observer, &clock.queue, book?.sequences)
    if !servers[r].overlaps { goOn(r, follows: false) }
  }

  /// Between two iterations of a replica.
  private mutating func goOn(_ r: Int, follows: Bool) {
    book?.iterationTold(r, side: servers[r].phase.lane, at: clock.now)
    if !driver.control.isEmpty {
      driver.view.replicas[r].phase = .idle
      driver.view.replicas[r].idleSinceNS = clock.now
      driver.tell(.requestEnded(replica: r), at: clock.now)
      driver.needsDecision = true
    }
    if driver.startsRequests {
      rest(r)
      updateIterationView(replicas[r].tenant)
    } else if servers.partners[r] >= 0 {
      driver.view.replicas[r].phase = .idle
      startSides(of: min(r, servers.partners[r]), follows: follows)
    } else {
      startIteration(r, follows: follows)
    }
  }

  /// A replica has nothing to run, or waits for the policy.
  private mutating func rest(_ r: Int) {
    driver.view.replicas[r].phase = .idle
    driver.view.replicas[r].idleSinceNS = clock.now
    if servers.partners[r] < 0, !driver.control.contains(.requests) {
      flow.idle[replicas[r].tenant].append(r)
    }
  }

  mutating func tellUnfinishedIterations() {
    // Prefills beside decodes first: what they began is told with the decodes.
    let order = servers.second.isEmpty ? Array(replicas.indices) : replicas.indices.reversed()
    for r in order where servers.contains(r) {
      let isRunning = driver.view.replicas[r].phase != .idle && replicas[r].firstLaunch >= 0
      flow.tellUnfinished(
        of: &servers[r], started: isRunning ? replicas[r].firstLaunch : nil, &observer)
    }
  }
}
