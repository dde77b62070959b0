import Scheduling

// Which requests start together, and whether the scheduler sends their launches.
extension SpaceTimePolicy {
  /// Starts what waits on the replicas that are idle, the one idle longest first, on no more than are
  /// worth it side by side: one request each where there are enough of them. Else all of these share the
  /// queue, those that are busy too, for they will be idle within a request's time: each takes its part
  /// as one batch.
  mutating func startRequests(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    var wake = Int64.max
    for t in view.tenants.indices where view.tenants[t].waiting > 0 {
      findIdle(of: t, view, &wake)
      var waiting = view.tenants[t].waiting
      let sharers = mostBeside(t, view)
      let running = view.tenants[t].replicas.count { view.replicas[$0].phase != .idle }
      while idle.count > max(0, sharers - running) { idle.removeLast() }
      // A queue of twice the replicas shows that more must be served: the longer it is, the more
      // of it each takes, since fewer, larger batches serve more.
      let factor = min(sharers, 1 + waiting / (2 * sharers))
      for (i, replica) in idle.enumerated() where waiting > 0 {
        let hasRoom = waiting <= idle.count - i
        let part = hasRoom ? 1 : (factor * waiting + sharers - 1) / sharers
        let count = batch(of: min(part, waiting), tenant: t, view)
        guard let program = view.tenants[t].program(batch: count) else { continue }
        decisions.append(
          .start(
            tenant: t, replica: replica, count: count,
            ungated: !isGated(program, view)))
        waiting -= count
      }
    }
    if wake < .max { decisions.append(.wake(atNS: wake)) }
  }

  private mutating func findIdle(
    of tenant: Int, _ view: borrowing SchedulingView, _ wake: inout Int64
  ) {
    while !idle.isEmpty { idle.removeLast() }
    for replica in view.tenants[tenant].replicas where view.replicas[replica].phase == .idle {
      if view.replicas[replica].excludedUntilNS > view.now {
        wake = min(wake, view.replicas[replica].excludedUntilNS)
        continue
      }
      var at = idle.count
      idle.append(replica)
      while at > 0, view.replicas[idle[at - 1]].idleSinceNS > view.replicas[replica].idleSinceNS {
        idle[at] = idle[at - 1]
        at -= 1
      }
      idle[at] = replica
    }
  }

  /// How many of `waiting` requests to start as one batch: as many as the oldest one's deadline
  /// allows and as run fastest each, if that saves a quarter of their time one after the other: the
  /// first of a batch waits for the others.
  private func batch(of waiting: Int, tenant: Int, _ view: borrowing SchedulingView) -> Int {
    let tenant = view.tenants[tenant]
    func time(_ count: Int) -> Int64? {
      tenant.program(batch: count).map { view.programs[$0].soloNS }
    }
    let limit = min(waiting, maxBatch, tenant.programs.last?.batch ?? 1)
    guard limit > 1, let one = time(1) else { return 1 }
    let left = tenant.oldestArrivalNS.addingReportingOverflow(tenant.sloNS).partialValue - view.now
    // Late in any case: the sooner the queue is gone, the better.
    let isLate = one > left
    var best = 1
    var bestEach = 0.75 * Double(one)
    for (size, program) in tenant.programs {
      let count = min(size, limit)
      let span = view.programs[program].soloNS
      if span > left, !isLate { break }
      let each = Double(span) / Double(count)
      if each <= bestEach { (best, bestEach) = (count, each) }
      if size >= limit { break }
    }
    return best
  }

  /// How many of a tenant's requests are worth running side by side, or fused where that pays: as many
  /// as are predicted to take about as long so as one batch of them. What comes beyond waits for one of
  /// them to end, and is then a batch with what else waits.
  private mutating func mostBeside(_ t: Int, _ view: borrowing SchedulingView) -> Int {
    while besides.count <= t { besides.append(0) }
    if besides[t] > 0 { return besides[t] }
    let tenant = view.tenants[t]
    var most = tenant.replicas.count
    if most > 1, gating != .always, let one = tenant.program(batch: 1) {
      for n in 2..<most + 1 where n <= maxBatch {
        guard let batch = tenant.program(batch: n) else { break }
        let times = times(view.programs[one], peers: n, view)
        let each = gating == .wherePays && times.pays ? times.fused : times.beside
        let atOnce = max(each * Double(n), Double(view.programs[one].soloNS))
        if atOnce > 1.1 * Double(view.programs[batch].soloNS) {
          most = n - 1
          break
        }
      }
    }
    besides[t] = most
    return most
  }

  /// Replicas that run a program, and those that could start it now.
  private func peers(of program: Int, _ view: borrowing SchedulingView) -> Int {
    var count = 0
    for tenant in view.tenants {
      let runs = tenant.programs.contains { $0.program == program }
      guard runs else { continue }
      var free = 0
      for replica in tenant.replicas {
        switch view.replicas[replica].phase {
        case .idle: free += 1
        default: count += view.replicas[replica].program == program ? 1 : 0
        }
      }
      count += min(free, tenant.waiting)
    }
    return min(count, maxProblems)
  }

  /// Whether requests of a program are to be sent by the scheduler, to fuse with its peers: where
  /// that serves more of them a second than their own streams do by a tenth at least.
  ///
  /// On streams a request needs the context's lock for each launch, and the GPU for what its
  /// launches and its peers' take side by side; fused, a peer's part of the scheduler's thread and
  /// then the GPU for each super-kernel, since its members wait for both.
  private mutating func isGated(_ program: Int, _ view: borrowing SchedulingView) -> Bool {
    guard gating == .wherePays else { return gating == .always }
    let peers = peers(of: program, view)
    if peers < 2 { return false }
    while gains.count <= program { gains.append([]) }
    while gains[program].count <= peers { gains[program].append(nil) }
    if let known = gains[program][peers] { return known }
    let isWorthIt = times(view.programs[program], peers: peers, view).pays
    gains[program][peers] = isWorthIt
    return isWorthIt
  }

  /// What each of so many requests of a program takes of what they share.
  private struct SharedTimes {
    /// On streams: of the GPU or of the context's lock, whichever is more.
    var beside: Double
    /// Fused: of the scheduler's thread and of the GPU.
    var fused: Double

    var pays: Bool { fused * 1.1 < beside }
  }

  private func times(
    _ program: ProgramView, peers: Int, _ view: borrowing SchedulingView
  ) -> SharedTimes {
    let costs = view.costs
    let count = Double(peers)
    let host =
      Double(costs.launchNS + costs.lockNS + costs.superKernelNS) + Double(costs.problemNS) * count
    var beside = 0.0
    var fused = 0.0
    for launch in program.launches {
      let alone = Double(launch.soloNS)
      beside += alone * stretch(launch, peers, view) * (1 + costs.coRunnerSlowdown) / count
      fused += (host + alone * stretch(launch, peers, view, isFused: true)) / count
    }
    let lock = Double(costs.lockNS) * Double(program.launches.count)
    return SharedTimes(beside: max(lock, beside), fused: fused)
  }
}
