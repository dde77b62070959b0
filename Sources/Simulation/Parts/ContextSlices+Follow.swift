// How far a context comes in the time it has the GPU.
extension ContextSlices {
  /// Where a context stands after running from `start`, at most until `limit`.
  ///
  /// - Complexity: O(1) to the request's end with the host ahead and no limit in between; else
  ///   O(launches passed).
  func follow(
    _ c: Int, from start: Int64, until limit: Int64, stopsAtGaps: Bool
  ) -> (time: Int64, stop: Stop, position: Position) {
    let program = programs[c]
    let count = program.launches.count
    let (base, pace) = (contexts[c].base, contexts[c].pace)
    var at = contexts[c].position
    var time = start
    while true {
      if at.left == 0 {
        if at.readyAt > time {
          if stopsAtGaps, at.readyAt - at.idleSince > idleYield {
            return (time, .gap, at)
          }
          if at.readyAt >= limit { return (limit, .cut, at) }
          time = at.readyAt
        }
        if at.begun < 0 { at.begun = time }
        // With the host ahead of the GPU only gaps lie between the launches that are left.
        if pace.submitted(count - 1, base: base) <= time,
          !stopsAtGaps || pace.gap <= idleYield
        {
          let end = time + program.launches.remainingNS(from: at.launch)
          if end <= limit {
            at.launch = count
            return (end, .finished, at)
          }
          return cut(program, at, time, limit, gap: pace.gap)
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

  /// Tells the tracer, where there is one, of the launches of a context that have ended since it got
  /// the GPU at an instant.
  func trace(_ c: Int, from since: Int64, _ waits: ContextWaits) {
    guard let trace = waits.trace else { return }
    let program = programs[c]
    var (at, time) = (contexts[c].position, since)
    while at.launch < program.launches.count {
      if at.left == 0 {
        time = max(time, at.readyAt)
        if time >= now { break }
        at.left = program.launches[at.launch].durationNS
        waits.launchBegan(c, at: time)
        trace.use(program.launches[at.launch], on: 0, at: time)
      }
      if at.left > now - time { break }
      time += at.left
      trace.launch(c, at.launch, batch: program.batch, from: waits.launchStart(of: c), to: time)
      at.left = 0
      at.launch += 1
      let pace = contexts[c].pace
      at.readyAt = max(time + pace.gap, pace.submitted(at.launch, base: contexts[c].base))
    }
    trace.idle(0, at: now)
  }

  /// Finds the launch that `limit` cuts, by bisection over the sums of durations and gaps.
  private func cut(
    _ program: Program, _ from: Position, _ start: Int64, _ limit: Int64, gap: Int64
  ) -> (time: Int64, stop: Stop, position: Position) {
    var at = from
    let total = program.launches.remainingNS(from: from.launch)
    func begins(_ i: Int) -> Int64 { start + total - program.launches.remainingNS(from: i) }
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
      at.readyAt = end + gap
      at.left = 0
    } else {
      at.launch = low
      at.readyAt = begins(low)
      at.left = end - limit
    }
    return (limit, .cut, at)
  }
}
