import Tables

/// Walks through the one JSON object of a line; every step says whether it found what it sought.
struct JSONLineParser {
  private var line = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
  /// The offset of the next byte in the line.
  private(set) var index = 0

  mutating func start(_ line: UnsafeBufferPointer<UInt8>) {
    self.line = line
    index = 0
    skipBlanks()
  }

  /// Whether only blanks are left.
  var isAtEnd: Bool { index >= line.count }

  /// What comes next, for a sentence.
  var excerpt: String {
    isAtEnd ? "the end of the line" : Excerpt.of(UnsafeBufferPointer(rebasing: line[index...]))
  }

  @inline(__always)
  private mutating func skipBlanks() {
    while index < line.count, line[index] == 0x20 || line[index] == 0x09 { index += 1 }
  }

  /// Steps over one byte and the blanks behind it.
  @inline(__always)
  mutating func take(_ byte: UInt8) -> Bool {
    guard index < line.count, line[index] == byte else { return false }
    index += 1
    skipBlanks()
    return true
  }

  /// A string's bytes between its quotes, with escapes as they are written.
  mutating func string() -> UnsafeBufferPointer<UInt8>? {
    guard index < line.count, line[index] == UInt8(ascii: "\"") else { return nil }
    var end = index + 1
    while end < line.count, line[end] != UInt8(ascii: "\"") {
      if line[end] == UInt8(ascii: "\\") { end += 1 }
      end += 1
    }
    guard end < line.count else { return nil }
    let text = UnsafeBufferPointer(rebasing: line[(index + 1)..<end])
    index = end + 1
    skipBlanks()
    return text
  }

  /// The bytes up to a separator: a number, a word, or whatever stands there instead.
  @inline(__always)
  mutating func bare() -> UnsafeBufferPointer<UInt8> {
    let start = index
    while index < line.count {
      let byte = line[index]
      if byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}")
        || byte == UInt8(ascii: "]")
      {
        break
      }
      index += 1
    }
    let text = UnsafeBufferPointer(rebasing: line[start..<index])
    skipBlanks()
    return text
  }

  /// How many integers a list holds; nil for anything but a list of non-negative integers.
  mutating func countIntegers() -> Int64? {
    guard take(UInt8(ascii: "[")) else { return nil }
    if take(UInt8(ascii: "]")) { return 0 }
    // These lists are most of a trace's bytes: the place is kept in a local while going through.
    let bytes = line
    var at = index
    defer { index = at }
    var count: Int64 = 0
    while true {
      let start = at
      while at < bytes.count, bytes[at] &- 0x30 <= 9 { at &+= 1 }
      guard at > start else { return nil }
      count &+= 1
      while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x09 { at &+= 1 }
      guard at < bytes.count else { return nil }
      let byte = bytes[at]
      guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") else { return nil }
      at &+= 1
      while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x09 { at &+= 1 }
      if byte == UInt8(ascii: "]") { return count }
    }
  }

  /// Steps over any value; false when there is none or it is not closed in this line.
  mutating func skipValue() -> Bool {
    var depth = 0
    repeat {
      guard index < line.count else { return false }
      switch line[index] {
      case UInt8(ascii: "\""): guard string() != nil else { return false }
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        index += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth -= 1
        index += 1
        guard depth >= 0 else { return false }
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard depth > 0 else { return false }
        index += 1
      default: guard !bareInside().isEmpty else { return false }
      }
      skipBlanks()
    } while depth > 0
    return true
  }

  private mutating func bareInside() -> UnsafeBufferPointer<UInt8> {
    let start = index
    while index < line.count {
      let byte = line[index]
      if byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ":")
        || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "\"")
      {
        break
      }
      index += 1
    }
    return UnsafeBufferPointer(rebasing: line[start..<index])
  }
}
