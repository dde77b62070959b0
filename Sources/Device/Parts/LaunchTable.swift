/// Launches by slot, from their submission to their completion.
struct LaunchTable {
  private var table = GrowingTable<DeviceLaunch>(capacity: 64)
  private var freeSlots: [Int32] = []
  /// The number of the last launch.
  private var sequence: UInt64 = 0

  @inline(__always)
  var rows: UnsafeMutablePointer<DeviceLaunch> { table.rows }
  /// The slots there are, in use or free.
  @inline(__always)
  var count: Int { table.count }

  /// Adds a launch and gives it a number, by which later ones in its slot are told from it.
  @inline(__always)
  mutating func add(_ launch: DeviceLaunch) -> LaunchID {
    sequence += 1
    let slot = freeSlots.popLast() ?? Int32(table.count)
    if Int(slot) == table.count { table.append(launch) } else { rows[Int(slot)] = launch }
    rows[Int(slot)].sequence = sequence
    return LaunchID(slot: slot, sequence: sequence)
  }

  @inline(__always)
  mutating func remove(_ slot: Int32) {
    rows[Int(slot)].isLive = false
    freeSlots.append(slot)
  }

  /// Where a launch goes in a list: behind every one of the same or a higher priority.
  @inline(__always)
  mutating func position(of slot: Int32, in list: [Int32]) -> Int {
    let priority = rows[Int(slot)].priority
    var at = list.count
    while at > 0, rows[Int(list[at - 1])].priority < priority { at -= 1 }
    return at
  }

  func deallocate() { table.deallocate() }
}

/// A launch from its submission to its completion.
struct DeviceLaunch {
  var kernel: Int32
  var tag: Int32
  var priority: Int32
  var mask: Int32
  var unplaced: Int
  var outstanding: Int
  var tailNS: Int64
  var sequence: UInt64 = 0
  var isResident = false
  var isLive = true
  /// Whether the DRAM's ceiling is for it.
  var isConfined = false
}

/// A launch as the device's caller names it.
package struct LaunchID: Hashable, Sendable {
  @usableFromInline var slot: Int32
  @usableFromInline var sequence: UInt64
}

/// A launch that has ended.
package struct LaunchCompletion: Sendable {
  /// The launch.
  package var launch: LaunchID
  /// The tag it was submitted with.
  package var tag: Int32
}
