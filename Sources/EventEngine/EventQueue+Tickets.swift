import SimBasics

extension EventQueue {
  /// Makes an event that may be cancelled or moved by its ticket.
  ///
  /// - Precondition: `time` is not negative; fewer than 2^26 events are pending.
  /// - Complexity: O(log n).
  @inlinable @inline(__always)
  public mutating func scheduleTicketed(
    _ payload: consuming Payload, at time: SimTime, phase: EventPhase
  ) -> EventTicket {
    let slot = slots.store(payload)
    let key = makeKey(time, phase, slot)
    let ticket = EventTicket(slot: slot, generation: slots.links[Int(slot)].generation)
    if openTop == .ticketed {
      openTop = .none
      ticketed.siftDown(0, key, LinkTracker(slots.links))
    } else {
      if _slowPath(ticketed.count == ticketed.capacity) { ticketed.grow(to: 64) }
      ticketed.push(key, LinkTracker(slots.links))
    }
    return ticket
  }

  /// Whether the ticket's event is still pending.
  @inlinable @inline(__always)
  public func isPending(_ ticket: EventTicket) -> Bool {
    Int(ticket.slot) < slots.used
      && slots.links[Int(ticket.slot)].generation == ticket.generation
  }

  /// The key of the ticket's event, if it is still pending.
  @inlinable public func key(of ticket: EventTicket) -> EventKey? {
    guard isPending(ticket) else { return nil }
    return ticketed.keys[Int(slots.links[Int(ticket.slot)].position)]
  }

  /// Moves a pending event to another time, behind those already made for that time and phase;
  /// false, and nothing changed, where the ticket is stale.
  ///
  /// - Precondition: `time` is not negative.
  /// - Complexity: O(log n).
  @inlinable @inline(__always)
  public mutating func reschedule(_ ticket: EventTicket, to time: SimTime) -> Bool {
    guard isPending(ticket) else { return false }
    if openTop == .ticketed { closeTop() }
    let place = Int(slots.links[Int(ticket.slot)].position)
    let phase = ticketed.keys[place].phase
    let key = makeKey(time, phase, ticket.slot)
    ticketed.replace(at: place, with: key, LinkTracker(slots.links))
    return true
  }

  /// Takes a pending event out and returns its payload; nil where the ticket is stale.
  ///
  /// - Complexity: O(log n).
  @inlinable public mutating func cancel(_ ticket: EventTicket) -> Payload? {
    guard isPending(ticket) else { return nil }
    if openTop == .ticketed { closeTop() }
    let slot = Int(ticket.slot)
    ticketed.remove(at: Int(slots.links[slot].position), LinkTracker(slots.links))
    return slots.takeTicketed(slot)
  }
}
