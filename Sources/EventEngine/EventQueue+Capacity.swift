extension EventQueue {
  /// Decides what happens when the near heap holds as many keys as were allowed: it grows, or its
  /// keys go to the ladder, or the ladder's buckets are laid out anew.
  @usableFromInline @inline(never)
  mutating func makeRoom() {
    let isLadderUsed = nearEnd != .max
    if near.count >= (isLadderUsed ? respreadAt : Self.ladderFrom) {
      ladder.collect(&near)
      nearEnd = ladder.refill(&near)
      // Buckets that hold too many keys even so (many events of one instant, say) are tried again
      // only after half as many events again, which keeps the cost per event bounded.
      respreadAt = Swift.max(Self.ladderFrom, near.count + count / 2)
    }
    if near.count >= near.capacity { near.grow(to: near.count + 1) }
    setNearLimit()
  }

  /// Brings the ladder's next bucket into the empty near heap.
  @usableFromInline @inline(never)
  mutating func refillNear() {
    nearEnd = ladder.refill(&near)
    if near.count >= respreadAt { respreadAt = near.count + count / 2 }
    setNearLimit()
  }

  private mutating func setNearLimit() {
    let wanted = nearEnd != .max ? respreadAt : Swift.max(Self.ladderFrom, near.count + 1)
    nearLimit = Swift.min(near.capacity, wanted)
  }

  /// Numbers the pending events anew from 0, in their order, which changes no comparison.
  ///
  /// Runs once in 2^36 events, so that no run is bounded by the key's width.
  @usableFromInline @inline(never)
  mutating func renumber() {
    closeTop()
    let isLadderUsed = nearEnd != .max
    if isLadderUsed { ladder.collect(&near) }
    var places: [UnsafeMutablePointer<EventKey>] = []
    for i in 0..<near.count { places.append(near.keys + i) }
    for i in 0..<ladder.farCount { places.append(ladder.far + i) }
    for i in 0..<ticketed.count { places.append(ticketed.keys + i) }
    places.sort { $0.pointee < $1.pointee }
    for (number, place) in places.enumerated() {
      let old = place.pointee
      place.pointee = EventKey(
        time: old.time, phase: old.phase, sequence: UInt64(number), slot: UInt32(old.slot))
    }
    nextSequence = UInt64(places.count)
    if isLadderUsed {
      nearEnd = ladder.refill(&near)
      setNearLimit()
    }
  }
}
