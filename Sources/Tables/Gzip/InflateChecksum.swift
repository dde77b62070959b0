/// The CRC-32 of gzip (RFC 1952, section 8), eight bytes a step.
struct InflateChecksum {
  private var state: UInt32 = 0xFFFF_FFFF
  private static let tables: [UInt32] = makeTables()

  /// The checksum of what was taken in so far.
  var value: UInt32 { ~state }

  /// Takes in `count` bytes.
  mutating func update(_ bytes: UnsafePointer<UInt8>, count: Int) {
    var crc = state
    Self.tables.withUnsafeBufferPointer { t in
      var i = 0
      while i + 8 <= count {
        let p = bytes + i
        let low =
          crc ^ UInt32(p[0]) ^ UInt32(p[1]) << 8 ^ UInt32(p[2]) << 16 ^ UInt32(p[3]) << 24
        crc = t[7 * 256 + Int(low & 0xFF)] ^ t[6 * 256 + Int(low >> 8 & 0xFF)]
        crc ^= t[5 * 256 + Int(low >> 16 & 0xFF)] ^ t[4 * 256 + Int(low >> 24)]
        crc ^= t[3 * 256 + Int(p[4])] ^ t[2 * 256 + Int(p[5])] ^ t[256 + Int(p[6])] ^ t[Int(p[7])]
        i += 8
      }
      while i < count {
        crc = t[Int((crc ^ UInt32(bytes[i])) & 0xFF)] ^ (crc >> 8)
        i += 1
      }
    }
    state = crc
  }

  private static func makeTables() -> [UInt32] {
    var t = [UInt32](repeating: 0, count: 8 * 256)
    for n in 0..<256 {
      var c = UInt32(n)
      for _ in 0..<8 { c = c & 1 == 1 ? 0xEDB8_8320 ^ (c >> 1) : c >> 1 }
      t[n] = c
    }
    for n in 256..<2048 { t[n] = t[Int(t[n - 256] & 0xFF)] ^ (t[n - 256] >> 8) }
    return t
  }
}
