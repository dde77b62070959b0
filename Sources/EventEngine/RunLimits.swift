import SimBasics

/// Bounds of a run, so that a model that runs away ends with an error and not by hanging.
@frozen public struct RunLimits: Sendable, Hashable {
  /// The most events a run may handle.
  public var events: UInt64
  /// The latest time an event may have.
  public var time: SimTime
  /// The most events one instant may have.
  public var eventsAtOneInstant: UInt64
  /// The most events that may be pending at once.
  public var pendingEvents: Int

  /// Sets bounds; those not given are far above any sensible run's.
  ///
  /// - Parameters:
  ///   - events: by default 10^13, weeks of running.
  ///   - time: by default the last instant that can be expressed.
  ///   - eventsAtOneInstant: by default 100 million.
  ///   - pendingEvents: by default 2^25, some gigabytes.
  public init(
    events: UInt64 = 10_000_000_000_000, time: SimTime = .never,
    eventsAtOneInstant: UInt64 = 100_000_000, pendingEvents: Int = 1 << 25
  ) {
    self.events = events
    self.time = time
    self.eventsAtOneInstant = eventsAtOneInstant
    self.pendingEvents = pendingEvents
  }
}

/// What ran away, with the limit it passed and the simulated time at which it did.
public enum RunLimitError: Error, Hashable, Sendable {
  /// More events were handled than allowed.
  case events(limit: UInt64, at: SimTime)
  /// An event lies later than allowed.
  case time(limit: SimTime, next: SimTime)
  /// Time stands still: one instant had more events than allowed.
  case eventsAtOneInstant(limit: UInt64, at: SimTime)
  /// More events were pending at once than allowed.
  case pendingEvents(limit: Int, at: SimTime)
}

extension RunLimitError: CustomStringConvertible {
  /// One sentence that names the limit, its value and the time.
  public var description: String {
    switch self {
    case .events(let limit, let time):
      "the run handled more than \(limit) events, by \(time.nanoseconds) ns"
    case .time(let limit, let next):
      "an event at \(next.nanoseconds) ns lies past the run's time limit of "
        + "\(limit.nanoseconds) ns"
    case .eventsAtOneInstant(let limit, let time):
      "time stands still: more than \(limit) events at \(time.nanoseconds) ns"
    case .pendingEvents(let limit, let time):
      "more than \(limit) events were pending at once, by \(time.nanoseconds) ns"
    }
  }
}
