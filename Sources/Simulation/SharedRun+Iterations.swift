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

  /// The prefills that run beside decodes, each as a replica behind all others.
  mutating func makeSecondReplicas() {
    for r in servers.second {
      replicas.append(Replica(tenant: replicas[r].tenant, device: replicas[r].device))
      var view = ReplicaView(tenant: replicas[r].tenant)
      view.side = .prefills
      driver.view.replicas[r].side = .decodes
      driver.view.replicas.append(view)
    }
  }

  // MARK: - Prefills beside decodes

  /// Starts what a replica's two sides have to do, of those that are idle.
  private mutating func startSides(of r: Int, follows: Bool) {
    for side in [r, servers.partners[r]] where driver.view.replicas[side].phase == .idle {
      startIteration(side, follows: follows)
    }
  }

  /// Gives each side its SMs: those the policy says while both run, all while one does.
  private mutating func settleSplit(_ side: Int) {
    guard servers.partners[side] >= 0, !driver.startsRequests else { return }
    let (d, p) = (min(side, servers.partners[side]), max(side, servers.partners[side]))
    guard replicas[d].isIterating, replicas[p].isIterating else {
      (replicas[d].mask, replicas[p].mask) = (0, 0)
      return
    }
    let (iteration, launches) = (servers[d].iteration, servers[d].program.launches)
    let gap = servers[d].pace.gap
    let tokenGap = experiment.tenants[replicas[d].tenant].language?.tpotNS
    let view = PhaseView(
      smCount: experiment.gpu.smCount, smsPerTPC: experiment.gpu.smsPerTPC,
      tokenGapNS: tokenGap ?? .max / 4, decodes: servers[d].decodes
    ) { sms in iteration.durationNS(launches, on: sms, gap: gap) }
    let split = driver.split(view)
    for (r, sms) in [(d, split.decode), (p, split.prefill)] {
      let isWhole = sms.count >= experiment.gpu.smCount
      replicas[r].mask = isWhole ? 0 : mask(sms, on: replicas[r].device)
    }
  }

  /// Starts the iteration of a side because the policy says so. Where it comes to nothing, the side is
  /// not due until something changes.
  mutating func startSide(_ r: Int) {
    driver.needsDecision = true
    let tenant = replicas[r].tenant
    let left = servers[r].loop.counters.preemptions
    if startIteration(r, follows: false) { return }
    // What had to leave is the other side's.
    if servers[r].loop.counters.preemptions > left { updateIterationView(tenant) }
    guard driver.view.replicas[r].isDue else { return }
    driver.view.replicas[r].isDue = false
    driver.view.tenants[tenant].waiting -= 1
  }

  /// Shows the policy which sides of a tenant's replicas have an iteration that might begin.
  private mutating func updateDue(_ tenant: Int) {
    let first = flow.queues[tenant].first
    driver.view.tenants[tenant].waiting = 0
    for r in driver.view.tenants[tenant].replicas {
      for side in [r, servers.partners[r]] {
        // A host that waits for one side's tokens makes no iteration of the other.
        let waits = driver.view.replicas[servers.partners[side]].phase == .finishing
        driver.view.replicas[side].isDue =
          driver.view.replicas[side].phase == .idle && !(waits && !servers[side].overlaps)
          && servers[side].isDue(first)
        if driver.view.replicas[side].isDue { driver.view.tenants[tenant].waiting += 1 }
      }
    }
  }

  /// Moves quotas between replicas where it is time to.
  private mutating func moveQuotas() {
    guard servers.moveQuotas(at: clock.now, flow) else { return }
    for tenant in experiment.tenants.indices where isLanguage(tenant) {
      updateIterationView(tenant)
    }
  }

  // MARK: - An iteration

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
    updateQueueView(tenant)
    show(r)
    settleSplit(r)
    if driver.view.activeReplicas == 1, solo.isEnabled, replicas[r].place == nil,
      !replicas[r].isGated
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
    servers[r].finish(start: replicas[r].firstLaunch, end: now, told: told)
    flow.tellGaps(of: servers[r], &observer)
    moveQuotas()
    driver.view.activeReplicas -= 1
    active[replicas[r].device] -= 1
    driver.view.replicas[r].phase = .finishing
    replicas[r].isIterating = false
    settleSplit(r)
    if told == now {
      takeTokens(r)
    } else if !servers[r].overlaps || servers[r].hasUntold {
      clock.schedule(.complete(replica: Int32(r)), at: told)
    }
    if servers[r].overlaps { goOn(r, follows: true) }
  }

  /// The host has the tokens; one that does one thing at a time goes on from here.
  mutating func takeTokens(_ r: Int) {
    flow.tellEnded(&servers[r], at: clock.now, &observer, &clock.queue)
    if !servers[r].overlaps { goOn(r, follows: false) }
  }

  /// Between two iterations of a replica.
  private mutating func goOn(_ r: Int, follows: Bool) {
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
