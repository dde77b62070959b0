/// Where each 64-bit hash was last seen, for sequences of millions: one open-addressing array, no
/// hashing of its own.
///
/// The hashes must be mixed already: their low bits choose the slot.
struct LastSeen {
  private typealias Entry = (hash: UInt64, position: Int32)

  private var entries = [Entry](repeating: (0, -1), count: 1024)
  private var count = 0

  /// Notes a hash; where it was before, or nil.
  mutating func note(_ hash: UInt64, at position: Int) -> Int? {
    let slot = slot(of: hash)
    let before = entries[slot].position
    entries[slot] = (hash, Int32(truncatingIfNeeded: position))
    if before >= 0 { return Int(before) }
    count += 1
    if count * 2 > entries.count { grow() }
    return nil
  }

  /// The slot of a hash, or the free one where it belongs.
  private func slot(of hash: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: hash) & (entries.count - 1)
    while entries[slot].position >= 0, entries[slot].hash != hash {
      slot = (slot + 1) & (entries.count - 1)
    }
    return slot
  }

  private mutating func grow() {
    let old = entries
    entries = [Entry](repeating: (0, -1), count: old.count * 2)
    for entry in old where entry.position >= 0 { entries[slot(of: entry.hash)] = entry }
  }
}
