/// Hears where a heap puts each key, so that a pending event can be found again.
@usableFromInline protocol KeyTracker {
  func moved(_ key: EventKey, to index: Int)
}

/// Tracks nothing, at no cost.
@frozen @usableFromInline struct NoTracker: KeyTracker {
  @inlinable @inline(__always) init() {}
  @inlinable @inline(__always) func moved(_ key: EventKey, to index: Int) {}
}

/// A 4-ary heap of packed keys whose four children share one cache line.
///
/// Past the last key every place holds `EventKey.none`, so the choice of the least child needs no
/// case for the end, and an empty heap's top compares as "no event". The owner frees it.
@frozen @usableFromInline struct KeyHeap {
  @usableFromInline var keys: UnsafeMutablePointer<EventKey>
  @usableFromInline var count: Int
  @usableFromInline var capacity: Int

  @usableFromInline init(capacity: Int) {
    keys = Self.allocate(capacity)
    count = 0
    self.capacity = capacity
  }

  /// Room for `capacity` keys and a full line of `none` behind them; key 1 starts a cache line, so
  /// each group of children (4i + 1 ... 4i + 4) is one.
  @usableFromInline static func allocate(_ capacity: Int) -> UnsafeMutablePointer<EventKey> {
    let places = capacity + 8
    let raw = UnsafeMutableRawPointer.allocate(byteCount: (places + 3) * 16, alignment: 64)
    let keys = (raw + 48).bindMemory(to: EventKey.self, capacity: places)
    keys.initialize(repeating: .none, count: places)
    return keys
  }

  @usableFromInline func free() {
    (UnsafeMutableRawPointer(keys) - 48).deallocate()
  }

  /// Makes room for at least `wanted` keys.
  @usableFromInline @inline(never)
  mutating func grow(to wanted: Int) {
    let larger = Swift.max(wanted, 2 * capacity)
    let moved = Self.allocate(larger)
    moved.update(from: keys, count: count)
    free()
    keys = moved
    capacity = larger
  }

  /// Forgets all keys.
  @usableFromInline mutating func removeAll() {
    keys.update(repeating: .none, count: count)
    count = 0
  }

  /// Adds a key.
  ///
  /// - Precondition: `count < capacity`.
  /// - Complexity: O(log n), O(1) for keys in random order.
  @inlinable @inline(__always)
  mutating func push(_ key: EventKey, _ tracker: some KeyTracker) {
    let index = count
    count = index &+ 1
    siftUp(index, key, tracker)
  }

  /// Takes the top away.
  ///
  /// - Precondition: not empty.
  /// - Complexity: O(log n).
  @inlinable @inline(__always)
  mutating func removeTop(_ tracker: some KeyTracker) {
    let last = count &- 1
    count = last
    let key = keys[last]
    keys[last] = .none
    if last > 0 { siftDown(0, key, tracker) }
  }

  /// Takes away the key at `index`.
  @inlinable mutating func remove(at index: Int, _ tracker: some KeyTracker) {
    let last = count &- 1
    count = last
    let key = keys[last]
    keys[last] = .none
    if index < last { replace(at: index, with: key, tracker) }
  }

  /// Puts another key in the place of the one at `index`.
  @inlinable @inline(__always)
  func replace(at index: Int, with key: EventKey, _ tracker: some KeyTracker) {
    if index > 0, key < keys[(index &- 1) >> 2] {
      siftUp(index, key, tracker)
    } else {
      siftDown(index, key, tracker)
    }
  }

  /// Fills the place at `index`, or one above it, with `key`.
  @inlinable @inline(__always)
  func siftUp(_ start: Int, _ key: EventKey, _ tracker: some KeyTracker) {
    var index = start
    while index > 0 {
      let parent = (index &- 1) >> 2
      let above = keys[parent]
      if above <= key { break }
      keys[index] = above
      tracker.moved(above, to: index)
      index = parent
    }
    keys[index] = key
    tracker.moved(key, to: index)
  }

  /// Fills the place at `index`, or one below it, with `key`.
  @inlinable @inline(__always)
  func siftDown(_ start: Int, _ key: EventKey, _ tracker: some KeyTracker) {
    var index = start
    while true {
      let first = index &* 4 &+ 1
      if first &+ 1 >= count {
        // One child or none: a comparison less for the smallest heaps.
        if first < count, keys[first] < key {
          let below = keys[first]
          keys[index] = below
          tracker.moved(below, to: index)
          index = first
        }
        break
      }
      // Two pairs, then their winners: the choices are sums of comparisons, not branches.
      let left = first &+ (keys[first &+ 1] < keys[first] ? 1 : 0)
      let right = first &+ 2 &+ (keys[first &+ 3] < keys[first &+ 2] ? 1 : 0)
      let least = keys[right] < keys[left] ? right : left
      let below = keys[least]
      if key <= below { break }
      keys[index] = below
      tracker.moved(below, to: index)
      index = least
    }
    keys[index] = key
    tracker.moved(key, to: index)
  }
}
