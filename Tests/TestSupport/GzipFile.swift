/// gzip files made without a packer.
public enum GzipFile {
  /// A member of stored blocks, made here.
  public static func stored(_ content: [UInt8], blockSize: Int = 60_000) -> [UInt8] {
    var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    var start = 0
    repeat {
      let end = min(start + blockSize, content.count)
      let n = UInt16(end - start)
      file.append(end == content.count ? 1 : 0)
      file += [UInt8(n & 255), UInt8(n >> 8), UInt8(~n & 255), UInt8(~n >> 8)]
      file += content[start..<end]
      start = end
    } while start < content.count
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in content {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    for word in [~crc, UInt32(content.count)] {
      for shift in [0, 8, 16, 24] { file.append(UInt8(word >> UInt32(shift) & 255)) }
    }
    return file
  }
}
