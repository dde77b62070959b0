// A language model's replica on a GPU of its own: iterations follow each other, each an event.
extension DedicatedRun {
  @discardableResult
  mutating func startIteration(_ r: Int, follows: Bool) -> Bool {
    let now = clock.now
    guard flow.plan(&servers[r], at: now, follows: follows) else {
      flow.idle[tenantOf[r]].append(r)
      return false
    }
    let start = servers[r].firstStart(
      at: now, follows: follows, copied: now + servers[r].program.copyInNS)
    iterations[r] = start
    book?.began(r, servers[r], at: now)
    let end = servers[r].program.soloEnd(
      at: start, base: servers[r].base, pace: servers[r].pace)
    clock.schedule(.iterationEnd(replica: Int32(r)), at: end)
    return true
  }

  mutating func endIteration(_ r: Int) {
    let (now, tenant) = (clock.now, tenantOf[r])
    let launches = servers[r].program.launches
    let done = RequestProgress(launches: launches.count, work: launches.work)
    flow.withTotals { $0.add(done, tenant: tenant) }
    let told = now + experiment.testbed.completionSync
    book?.ranAlone(r, servers[r], start: iterations[r] ?? now, until: now)
    servers[r].finish(start: iterations[r] ?? now, end: now, told: told)
    iterations[r] = nil
    flow.tellGaps(of: servers[r], &observer)
    iterationEnded(r, told: told)
  }

  mutating func tellEnded(_ r: Int) {
    flow.tellEnded(&servers[r], at: clock.now, &observer, &clock.queue, book?.sequences)
  }

  func addIterations(to totals: inout RunTotals, at now: Int64) {
    servers.add(to: &totals, at: now)
    for r in iterations.indices {
      guard let start = iterations[r] else { continue }
      let server = servers[r]
      let progress = programs.progress(
        of: server.program, from: start, base: server.base, pace: server.pace, now: now,
        on: experiment.gpu, server.iteration)
      totals.add(progress, tenant: tenantOf[r])
    }
  }
}
