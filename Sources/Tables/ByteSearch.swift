/// Looks for a byte eight at a time.
enum ByteSearch {
  /// The index of the first such byte in [from, to); `to` where there is none.
  @inline(__always)
  static func index(
    of byte: UInt8, in bytes: UnsafePointer<UInt8>, from: Int, to: Int
  ) -> Int {
    var index = from
    let ones: UInt64 = 0x0101_0101_0101_0101
    let raw = UnsafeRawPointer(bytes)
    while index &+ 8 <= to {
      let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
      let x = word ^ (ones &* UInt64(byte))
      // The lowest set high bit of this mask is exact (bits above it may be false hits).
      let mask = (x &- ones) & ~x & (ones &* 0x80)
      if mask != 0 { return index &+ mask.trailingZeroBitCount / 8 }
      index &+= 8
    }
    while index < to, bytes[index] != byte { index &+= 1 }
    return index
  }
}
