/// A slot's place in the heap of cancellable events, or the next free slot; and how often the slot
/// has been given up, which tells a stale ticket.
@frozen @usableFromInline struct SlotLink {
  @usableFromInline var position: UInt32
  @usableFromInline var generation: UInt32

  @inlinable @inline(__always)
  init(position: UInt32, generation: UInt32) {
    self.position = position
    self.generation = generation
  }
}

/// Writes each key's place into the link of its slot.
@frozen @usableFromInline struct LinkTracker: KeyTracker {
  @usableFromInline let links: UnsafeMutablePointer<SlotLink>

  @inlinable @inline(__always)
  init(_ links: UnsafeMutablePointer<SlotLink>) { self.links = links }

  @inlinable @inline(__always)
  func moved(_ key: EventKey, to index: Int) {
    links[key.slot].position = UInt32(truncatingIfNeeded: index)
  }
}

/// Payloads of pending events by slot.
///
/// Freed slots are used again last in, first out, so the one just freed is still in the cache.
/// The owner frees the memory, after moving out the payloads it still holds.
@frozen @usableFromInline struct SlotTable<Payload> {
  @usableFromInline var links: UnsafeMutablePointer<SlotLink>
  @usableFromInline var payloads: UnsafeMutablePointer<Payload>
  @usableFromInline var capacity: Int
  /// Slots ever in use: the greatest number of events pending at once.
  @usableFromInline var used: Int
  @usableFromInline var firstFree: UInt32

  @usableFromInline static var noSlot: UInt32 { .max }

  @inlinable init(capacity: Int) {
    links = .allocate(capacity: capacity)
    payloads = .allocate(capacity: capacity)
    self.capacity = capacity
    used = 0
    firstFree = Self.noSlot
  }

  @inlinable func free() {
    links.deallocate()
    payloads.deallocate()
  }

  /// Stores a payload and returns its slot.
  @inlinable @inline(__always)
  mutating func store(_ payload: consuming Payload) -> UInt32 {
    let slot = firstFree
    if _fastPath(slot != Self.noSlot) {
      firstFree = links[Int(slot)].position
      (payloads + Int(slot)).initialize(to: payload)
      return slot
    }
    return storeInNewSlot(payload)
  }

  @inlinable @inline(never)
  mutating func storeInNewSlot(_ payload: consuming Payload) -> UInt32 {
    if used == capacity { grow() }
    let slot = used
    used += 1
    (links + slot).initialize(to: SlotLink(position: 0, generation: 0))
    (payloads + slot).initialize(to: payload)
    return UInt32(slot)
  }

  /// Moves a payload out and frees its slot.
  @inlinable @inline(__always)
  mutating func take(_ slot: Int) -> Payload {
    links[slot].position = firstFree
    firstFree = UInt32(truncatingIfNeeded: slot)
    return (payloads + slot).move()
  }

  /// Moves the payload of a cancellable event out and makes its ticket stale.
  @inlinable @inline(__always)
  mutating func takeTicketed(_ slot: Int) -> Payload {
    links[slot].generation &+= 1
    // A slot whose generations are used up is never given out again, so a ticket cannot come to
    // name another event.
    if _fastPath(links[slot].generation != .max) {
      links[slot].position = firstFree
      firstFree = UInt32(truncatingIfNeeded: slot)
    }
    return (payloads + slot).move()
  }

  @inlinable @inline(never)
  mutating func grow() {
    let limit = 1 << EventKey.slotBits
    precondition(used < limit, "more than \(limit) events are pending at once")
    let larger = Swift.min(limit, Swift.max(64, 2 * capacity))
    let newLinks = UnsafeMutablePointer<SlotLink>.allocate(capacity: larger)
    let newPayloads = UnsafeMutablePointer<Payload>.allocate(capacity: larger)
    newLinks.moveInitialize(from: links, count: used)
    // Called only when no slot is free: all hold payloads, but for those retired for good.
    for slot in 0..<used where newLinks[slot].generation != .max {
      (newPayloads + slot).moveInitialize(from: payloads + slot, count: 1)
    }
    free()
    links = newLinks
    payloads = newPayloads
    capacity = larger
  }
}
