// A language model's replica as a process among others: a context whose requests are iterations.
extension TimeSliceRun {
  /// Lets idle replicas look at the queue, the one idle longest first.
  mutating func serveIterations(of tenant: Int) {
    while let c = flow.nextIdle(of: tenant) {
      if !startIteration(c, follows: false) { return }
    }
  }

  /// Starts a replica's next iteration; it is idle where there is none.
  @discardableResult
  private mutating func startIteration(_ c: Int, follows: Bool) -> Bool {
    let now = clock.now
    guard flow.plan(&servers[c], at: now, follows: follows) else {
      flow.idle[servers[c].tenant].append(c)
      return false
    }
    let copied = copies.copyIn(servers[c].program.copyInNS, at: now)
    self.copied[c].input = copied
    book?.began(c, servers[c], at: now)
    let start = servers[c].firstStart(at: now, follows: follows, copied: copied)
    follow(slices.begin(c, servers[c], at: now, readyAt: start))
    return true
  }

  mutating func endIteration(_ c: Int) {
    let now = clock.now
    let told = now + experiment.testbed.completionSync
    if let waits {
      book?.ended(
        c, tenant: servers[c].tenant,
        waits.parts(c, servers[c].program, copyIn: copied[c].input),
        inTheWay: waits.inTheWay(of: c), at: now)
    }
    servers[c].finish(start: slices.contexts[c].position.begun, end: now, told: told)
    flow.tellGaps(of: servers[c], &observer)
    if told == now {
      takeTokens(c)
    } else if !servers[c].overlaps || servers[c].hasUntold {
      clock.schedule(.tokens(replica: Int32(c)), at: told)
    }
    if servers[c].overlaps { goOn(c, follows: true) }
  }

  /// The host has the tokens; one that does one thing at a time goes on from here.
  mutating func takeTokens(_ c: Int) {
    flow.tellEnded(&servers[c], at: clock.now, &observer, &clock.queue, book?.sequences)
    if !servers[c].overlaps { goOn(c, follows: false) }
  }

  /// Between two iterations of a replica.
  private mutating func goOn(_ c: Int, follows: Bool) {
    book?.told(c, tenant: servers[c].tenant, at: clock.now)
    startIteration(c, follows: follows)
  }
}
