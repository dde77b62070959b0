// A language model's replica as a process among others: a context whose requests are iterations.
extension TimeSliceRun {
  @discardableResult
  mutating func startIteration(_ c: Int, follows: Bool) -> Bool {
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
    iterationEnded(c, told: told)
  }

  mutating func tellEnded(_ c: Int) {
    flow.tellEnded(&servers[c], at: clock.now, &observer, &clock.queue, book?.sequences)
  }
}
