import SimBasics

/// Pending events in the order (time, phase, order of making).
///
/// Plain events, which nobody will take back, stand in a heap and, when they are many, behind it
/// in a ladder of time buckets. Events with a ticket stand in a heap of their own that knows each
/// one's place, so that cancelling and moving are true removals. Both share one order.
///
/// A popped event leaves its place at the top open; the next event made fills it in one pass
/// instead of two, which is why "pop, then schedule" is as fast as a replacement.
///
/// - Complexity: O(log n) for each operation; O(1) amortized for plain events when many.
@frozen public struct EventQueue<Payload>: ~Copyable {
  @usableFromInline var near: KeyHeap
  @usableFromInline var ticketed: KeyHeap
  @usableFromInline var slots: SlotTable<Payload>
  @usableFromInline var ladder: Ladder
  /// From this time on plain events belong to the ladder; the greatest value while it is unused.
  @usableFromInline var nearEnd: UInt64
  /// How many keys the near heap takes before `makeRoom` has to decide something.
  @usableFromInline var nearLimit: Int
  /// How many keys in the near heap mean that the buckets fit badly.
  @usableFromInline var respreadAt: Int
  @usableFromInline var nextSequence: UInt64
  @usableFromInline var openTop: OpenTop

  /// Near events from which on the ladder is ahead of the heap alone.
  @usableFromInline static var ladderFrom: Int { 2_048 }

  /// Creates an empty queue with room for some events.
  public init(minimumCapacity: Int = 0) {
    let room = Swift.max(16, Swift.min(minimumCapacity, 1 << EventKey.slotBits))
    near = KeyHeap(capacity: Swift.min(room, Self.ladderFrom))
    ticketed = KeyHeap(capacity: 16)
    slots = SlotTable(capacity: room)
    ladder = Ladder()
    nearEnd = .max
    nearLimit = Swift.min(room, Self.ladderFrom)
    respreadAt = 0
    nextSequence = 0
    openTop = .none
  }

  deinit {
    var (near, ladder) = (near, ladder)
    let (slots, ticketed) = (slots, ticketed)
    let firstNear = openTop == .near ? 1 : 0
    for i in firstNear..<Swift.max(firstNear, near.count) {
      (slots.payloads + near.keys[i].slot).deinitialize(count: 1)
    }
    let firstTicketed = openTop == .ticketed ? 1 : 0
    for i in firstTicketed..<Swift.max(firstTicketed, ticketed.count) {
      (slots.payloads + ticketed.keys[i].slot).deinitialize(count: 1)
    }
    near.removeAll()
    ladder.collect(&near)
    for i in 0..<ladder.farCount {
      (slots.payloads + ladder.far[i].slot).deinitialize(count: 1)
    }
    near.free()
    ticketed.free()
    slots.free()
    ladder.free()
  }

  /// How many events are pending.
  @inlinable public var count: Int {
    near.count &+ ladder.inBuckets &+ ladder.farCount &+ ticketed.count
      &- (openTop == .none ? 0 : 1)
  }

  /// Whether no event is pending.
  @inlinable public var isEmpty: Bool { count == 0 }

  /// The greatest number of events pending at once so far.
  @inlinable @inline(__always)
  public var peakCount: Int { slots.used }

  /// Makes an event that nobody will take back.
  ///
  /// - Precondition: `time` is not negative; fewer than 2^26 events are pending.
  @inlinable @inline(__always)
  public mutating func schedule(
    _ payload: consuming Payload, at time: SimTime, phase: EventPhase
  ) {
    let key = makeKey(time, phase, slots.store(payload))
    if openTop == .near, _fastPath(key.ticks < nearEnd) {
      openTop = .none
      near.siftDown(0, key, NoTracker())
    } else if _fastPath(key.ticks < nearEnd && near.count < nearLimit) {
      near.push(key, NoTracker())
    } else {
      insertBeyondNear(key)
    }
  }

  /// Takes the first event out, if there is one no later than `limit`.
  ///
  /// A `limit` before the first event leaves the queue as it was.
  @inlinable @inline(__always)
  public mutating func pop(
    notAfter limit: SimTime = .never
  ) -> (key: EventKey, payload: Payload)? {
    if openTop != .none { closeTop() }
    let plain = near.keys[0]
    let cancellable = ticketed.keys[0]
    if _fastPath(plain < cancellable) {
      if _slowPath(plain.time > limit) { return nil }
      openTop = .near
      return (plain, slots.take(plain.slot))
    }
    if _slowPath(cancellable.bits == EventKey.none.bits) || cancellable.time > limit { return nil }
    openTop = .ticketed
    return (cancellable, slots.takeTicketed(cancellable.slot))
  }

  /// The key of the first event.
  @inlinable public mutating func nextKey() -> EventKey? {
    closeTop()
    let first = Swift.min(near.keys[0], ticketed.keys[0])
    return first.bits == EventKey.none.bits ? nil : first
  }

  @inlinable @inline(__always)
  mutating func makeKey(_ time: SimTime, _ phase: EventPhase, _ slot: UInt32) -> EventKey {
    if _slowPath(time.nanoseconds < 0) { rejectNegative(time) }
    let sequence = nextSequence
    nextSequence = sequence &+ 1
    if _slowPath(sequence >> UInt64(EventKey.sequenceBits) != 0) {
      renumber()
      nextSequence &+= 1
      return EventKey(time: time, phase: phase, sequence: nextSequence &- 1, slot: slot)
    }
    return EventKey(time: time, phase: phase, sequence: sequence, slot: slot)
  }

  /// Keeps an event for which the near heap is not the place, or has no room.
  @inlinable @inline(never)
  mutating func insertBeyondNear(_ key: EventKey) {
    if key.ticks < nearEnd { makeRoom() }
    if key.ticks < nearEnd {
      near.push(key, NoTracker())
    } else {
      ladder.insert(key)
    }
  }

  /// Really removes the place that a popped event left open.
  ///
  /// Only here can the near heap run empty while the ladder holds keys, so here it is refilled.
  @inlinable @inline(never)
  mutating func closeTop() {
    switch openTop {
    case .none: return
    case .near:
      near.removeTop(NoTracker())
      if near.count == 0, nearEnd != .max { refillNear() }
    case .ticketed: ticketed.removeTop(LinkTracker(slots.links))
    }
    openTop = .none
  }

  @usableFromInline @inline(never)
  func rejectNegative(_ time: SimTime) -> Never {
    preconditionFailure("an event was scheduled at the negative time \(time.nanoseconds) ns")
  }
}

/// Which heap's top was popped and not yet filled again.
@frozen @usableFromInline enum OpenTop: UInt8 {
  case none
  case near
  case ticketed
}
