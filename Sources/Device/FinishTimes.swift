/// When blocks that are not held finish next, by SM group, in two levels: the groups in use, eight
/// to a row, and the first of each row.
///
/// A key holds the time and the group in one number, so that the first group is known without a
/// search. Groups have the places that `GroupTable.live` gives them. Methods are mutating even
/// where they change nothing, for the reason that `Device` gives.
struct FinishTimes {
  /// The first of the other groups while one is out of the table.
  struct Others {
    fileprivate var inRow: Int64
    fileprivate var key: Int64

    /// The instant of the first of them, if it is before the horizon.
    @inline(__always)
    var time: Int64 { key &>> 8 }
  }

  /// Later instants, half a year on, are told apart by `times` only.
  static var horizon: Int64 { 1 << 54 }
  /// The key of a group on which nothing runs.
  private static var none: Int64 { .max }
  private static var width: Int { 8 }

  private let keys: UnsafeMutablePointer<Int64>
  private let rows: UnsafeMutablePointer<Int64>
  private let times: UnsafeMutablePointer<Int64>
  /// Eight rows each.
  private var chunks = 1
  /// Rows in which a key has been set since the first of each was found, a bit each.
  private var stale: UInt32 = 0
  private var firstKey = FinishTimes.none

  /// Creates a table of 256 groups on which nothing runs. Its owner calls `deallocate()`.
  init() {
    keys = .allocate(capacity: SMSet.capacity)
    keys.initialize(repeating: Self.none, count: SMSet.capacity)
    rows = .allocate(capacity: SMSet.capacity / Self.width)
    rows.initialize(repeating: Self.none, count: SMSet.capacity / Self.width)
    times = .allocate(capacity: SMSet.capacity)
    times.initialize(repeating: .max, count: SMSet.capacity)
  }

  func deallocate() {
    keys.deallocate()
    rows.deallocate()
    times.deallocate()
  }

  @inline(__always)
  subscript(group: Int) -> Int64 { times[group] }

  /// The first instant, or a later one than the horizon, and a group that finishes then, as of the
  /// last `findFirst()` or `put`.
  @inline(__always)
  var first: (time: Int64, group: Int) {
    (firstKey &>> 8, Int(truncatingIfNeeded: firstKey & 255))
  }

  /// The instant of `first`, whatever it is; `Int64.max` where nothing runs.
  @inline(__always)
  var least: Int64 {
    let time = first.time
    if time < Self.horizon { return time }
    return firstKey == Self.none ? .max : leastBeyond
  }

  /// - Complexity: O(groups), as keys do not tell instants beyond the horizon apart.
  private var leastBeyond: Int64 {
    var least = Int64.max
    for group in 0..<SMSet.capacity { least = min(least, times[group]) }
    return least
  }

  /// The group of `first`; of those beyond the horizon the lowest that finishes at `least`.
  ///
  /// - Precondition: something runs.
  var leastGroup: Int {
    if first.time < Self.horizon { return first.group }
    let least = leastBeyond
    var group = 0
    while times[group] != least { group += 1 }
    return group
  }

  /// Finds out which group is first.
  @inline(__always)
  mutating func findFirst() {
    findFirstOfRows()
    firstKey = leastOfRows()
  }

  /// Finds out which group is first in the rows in which one was set.
  @inline(__always)
  mutating func findFirstOfRows() {
    while stale != 0 {
      let row = stale.trailingZeroBitCount
      rows[row] = Self.least(keys + (row &* Self.width))
      stale &= stale &- 1
    }
  }

  /// Takes a group out of the table and says which is first without it; `put` brings it back.
  ///
  /// - Precondition: no group has been set since the last `findFirst()` or `findFirstOfRows()`.
  @inline(__always)
  mutating func others(than place: Int) -> Others {
    let row = place &>> 3
    keys[place] = Self.none
    rows[row] = Self.none
    let inRow = Self.least(keys + (row &* Self.width))
    return Others(inRow: inRow, key: min(inRow, leastOfRows()))
  }

  /// Puts a group back where the others are known.
  @inline(__always)
  mutating func put(_ group: Int, _ place: Int, at time: Int64, among others: Others) {
    let key = Self.key(of: group, at: time)
    times[group] = time
    keys[place] = key
    rows[place &>> 3] = min(key, others.inRow)
    // The first of many groups is rarely first again. A branch lets the processor go on with the
    // next one before it knows when this one finishes; a minimum would make it wait.
    if _fastPath(others.key < key) {
      firstKey = others.key
    } else {
      firstKey = key
    }
  }

  /// Takes a group out of the table for good and finds out which is first without it.
  @inline(__always)
  mutating func remove(_ group: Int, _ place: Int) {
    put(group, place, at: .max, among: others(than: place))
  }

  /// Sets when a group finishes; who is first is for `findFirst()` to say.
  @inline(__always)
  mutating func set(_ group: Int, _ place: Int, to time: Int64) {
    times[group] = time
    write(Self.key(of: group, at: time), at: place)
  }

  @inline(__always)
  private mutating func write(_ key: Int64, at place: Int) {
    keys[place] = key
    // Several are set at an instant, mostly of one row: it is looked through once for all.
    stale |= 1 &<< UInt32(truncatingIfNeeded: place &>> 3)
  }

  /// Makes it known that the first `count` places are in use.
  @inline(__always)
  mutating func use(_ count: Int) { chunks = (count &+ 63) &>> 6 }

  /// Gives a group another place; its own becomes free.
  @inline(__always)
  mutating func move(_ group: Int, from place: Int, to other: Int) {
    set(group, other, to: times[group])
    write(Self.none, at: place)
  }

  @inline(__always)
  private mutating func leastOfRows() -> Int64 {
    var least = Self.least(rows)
    var chunk = 1
    while chunk < chunks {
      least = min(least, Self.least(rows + (chunk &* Self.width)))
      chunk &+= 1
    }
    return least
  }

  @inline(__always)
  private static func least(_ keys: UnsafePointer<Int64>) -> Int64 {
    // Two at a time, none of which waits for the other. In vectors they would have to wait until a
    // key just written has left the store buffer.
    var (even, odd) = (keys[0], keys[1])
    for i in stride(from: 2, to: width, by: 2) {
      even = min(even, keys[i])
      odd = min(odd, keys[i &+ 1])
    }
    return min(even, odd)
  }

  @inline(__always)
  private static func key(of group: Int, at time: Int64) -> Int64 {
    time == .max ? none : min(time, horizon) &<< 8 | Int64(truncatingIfNeeded: group)
  }
}
