/// Numbers distinct byte strings in the order of their first appearance, without making a string for
/// each row.
///
/// Own hashing keeps the work to one pass over the bytes for millions of look-ups.
package struct NameTable: Sendable {
  /// The most names that `number(of:)` takes: functions of the largest public trace number below
  /// 100 000.
  package static let limit = 1_000_000

  private var slots = [Int32](repeating: -1, count: 256)
  private var hashes: [UInt64] = []
  private var starts: [Int] = [0]
  private var bytes: [UInt8] = []
  /// The name found last: rows of one name follow each other.
  private var last: Int32 = -1

  /// Creates a table without names.
  package init() {}

  /// How many there are.
  package var count: Int { hashes.count }

  /// The name of a number.
  package func name(_ number: Int) -> String {
    String(decoding: bytes[starts[number]..<starts[number + 1]], as: UTF8.self)
  }

  /// All names, as text, in the order of their numbers.
  package var names: [String] {
    (0..<count).map(name)
  }

  /// The number of a name, new or known.
  package mutating func index(of name: UnsafeBufferPointer<UInt8>) -> Int32 {
    if last >= 0, equals(Int(last), name) { return last }
    let hash = Self.hash(name)
    let slot = slot(of: name, hash)
    last = slots[slot] >= 0 ? slots[slot] : add(name, hash, slot)
    return last
  }

  /// The number of a text, new or known.
  package mutating func index(of text: String) -> Int32 {
    var text = text
    return text.withUTF8 { index(of: $0) }
  }

  /// The number of a name, new or known; nil when a new one is no UTF-8 or beyond `limit`.
  package mutating func number(of name: UnsafeBufferPointer<UInt8>) -> Int32? {
    if last >= 0, equals(Int(last), name) { return last }
    let hash = Self.hash(name)
    let slot = slot(of: name, hash)
    if slots[slot] >= 0 {
      last = slots[slot]
      return last
    }
    // Only a name's first use pays for this.
    guard count < Self.limit, InvalidText.offset(in: name) == nil else { return nil }
    last = add(name, hash, slot)
    return last
  }

  /// Whether a name is empty or white space and control characters alone.
  package func isBlank(_ index: Int32) -> Bool {
    bytes[starts[Int(index)]..<starts[Int(index) + 1]].allSatisfy { $0 <= 0x20 }
  }

  /// FNV-1a of a name's bytes, folded once: the same on every machine, so seeds may be made from it.
  package func seedHash(_ index: Int) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes[starts[index]..<starts[index + 1]] {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    return hash ^ (hash >> 32)
  }

  /// The slot that holds a name, or the free one where it belongs.
  private func slot(of name: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let candidate = Int(slots[slot])
      if hashes[candidate] == hash, equals(candidate, name) { break }
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  private mutating func add(
    _ name: UnsafeBufferPointer<UInt8>, _ hash: UInt64, _ slot: Int
  ) -> Int32 {
    let new = Int32(truncatingIfNeeded: hashes.count)
    slots[slot] = new
    hashes.append(hash)
    bytes.append(contentsOf: name)
    starts.append(bytes.count)
    if hashes.count * 2 > slots.count { grow() }
    return new
  }

  private func equals(_ candidate: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = starts[candidate]
    if starts[candidate + 1] - start != name.count { return false }
    return bytes.withUnsafeBufferPointer { stored in
      for i in 0..<name.count where stored[start + i] != name[i] { return false }
      return true
    }
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for (i, hash) in hashes.enumerated() {
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(i)
    }
  }

  /// Multiply-and-fold over eight bytes a step; collisions cost time, never a wrong answer.
  private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var h: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(name.count)
    guard let base = name.baseAddress else { return h }
    let raw = UnsafeRawPointer(base)
    var i = 0
    while i + 8 <= name.count {
      let word = raw.loadUnaligned(fromByteOffset: i, as: UInt64.self).littleEndian
      let product = (h ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
      h = product.high ^ product.low
      i += 8
    }
    var tail: UInt64 = 0
    while i < name.count {
      tail = tail << 8 | UInt64(name[i])
      i += 1
    }
    let product = (h ^ tail).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return product.high ^ product.low
  }
}
