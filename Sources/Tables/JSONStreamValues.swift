/// Reading and passing over values.
extension JSONStream {
  /// Reads a string to `text`.
  public func string() throws(InputError) { try readString("a string") }

  /// Reads a number, `true`, `false`, `null` or a string to `text`; whether it was a string.
  @discardableResult
  public func scalar() throws(InputError) -> Bool {
    let first = try peekByte()
    if first == UInt8(ascii: "\"") {
      try readString("a string")
      return true
    }
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      throw fault("expected a single value, found '\(Character(UnicodeScalar(first)))'")
    }
    text.removeAll(keepingCapacity: true)
    while true {
      var i = position
      while i < end, buffer[i] > 0x20, buffer[i] != UInt8(ascii: ","), buffer[i] != 0x7D,
        buffer[i] != 0x5D
      {
        i += 1
      }
      text.append(contentsOf: UnsafeBufferPointer(start: buffer + position, count: i - position))
      position = i
      if text.count > 64 { throw fault("expected a value, found a run of other characters") }
      if i < end { break }
      try refill()
      if end == 0 { break }
    }
    if text.isEmpty { throw first == 0 ? endsEarly() : fault("expected a value") }
    return false
  }

  func readString(_ what: StaticString) throws(InputError) {
    try expect(UInt8(ascii: "\""), "\(what)")
    text.removeAll(keepingCapacity: true)
    while true {
      var i = position
      while i < end, buffer[i] != UInt8(ascii: "\""), buffer[i] != UInt8(ascii: "\\") { i += 1 }
      text.append(contentsOf: UnsafeBufferPointer(start: buffer + position, count: i - position))
      position = i
      if text.count > Self.textLimit { throw fault("the text is longer than 16 MiB") }
      let byte = try rawByte()
      if byte == UInt8(ascii: "\"") { return }
      if byte == UInt8(ascii: "\\") { try readEscape() } else { text.append(byte) }
    }
  }

  private func readEscape() throws(InputError) {
    let byte = try rawByte()
    switch byte {
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "u"): try readUnicodeEscape()
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    default: throw fault("unknown escape in a string")
    }
  }

  private func readUnicodeEscape() throws(InputError) {
    var code = try hex4()
    if code & 0xFC00 == 0xD800, try rawByte() == UInt8(ascii: "\\"),
      try rawByte() == UInt8(ascii: "u")
    {
      code = 0x10000 + (code & 0x3FF) << 10 + (try hex4() & 0x3FF)
    }
    let scalar = UnicodeScalar(code) ?? "\u{FFFD}"
    text.append(contentsOf: Array(String(Character(scalar)).utf8))
  }

  private func hex4() throws(InputError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = try rawByte()
      guard byte < 0x80, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw fault("expected four hexadecimal digits after '\\u'")
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  /// Passes over one value of any kind.
  public func skip() throws(InputError) {
    let first = try peekByte()
    if first == UInt8(ascii: "\"") {
      position += 1
      return try skipString()
    }
    if first != UInt8(ascii: "{"), first != UInt8(ascii: "[") {
      try scalar()
      return
    }
    var closers: [UInt8] = []
    while true {
      // Bytes from '"' to '[' between values need no look.
      var i = position
      while i < end, buffer[i] < 0x22 || (buffer[i] > 0x22 && buffer[i] < 0x5B) { i += 1 }
      position = i
      let byte = try rawByte()
      switch byte {
      case UInt8(ascii: "\""): try skipString()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        // '{' and '[' are two below '}' and ']' in ASCII.
        closers.append(byte + 2)
        if isFresh.count + closers.count > Self.depthLimit {
          throw fault("the JSON is nested deeper than \(Self.depthLimit)")
        }
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if closers.popLast() != byte {
          throw fault("unmatched '\(Character(UnicodeScalar(byte)))'")
        }
        if closers.isEmpty { return }
      default: break
      }
    }
  }

  private func skipString() throws(InputError) {
    while true {
      var i = position
      while i < end, buffer[i] != UInt8(ascii: "\""), buffer[i] != UInt8(ascii: "\\") { i += 1 }
      position = i
      let byte = try rawByte()
      if byte == UInt8(ascii: "\"") { return }
      if byte == UInt8(ascii: "\\") { _ = try rawByte() }
    }
  }
}
