import SimBasics

/// The clock and the pending events of one run.
///
/// The model is the caller's loop:
/// ```swift
/// while let event = try engine.next() {
///   switch event { … engine.schedule(.done, at: engine.now + span, phase: .completion) … }
/// }
/// ```
/// so that events are plain enum cases and every handler is inlined.
@frozen public struct Engine<Event>: ~Copyable {
  @usableFromInline var queue: EventQueue<Event>
  @usableFromInline var clock: SimTime
  @usableFromInline var handled: UInt64
  /// The count of events at which something is amiss: the run's limit or this instant's.
  @usableFromInline var stopAt: UInt64

  /// The run's bounds.
  public let limits: RunLimits

  /// Creates an engine at time zero.
  public init(limits: RunLimits = RunLimits(), minimumCapacity: Int = 0) {
    queue = EventQueue(minimumCapacity: minimumCapacity)
    clock = .zero
    handled = 0
    self.limits = limits
    stopAt = Swift.min(limits.events, limits.eventsAtOneInstant)
  }

  /// The time of the event being handled.
  @inlinable @inline(__always) public var now: SimTime { clock }

  /// How many events were handed out so far.
  @inlinable public var handledEvents: UInt64 { handled }

  /// How many events are pending.
  @inlinable public var pendingEvents: Int { queue.count }

  /// Advances the clock to the next event and hands it out; nil when none is pending, or none up
  /// to and including `limit`, in which case the rest stays pending and the clock stays.
  ///
  /// - Throws: `RunLimitError` when a bound is passed; the run cannot go on after that.
  @inlinable @inline(__always)
  public mutating func next(notAfter limit: SimTime = .never) throws(RunLimitError) -> Event? {
    guard let (key, event) = queue.pop(notAfter: limit) else { return nil }
    let time = key.time
    if time != clock {
      clock = time
      stopAt = Swift.min(limits.events, handled &+ limits.eventsAtOneInstant)
    }
    if _slowPath(
      handled >= stopAt || time > limits.time || queue.peakCount > limits.pendingEvents)
    {
      throw passedLimit()
    }
    handled &+= 1
    return event
  }

  /// The time of the next event.
  @inlinable public mutating func nextTime() -> SimTime? { queue.nextKey()?.time }

  /// Moves the clock on to `time` without handing out an event, as at the end of a run.
  ///
  /// - Precondition: not before `now`, and no event is pending before it.
  public mutating func advance(to time: SimTime) {
    if time < clock { rejectPast(time) }
    if let next = nextTime() {
      precondition(
        next >= time, "the clock cannot pass the event at \(next.nanoseconds) ns")
    }
    clock = time
  }

  /// Makes an event that nobody will take back.
  ///
  /// - Precondition: `time` is not before `now`.
  @inlinable @inline(__always)
  public mutating func schedule(_ event: consuming Event, at time: SimTime, phase: EventPhase) {
    if _slowPath(time < clock) { rejectPast(time) }
    queue.schedule(event, at: time, phase: phase)
  }

  /// Makes an event that may be cancelled or moved by its ticket.
  ///
  /// - Precondition: `time` is not before `now`.
  @inlinable @inline(__always)
  public mutating func scheduleTicketed(
    _ event: consuming Event, at time: SimTime, phase: EventPhase
  ) -> EventTicket {
    if _slowPath(time < clock) { rejectPast(time) }
    return queue.scheduleTicketed(event, at: time, phase: phase)
  }

  /// Moves a pending event; false, and nothing changed, where the ticket is stale.
  ///
  /// - Precondition: `time` is not before `now`.
  @inlinable @inline(__always)
  public mutating func reschedule(_ ticket: EventTicket, to time: SimTime) -> Bool {
    if _slowPath(time < clock) { rejectPast(time) }
    return queue.reschedule(ticket, to: time)
  }

  /// Takes a pending event out and returns it; nil where the ticket is stale.
  @inlinable public mutating func cancel(_ ticket: EventTicket) -> Event? {
    queue.cancel(ticket)
  }

  /// Whether the ticket's event is still pending.
  @inlinable public func isPending(_ ticket: EventTicket) -> Bool { queue.isPending(ticket) }

  /// When the ticket's event will happen, if it is still pending.
  @inlinable public func time(of ticket: EventTicket) -> SimTime? { queue.key(of: ticket)?.time }

  @usableFromInline @inline(never)
  func passedLimit() -> RunLimitError {
    if clock > limits.time { return .time(limit: limits.time, next: clock) }
    if queue.peakCount > limits.pendingEvents {
      return .pendingEvents(limit: limits.pendingEvents, at: clock)
    }
    if handled >= limits.events { return .events(limit: limits.events, at: clock) }
    return .eventsAtOneInstant(limit: limits.eventsAtOneInstant, at: clock)
  }

  @usableFromInline @inline(never)
  func rejectPast(_ time: SimTime) -> Never {
    preconditionFailure(
      "an event was scheduled in the past: at \(time.nanoseconds) ns, "
        + "while the clock is at \(clock.nanoseconds) ns")
  }
}
