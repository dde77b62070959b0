/// Distinct byte strings, numbered in the order they were first met.
///
/// Own hashing keeps the work to one pass over the bytes for millions of look-ups.
struct ImportNames {
  private var slots: [Int32]
  private var hashes: [UInt64] = []
  private var starts: [Int] = [0]
  private var arena: [UInt8] = []

  init() { slots = [Int32](repeating: -1, count: 256) }

  /// How many there are.
  var count: Int { hashes.count }

  /// The number of a byte string, given one if it is new.
  mutating func index(of bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
    let hash = Self.hash(bytes)
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let candidate = Int(slots[slot])
      if hashes[candidate] == hash, equals(candidate, bytes) { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    let new = Int32(truncatingIfNeeded: hashes.count)
    slots[slot] = new
    hashes.append(hash)
    arena.append(contentsOf: bytes)
    starts.append(arena.count)
    if hashes.count * 2 > slots.count { grow() }
    return new
  }

  /// The number of a text.
  mutating func index(of text: String) -> Int32 {
    var text = text
    return text.withUTF8 { index(of: $0) }
  }

  /// Whether one of them is empty or white space and control characters alone.
  func isBlank(_ index: Int32) -> Bool {
    let range = starts[Int(index)]..<starts[Int(index) + 1]
    return arena[range].allSatisfy { $0 <= 0x20 }
  }

  /// All of them, as text.
  var strings: [String] {
    (0..<count).map { String(decoding: arena[starts[$0]..<starts[$0 + 1]], as: UTF8.self) }
  }

  private func equals(_ candidate: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = starts[candidate]
    if starts[candidate + 1] - start != bytes.count { return false }
    return arena.withUnsafeBufferPointer { stored in
      for i in 0..<bytes.count where stored[start + i] != bytes[i] { return false }
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
  private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var h: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
    guard let base = bytes.baseAddress else { return h }
    let raw = UnsafeRawPointer(base)
    var i = 0
    while i + 8 <= bytes.count {
      let word = raw.loadUnaligned(fromByteOffset: i, as: UInt64.self).littleEndian
      let product = (h ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
      h = product.high ^ product.low
      i += 8
    }
    var tail: UInt64 = 0
    while i < bytes.count {
      tail = tail << 8 | UInt64(bytes[i])
      i += 1
    }
    let product = (h ^ tail).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return product.high ^ product.low
  }
}
