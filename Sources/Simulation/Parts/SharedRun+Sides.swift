import Device
import Hardware
import Scheduling

// Prefills beside decodes: the two sides of a language model's replica, which begin by themselves or
// where a policy says so.
extension SharedRun {
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
  mutating func startSides(of r: Int, follows: Bool) {
    for side in [r, servers.partners[r]] where driver.view.replicas[side].phase == .idle {
      startIteration(side, follows: follows)
    }
  }

  /// Gives each side its SMs: those the policy says while both run, all while one does.
  mutating func settleSplit(_ side: Int) {
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
    let isStarted = startIteration(r, follows: false)
    // What had to leave is the other side's.
    if isStarted || servers[r].loop.counters.preemptions > left { updateIterationView(tenant) }
    guard !isStarted, driver.view.replicas[r].isDue else { return }
    driver.view.replicas[r].isDue = false
    driver.view.tenants[tenant].waiting -= 1
  }

  /// Shows the policy which sides of a tenant's replicas have an iteration that might begin.
  mutating func updateDue(_ tenant: Int) {
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
  mutating func moveQuotas() {
    guard servers.moveQuotas(at: clock.now, flow) else { return }
    for tenant in experiment.tenants.indices where isLanguage(tenant) {
      updateIterationView(tenant)
    }
  }
}
