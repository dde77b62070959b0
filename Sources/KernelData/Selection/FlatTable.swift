/// An open-addressing table from 64-bit hashes to numbers, for sequences of millions: one array, no
/// hashing of its own.
///
/// The keys must be mixed already: their low bits choose the slot.
struct FlatTable {
  private struct Entry {
    var key: UInt64
    var value: Int32
  }

  private var entries: [Entry]
  private var count = 0

  /// - Precondition: a power of two.
  init(capacity: Int) {
    entries = [Entry](repeating: Entry(key: 0, value: -1), count: capacity)
  }

  /// The slot where the search for a key begins.
  func slot(of key: UInt64) -> Int {
    Int(truncatingIfNeeded: key) & (entries.count - 1)
  }

  func slot(after slot: Int) -> Int { (slot + 1) & (entries.count - 1) }

  /// The slot of a key, or the free one where it belongs.
  func slot(holding key: UInt64) -> Int {
    var slot = slot(of: key)
    while entries[slot].value >= 0, entries[slot].key != key { slot = self.slot(after: slot) }
    return slot
  }

  func key(at slot: Int) -> UInt64 { entries[slot].key }

  /// The value in a slot; nil where it is free.
  func value(at slot: Int) -> Int32? { entries[slot].value < 0 ? nil : entries[slot].value }

  /// Changes the value of a slot in use.
  mutating func replace(_ value: Int32, at slot: Int) { entries[slot].value = value }

  /// Puts a key into a free slot; slots are other ones afterwards.
  mutating func set(_ key: UInt64, _ value: Int32, at slot: Int) {
    entries[slot] = Entry(key: key, value: value)
    count += 1
    if count * 2 > entries.count { grow() }
  }

  private mutating func grow() {
    let old = entries
    entries = [Entry](repeating: Entry(key: 0, value: -1), count: old.count * 2)
    for entry in old where entry.value >= 0 {
      var slot = slot(of: entry.key)
      while entries[slot].value >= 0 { slot = self.slot(after: slot) }
      entries[slot] = entry
    }
  }
}

extension ProfileKernel {
  /// A hash of what makes launches equal: name, grid, block, registers and shared memory.
  var shapeHash: UInt64 {
    func mix(_ hash: UInt64, _ high: UInt32, _ low: UInt32) -> UInt64 {
      let word = UInt64(high) << 32 | UInt64(low)
      let product = (hash ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
      return product.high ^ product.low
    }
    var hash = mix(0x9E37_79B9_7F4A_7C15, UInt32(bitPattern: nameIndex), gridX)
    hash = mix(hash, gridY, gridZ)
    hash = mix(hash, blockX, blockY)
    hash = mix(hash, blockZ, UInt32(bitPattern: registers))
    return mix(hash, UInt32(bitPattern: sharedMemory), 0x5BD1_E995)
  }

  /// Whether two launches are of the same kernel and shape.
  func hasShape(of other: ProfileKernel) -> Bool {
    nameIndex == other.nameIndex && gridX == other.gridX && gridY == other.gridY
      && gridZ == other.gridZ && blockX == other.blockX && blockY == other.blockY
      && blockZ == other.blockZ && registers == other.registers
      && sharedMemory == other.sharedMemory
  }
}
