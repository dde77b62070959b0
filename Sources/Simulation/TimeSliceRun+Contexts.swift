import EventEngine
import GPUModel
import SimBasics

// Who has the GPU. A context runs until its slice ends and another is ready, until it has had no
// ready launch for `idleYield`, or until its request is done. Frozen launches resume where they
// stopped.
extension TimeSliceRun {
  /// A context has a request that it had not before.
  mutating func contextJoined() {
    switch mode {
    case .idle: schedule(at: now, phase: .decision)
    case .switching: break
    case .running(let since, _, _):
      // Alone until now, it was planned to its end; from now on its slice counts.
      guard activeContexts == 2 else { return }
      let (_, stop, position) = follow(current, from: since, until: now, stopsAtGaps: false)
      // It ends at this very instant: that is an event of its own, still to come.
      if stop == .finished { return }
      commit(current, position)
      if sliceEnd <= now { renewSlice() }
      plan(current)
    }
  }

  /// The GPU event that was planned has come.
  mutating func gpuEvent() {
    switch mode {
    case .idle: dispatch()
    case .switching(let c):
      current = c
      sliceEnd = now + slice
      plan(c)
    case .running(_, let stop, let position):
      commit(current, position)
      mode = .idle
      // Past its slice's end a context runs only while it is alone: it has had further ones.
      if sliceEnd < now { renewSlice() }
      gpuIdleSince =
        stop == .finished ? now : isReady(current) ? .min / 2 : position.idleSince
      if stop == .finished {
        // A request that is there at this very instant keeps the GPU with its context.
        gpuDone(current)
        schedule(at: now, phase: .decision)
      } else {
        dispatch()
      }
    }
  }

  /// Gives the context that has the GPU the slice, of those in a row, that ends next.
  private mutating func renewSlice() { sliceEnd += ((now - sliceEnd) / slice + 1) * slice }

  private func isReady(_ c: Int) -> Bool {
    contexts[c].isActive && (contexts[c].position.left > 0 || contexts[c].position.readyAt <= now)
  }

  /// Gives the free GPU to a context that is ready, or plans when to look again.
  private mutating func dispatch() {
    let count = contexts.count
    let maySwitch = now >= mayLeave
    let isCurrentReady = current >= 0 && isReady(current)
    // Within its slice the context that has the GPU goes on; after it, the next in the ring.
    if isCurrentReady, now < sliceEnd {
      plan(current)
      return
    }
    if maySwitch || isCurrentReady {
      for step in 1..<(count + 1) {
        let c = (current + step + count) % count
        guard c != current, isReady(c) else { continue }
        switchContext(to: c)
        return
      }
    }
    if isCurrentReady {
      sliceEnd = now + slice
      plan(current)
      return
    }
    waitForWork()
  }

  /// From when on the GPU may go from the context that has it, and nothing to run, to another.
  private var mayLeave: Int64 {
    min(gpuIdleSince + experiment.testbed.idleYield, max(sliceEnd, gpuIdleSince))
  }

  private mutating func waitForWork() {
    mode = .idle
    _ = queue.cancel(gpuTicket)
    var wake = Int64.max
    for c in contexts.indices where contexts[c].isActive {
      let ready = contexts[c].position.left > 0 ? now : contexts[c].position.readyAt
      wake = min(wake, c == current ? ready : max(ready, mayLeave))
    }
    if wake < .max { schedule(at: max(wake, now)) }
  }

  private mutating func switchContext(to c: Int) {
    let isBusy = current >= 0 && contexts[current].isActive && hasBegunLaunch(current)
    if current >= 0 { flow.withTotals { $0.contextSwitches += 1 } }
    let cost = current < 0 ? 0 : isBusy ? switchBusy : switchIdle
    mode = .switching(to: c)
    schedule(at: now + cost)
  }

  /// Whether a launch of the context is frozen amid its run.
  private func hasBegunLaunch(_ c: Int) -> Bool {
    let at = contexts[c].position
    return at.left > 0 && at.left < program(of: c).launches[at.launch].durationNS
  }

  private mutating func schedule(at time: Int64, phase: EventPhase = .completion) {
    _ = queue.cancel(gpuTicket)
    gpuTicket = queue.scheduleTicketed(.gpu, at: SimTime(nanoseconds: time), phase: phase)
  }

  /// Runs a context from now on: finds when and why it will stop.
  private mutating func plan(_ c: Int) {
    let hasOthers = activeContexts > 1
    let (time, stop, position) = follow(
      c, from: now, until: hasOthers ? sliceEnd : .max, stopsAtGaps: hasOthers)
    mode = .running(since: now, stop: stop, position: position)
    schedule(at: time)
  }

  /// Where a context stands after running from `start`, at most until `limit`.
  ///
  /// - Complexity: O(1) to the request's end with the host ahead and no limit in between; else
  ///   O(launches passed).
  private func follow(
    _ c: Int, from start: Int64, until limit: Int64, stopsAtGaps: Bool
  ) -> (time: Int64, stop: Stop, position: Position) {
    let program = program(of: c)
    let count = program.launches.count
    let base = contexts[c].base
    var at = contexts[c].position
    var time = start
    while true {
      if at.left == 0 {
        if at.readyAt > time {
          if stopsAtGaps, at.readyAt - at.idleSince > experiment.testbed.idleYield {
            return (time, .gap, at)
          }
          if at.readyAt >= limit { return (limit, .cut, at) }
          time = at.readyAt
        }
        if at.begun < 0 { at.begun = time }
        // With the host ahead of the GPU only gaps lie between the launches that are left.
        if pace.submitted(count - 1, base: base) <= time,
          !stopsAtGaps || pace.gap <= experiment.testbed.idleYield
        {
          let end = time + program.remainingNS[at.launch]
          if end <= limit {
            at.launch = count
            return (end, .finished, at)
          }
          return cut(program, at, time, limit)
        }
        at.left = program.launches[at.launch].durationNS
      }
      if at.left > limit - time {
        at.left -= limit - time
        return (limit, .cut, at)
      }
      time += at.left
      at.left = 0
      at.launch += 1
      at.idleSince = time
      if at.launch == count { return (time, .finished, at) }
      at.readyAt = max(time + pace.gap, pace.submitted(at.launch, base: base))
    }
  }

  /// Finds the launch that `limit` cuts, by bisection over the sums of durations and gaps.
  private func cut(
    _ program: Program, _ from: Position, _ start: Int64, _ limit: Int64
  ) -> (time: Int64, stop: Stop, position: Position) {
    var at = from
    let total = program.remainingNS[from.launch]
    func begins(_ i: Int) -> Int64 { start + total - program.remainingNS[i] }
    var low = from.launch
    var high = program.launches.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if begins(middle) <= limit { low = middle } else { high = middle - 1 }
    }
    let end = begins(low) + program.launches[low].durationNS
    if end <= limit, low + 1 < program.launches.count {
      at.launch = low + 1
      at.idleSince = end
      at.readyAt = end + pace.gap
      at.left = 0
    } else {
      at.launch = low
      at.readyAt = begins(low)
      at.left = end - limit
    }
    return (limit, .cut, at)
  }

  /// Books the launches of a context that have ended.
  private mutating func commit(_ c: Int, _ position: Position) {
    let first = contexts[c].position.launch
    contexts[c].position = position
    if position.launch == first { return }
    let done = programs.progress(
      of: program(of: c), from: first, to: position.launch, ranNS: 0, on: experiment.gpu)
    let tenant = contexts[c].tenant
    flow.withTotals { $0.add(done, tenant: tenant) }
  }

  /// What a context has done by now that is not booked: a launch that its slice's end froze, and
  /// what it has run since it got the GPU.
  func notBooked(of c: Int) -> RequestProgress {
    guard contexts[c].isActive else { return RequestProgress() }
    let program = program(of: c)
    var at = contexts[c].position
    if case .running(let since, _, _) = mode, c == current {
      at = follow(c, from: since, until: now, stopsAtGaps: false).position
    }
    let ran = at.left > 0 ? program.launches[at.launch].durationNS - at.left : 0
    return programs.progress(
      of: program, from: contexts[c].position.launch, to: at.launch, ranNS: ran,
      on: experiment.gpu)
  }
}
