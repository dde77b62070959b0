import SimBasics

/// What kind of work runs first among events of one instant.
@frozen public enum EventPhase: UInt8, Comparable, CaseIterable, Sendable {
  /// Work that ends: it frees what the later phases of the instant may use.
  case completion
  /// Requests that arrive.
  case arrival
  /// Wake-ups that were asked for.
  case timer
  /// The policy's decision, which sees all the rest of the instant.
  case decision

  /// The order in which phases run.
  @inlinable public static func < (a: EventPhase, b: EventPhase) -> Bool {
    a.rawValue < b.rawValue
  }
}

/// An event's place in the total order: time, then phase, then the order in which events were made.
///
/// One 128-bit number: the time's 64 bits, the phase's 2, the sequence number's 36 and the 26 of
/// the slot that holds the event's payload. Sequence numbers differ, so the slot never decides.
@frozen public struct EventKey: Comparable, Hashable, Sendable {
  @usableFromInline var bits: UInt128

  /// Bits of the slot number: at most 2^26 (67 million) events are pending.
  @usableFromInline static var slotBits: Int { 26 }
  /// Bits of the sequence number; when they run out, the queue numbers what is pending anew.
  @usableFromInline static var sequenceBits: Int { 36 }

  @inlinable @inline(__always)
  init(bits: UInt128) { self.bits = bits }

  @inlinable @inline(__always)
  init(time: SimTime, phase: EventPhase, sequence: UInt64, slot: UInt32) {
    let low =
      UInt64(phase.rawValue) << 62 | sequence << UInt64(Self.slotBits) | UInt64(slot)
    bits = UInt128(UInt64(bitPattern: time.nanoseconds)) << 64 | UInt128(low)
  }

  /// Greater than the key of every event.
  @inlinable @inline(__always)
  static var none: EventKey { EventKey(bits: .max) }

  /// When the event happens.
  @inlinable @inline(__always)
  public var time: SimTime { SimTime(nanoseconds: Int64(truncatingIfNeeded: bits >> 64)) }

  /// The time as the heap and the ladder compare it.
  @inlinable @inline(__always)
  var ticks: UInt64 { UInt64(truncatingIfNeeded: bits >> 64) }

  /// The event's phase within its instant.
  @inlinable public var phase: EventPhase {
    switch UInt64(truncatingIfNeeded: bits) >> 62 {
    case 0: .completion
    case 1: .arrival
    case 2: .timer
    default: .decision
    }
  }

  /// The event's number in the order of making, among those pending with it.
  @inlinable public var sequence: UInt64 {
    (UInt64(truncatingIfNeeded: bits) << 2) >> UInt64(2 + Self.slotBits)
  }

  @inlinable @inline(__always)
  var slot: Int { Int(truncatingIfNeeded: bits & 0x3FF_FFFF) }

  /// Whether `a` comes first; one comparison of 128 bits.
  @inlinable @inline(__always)
  public static func < (a: EventKey, b: EventKey) -> Bool { a.bits < b.bits }

  /// Whether `b` does not come first.
  @inlinable @inline(__always)
  public static func <= (a: EventKey, b: EventKey) -> Bool { a.bits <= b.bits }
}

/// Names one pending event, to cancel it or move it; stale once the event ran or was cancelled.
@frozen public struct EventTicket: Hashable, Sendable {
  @usableFromInline let slot: UInt32
  @usableFromInline let generation: UInt32

  @inlinable @inline(__always)
  init(slot: UInt32, generation: UInt32) {
    self.slot = slot
    self.generation = generation
  }

  /// A ticket of no event, stale from the start.
  @inlinable public static var none: EventTicket { EventTicket(slot: .max, generation: .max) }
}
