import Tables

/// A run whose GPUs have no clock of their own: all that happens is in the event queue.
///
/// Such runs share their outer loop: events, windows that are followed, the warm-up's end and the run's.
protocol QueuedRun: ~Copyable {
  associatedtype Event: RequestEvent

  var clock: RunClock<Event> { get set }
  var flow: RequestFlow { get set }
  var series: RunSeries? { get }
  var atWarmup: RunTotals? { get set }
  /// Why the run cannot go on.
  var refusal: Diagnostic? { get }

  mutating func handle(_ event: Event)
  /// What has been done by an instant, of what runs then as well.
  func present(at now: Int64) -> RunTotals
  func mark(_ totals: RunTotals, at now: Int64) -> RunSeries.Mark
  /// Tells the observer of the requests that have not been answered.
  mutating func tellUnfinished()
}

extension QueuedRun where Self: ~Copyable {
  var refusal: Diagnostic? { flow.refusal }

  func mark(_ totals: RunTotals, at now: Int64) -> RunSeries.Mark {
    RunSeries.Mark(totals, at: now)
  }

  /// Runs to the end.
  ///
  /// - Throws: `InputError` where the run refuses to go on; `RunLimitError` where it would be longer than
  ///   any may be.
  mutating func run() throws -> RunTotals {
    // Two parts at once are more than a protocol's properties give: one of them is copied, once.
    var started = flow
    started.start(&clock.queue)
    flow = started
    if flow.warmupNS == 0 { series?.note(mark(present(at: 0), at: 0)) }
    let last = flow.lastAllowedInstant
    while true {
      if series != nil, let next = clock.nextInstant(until: last) { noteWindows(before: next) }
      guard let event = clock.nextEvent(until: last) else { break }
      handle(event)
      if let refusal { throw InputError(refusal) }
    }
    let flow = flow
    try clock.checkEnd(of: flow)
    noteWindows(before: flow.end)
    clock.stop(at: flow.end)
    let (now, events) = (clock.now, clock.events)
    series?.finish(mark(present(at: now), at: now))
    tellUnfinished()
    return self.flow.measured(present(at: now), since: atWarmup, until: now, events: events)
  }

  /// What arrives from now on is counted.
  mutating func endWarmup() {
    let now = clock.now
    let totals = present(at: now)
    atWarmup = totals
    series?.note(mark(totals, at: now))
  }

  /// Notes the windows that end before what happens next.
  private func noteWindows(before time: Int64) {
    while let series, let end = series.due(before: time) {
      series.note(mark(present(at: end), at: end))
    }
  }
}
