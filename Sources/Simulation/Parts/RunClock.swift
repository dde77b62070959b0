import Device
import EventEngine
import Hardware
import SimBasics

/// Simulated time of a run: what its devices do by themselves and what is in the event queue, as
/// one sequence of instants.
///
/// At an instant what ends on the devices comes first, then events in their order, then decisions;
/// then the devices settle.
struct RunClock<Event>: ~Copyable {
  /// What happens next.
  enum Step {
    /// The run is over.
    case end
    /// Something may have completed on the devices.
    case devices
    /// The same, and then this.
    case event(Event)
    /// Nothing: a window of those that are followed ends before what happens next.
    case window
  }

  /// The most events a run may handle.
  static var mostEvents: UInt64 { 1 << 40 }

  var queue = EventQueue<Event>()
  let devices: DeviceSet
  private(set) var now: Int64 = 0
  private(set) var events: UInt64 = 0
  /// Whether the devices' clocks go on; they stand while what runs is known without them.
  var runsDevices: Bool
  /// Whether instants at which nothing completes are left to the devices.
  private let skipsPlainInstants: Bool

  init(
    _ gpus: [GPUSpec] = [], coRunnerSlowdown: Double = 0, skipsPlainInstants: Bool = true
  ) {
    devices = DeviceSet(gpus, coRunnerSlowdown: coRunnerSlowdown)
    runsDevices = !gpus.isEmpty
    self.skipsPlainInstants = skipsPlainInstants
  }

  /// Goes on to the next instant at which there is something to do, up to `end`.
  ///
  /// - Parameter window: the end of the window that is followed; what happens then is part of it.
  @inline(__always)
  mutating func step(until end: Int64, window: Int64 = .max) -> Step {
    var limit = Int64.max
    if runsDevices {
      var due = min(queue.nextKey()?.time.nanoseconds ?? .max, end == .max ? end : end + 1)
      if window < due { due = window + 1 }
      if skipsPlainInstants, let time = devices.advance(before: due) {
        now = time
        return .devices
      }
      limit = devices.nextEvent
    }
    if window < .max {
      let next = min(limit, queue.nextKey()?.time.nanoseconds ?? .max)
      if window < next, next <= end { return .window }
    }
    let event = queue.pop(notAfter: SimTime(nanoseconds: limit))
    let time = event?.key.time.nanoseconds ?? limit
    if time > end || time == .max { return .end }
    now = time
    if runsDevices { devices.advance(to: time) }
    guard let event else { return .devices }
    events += 1
    return .event(event.payload)
  }

  /// When the next event of the queue is, if there is one up to `end`.
  mutating func nextInstant(until end: Int64) -> Int64? {
    guard let next = queue.nextKey()?.time.nanoseconds, next <= end else { return nil }
    return next
  }

  /// The next event of the queue, if there is one up to `end`: all there is to a run whose devices
  /// stand, or at one instant.
  @inline(__always)
  mutating func nextEvent(until end: Int64) -> Event? {
    guard let event = queue.pop(notAfter: SimTime(nanoseconds: end)) else { return nil }
    now = event.key.time.nanoseconds
    events += 1
    return event.payload
  }

  /// Makes sure that a run without a duration came to its own end.
  ///
  /// - Throws: `RunLimitError` where more lies beyond the last instant that any run may have.
  mutating func checkEnd(of flow: RequestFlow) throws(RunLimitError) {
    let last = flow.lastAllowedInstant
    if flow.durationNS <= last { return }
    let next = min(
      queue.nextKey()?.time.nanoseconds ?? .max, runsDevices ? devices.nextEvent : .max)
    if next == .max { return }
    throw .time(limit: SimTime(nanoseconds: last), next: SimTime(nanoseconds: next))
  }

  /// Ends the present instant on the devices.
  mutating func settle() {
    if runsDevices { devices.settle() }
  }

  /// Stops at an instant after all that happened.
  mutating func stop(at end: Int64) { now = end }

  @inline(__always)
  mutating func schedule(_ event: Event, at time: Int64, phase: EventPhase = .completion) {
    queue.schedule(event, at: SimTime(nanoseconds: time), phase: phase)
  }

  @inline(__always)
  mutating func scheduleTicketed(
    _ event: Event, at time: Int64, phase: EventPhase = .completion
  ) -> EventTicket {
    queue.scheduleTicketed(event, at: SimTime(nanoseconds: time), phase: phase)
  }
}
