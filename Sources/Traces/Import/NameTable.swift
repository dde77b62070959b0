/// Numbers names in the order of their first appearance, without making a string for each row.
struct NameTable {
  /// The most distinct names kept: functions of the largest public trace number below 100 000.
  static let limit = 1_000_000

  private var blob: [UInt8] = []
  private var ends: [Int] = []
  private var slots = [Int32](repeating: -1, count: 16)
  private var last: Int32 = -1

  var count: Int { ends.count }

  /// The names in the order of their numbers.
  var names: [String] { (0..<count).map { name($0) } }

  func name(_ index: Int) -> String { String(decoding: blob[range(index)], as: UTF8.self) }

  /// The name's number, new or known; nil when the table is full, or the name is no UTF-8.
  mutating func number(of name: UnsafeBufferPointer<UInt8>) -> Int32? {
    if last >= 0, isName(Int(last), name) { return last }
    var slot = Int(truncatingIfNeeded: Self.hash(name)) & (slots.count - 1)
    while slots[slot] >= 0 {
      if isName(Int(slots[slot]), name) {
        last = slots[slot]
        return last
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    // Only a name's first use pays for this.
    guard count < Self.limit, InvalidText.offset(in: name) == nil else { return nil }
    last = Int32(count)
    slots[slot] = last
    blob.append(contentsOf: name)
    ends.append(blob.count)
    if count * 2 > slots.count { grow() }
    return last
  }

  /// FNV-1a of the name's bytes: the same on every machine, so seeds may be made from it.
  func hash(_ index: Int) -> UInt64 {
    blob[range(index)].withUnsafeBufferPointer { Self.hash($0) }
  }

  private func range(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }

  private func isName(_ index: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
    let range = range(index)
    guard range.count == name.count else { return false }
    for offset in 0..<name.count where blob[range.lowerBound + offset] != name[offset] {
      return false
    }
    return true
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for index in 0..<count {
      var slot = Int(truncatingIfNeeded: hash(index)) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(index)
    }
  }

  private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return hash ^ (hash >> 32)
  }
}
