/// Where launches wait, by their slots.
struct LaunchQueues {
  /// Resident launches with unplaced blocks: priority descending, then submission order.
  var placing: [Int32] = []
  /// The launch that was first in `placing` and found no room in the last placement pass, or 0:
  /// only groups that changed since can have room for it.
  var blockedSequence: UInt64 = 0
  /// Launches without a resident-grid slot, in the same order.
  var waiting: [Int32] = []
  /// Launches whose blocks are done and whose tail is not.
  var tails: [(time: Int64, slot: Int32)] = []
  /// When the first of them is.
  var nextTail: Int64 = .max
  /// Whether blocks may have to be placed at this instant.
  var needsPlacement = false

  mutating func addTail(of slot: Int32, endingAt time: Int64) {
    tails.append((time, slot))
    nextTail = min(nextTail, time)
  }

  /// Takes out the first launch whose tail ends at `time`, if there is one.
  @inline(__always)
  mutating func removeTail(endingAt time: Int64) -> Int32? {
    guard let at = tails.firstIndex(where: { $0.time == time }) else { return nil }
    let slot = tails.remove(at: at).slot
    findNextTail()
    return slot
  }

  mutating func remove(_ slot: Int32) {
    placing.removeAll { $0 == slot }
    waiting.removeAll { $0 == slot }
    tails.removeAll { $0.slot == slot }
    findNextTail()
  }

  private mutating func findNextTail() { nextTail = tails.reduce(.max) { min($0, $1.time) } }
}
