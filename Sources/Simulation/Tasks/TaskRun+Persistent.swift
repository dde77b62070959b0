import Hardware
import Scheduling
import Tables

// Workers of one grid that take tasks from the queue themselves.
extension TaskRun {
  mutating func beginPersistent(_ r: Int) {
    if rule.leastPolls > 0 {
      if persistent.isUp {
        persistent.held.append(r)
        return
      }
      persistent.request = r
    }
    countLaunch(of: CollectionOfOne(r))
    let first = queue.count
    publishRoots(of: r)
    if persistent.isUp {
      wakeWaiters(from: first)
      return
    }
    persistent.start()
    grid.fill(true, at: clock.now)
    for w in 0..<persistent.count { claim(w) }
  }

  private mutating func claim(_ w: Int) {
    persistent.claim(w, fetch: rule.fetch)
    scheduleLook(w, at: clock.now + rule.popNS)
  }

  private mutating func scheduleLook(_ w: Int, at time: Int64) {
    persistent.workers[w].until = time
    clock.schedule(
      .look(worker: Int32(w), grid: persistent.number), at: time, phase: .timer)
  }

  /// A worker looks at the place that is its next.
  mutating func look(_ w: Int) {
    if persistent.isEnding { return }
    let next = persistent.workers[w].next
    if next < queue.count {
      persistent.workers[w].isBusy = true
      persistent.workers[w].until = beginTask(next, on: w)
      return
    }
    persistent.workers[w].waitingSince = clock.now
    countPolls(of: w, 1)
  }

  /// What joined the queue is seen by those who look for it, each at its next look.
  private mutating func wakeWaiters(from first: Int) {
    for place in first..<queue.count {
      guard !persistent.isEnding, let w = persistent.waiter(at: place, fetch: rule.fetch),
        let since = persistent.workers[w].waitingSince
      else { continue }
      let looks = looks(since: since, until: clock.now)
      persistent.workers[w].waitingSince = nil
      persistent.workers[w].polls += max(0, looks - 1)
      scheduleLook(w, at: rule.pollNS > 0 ? since + Int64(looks) * rule.pollNS : clock.now)
    }
  }

  /// Looks after the one at `since` up to the first that is at `time` or later.
  private func looks(since: Int64, until time: Int64) -> Int {
    rule.pollNS > 0 ? Int((time - since + rule.pollNS - 1) / rule.pollNS) : 0
  }

  mutating func persistentTaskEnded(_ w: Int) {
    let (first, place) = (queue.count, persistent.workers[w].next)
    let r = endTask(place)
    persistent.workers[w].next += 1
    persistent.workers[w].isBusy = false
    wakeWaiters(from: first)
    if isDone(r), rule.leastPolls == 0 { gpuDone(r) }
    if active == 0 {
      persistent.end()
      grid.fill(false, at: clock.now)
    } else if persistent.isEnding {
      // Nothing more is its.
    } else if persistent.workers[w].next < persistent.workers[w].end {
      scheduleLook(w, at: clock.now)
    } else {
      claim(w)
    }
  }

  // MARK: - Grids that end by looks in vain

  private mutating func countPolls(of w: Int, _ more: Int) {
    guard rule.leastPolls > 0 else { return }
    persistent.workers[w].polls += more
    let missing = rule.leastPolls - persistent.workers[w].polls
    if missing == 0 {
      becomeReadyToEnd()
    } else if missing > 0 {
      clock.schedule(
        .polled(worker: Int32(w), grid: persistent.number, since: clock.now),
        at: clock.now + Int64(missing) * rule.pollNS, phase: .timer)
    }
  }

  mutating func polled(_ w: Int, since: Int64) {
    guard persistent.workers[w].waitingSince == since else { return }
    persistent.workers[w].polls = rule.leastPolls
    // Its looks go on from here, at the same pace.
    persistent.workers[w].waitingSince = clock.now
    becomeReadyToEnd()
  }

  private mutating func becomeReadyToEnd() {
    persistent.readyToEnd += 1
    if persistent.readyToEnd == persistent.count {
      clock.schedule(.allPolled, at: clock.now, phase: .decision)
    }
  }

  /// Each worker leaves at its next look: one that runs a task, when it has ended.
  mutating func endWhenAllPolled() {
    guard let r = persistent.request else { return }
    persistent.isEnding = true
    let busy = persistent.workers.count(where: \.isBusy)
    let lost = (running[r]?.left ?? 0) - busy
    if lost > 0 {
      let (name, all) = tenant(of: r)
      refusal = Diagnostic(
        message: "with min_iter \(rule.leastPolls) all workers are ready to end at "
          + "\(clock.now) ns, with \(lost) of the \(all) tasks of '\(Excerpt.word(name))' not begun",
        hint: "raise 'min_iter', or leave it out: workers then end with the last task")
      return
    }
    let end = persistent.workers.map { worker in
      guard let since = worker.waitingSince else { return worker.until }
      return since + Int64(looks(since: since, until: clock.now + 1)) * rule.pollNS
    }.max()
    clock.schedule(.gridEnd, at: end ?? clock.now, phase: .timer)
  }

  mutating func endPolledGrid() {
    persistent.end()
    grid.fill(false, at: clock.now)
    if let r = persistent.request { gpuDone(r) }
    persistent.request = nil
    if !persistent.held.isEmpty { beginPersistent(persistent.held.removeFirst()) }
  }
}
