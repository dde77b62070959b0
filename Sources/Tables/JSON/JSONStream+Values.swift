/// Reading and passing over values.
extension JSONStream {
  /// Reads a string to `text`, named in the fault of finding anything else.
  package func string(_ what: StaticString = "a string") throws(InputError) {
    try readString(what)
  }

  /// The last key, string, number or word as text.
  package var textString: String { String(decoding: text, as: UTF8.self) }

  /// Reads a number, `true`, `false`, `null` or a string to `text`; whether it was a string.
  ///
  /// - Throws: a list or an object, named by `what`.
  @discardableResult
  package func scalar(_ what: StaticString = "a single value") throws(InputError) -> Bool {
    let first = try peekByte()
    if first == UInt8(ascii: "\"") {
      try readString("a string")
      return true
    }
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { throw expected("\(what)") }
    if isStrict {
      try readStrictly(first)
    } else {
      try readBare()
    }
    return false
  }

  /// Reads what stands up to white space to `text`, whatever it is: for plain text of words.
  package func word() throws(InputError) {
    if try peekByte() == 0 { throw expected("a word") }
    try readBare(isWord: true)
  }

  private func readBare(isWord: Bool = false) throws(InputError) {
    text.removeAll(keepingCapacity: true)
    while true {
      var i = position
      while i < end, buffer[i] > 0x20,
        isWord || buffer[i] != UInt8(ascii: ",") && buffer[i] != 0x7D && buffer[i] != 0x5D
      {
        i += 1
      }
      text.append(contentsOf: UnsafeBufferPointer(start: buffer + position, count: i - position))
      position = i
      if text.count > Self.valueLimit { throw tooLong() }
      if i < end { break }
      try refill()
      if position == end { break }
    }
    if text.isEmpty { throw expected("a value") }
  }

  private func tooLong() -> InputError {
    fault(
      "a value is longer than \(Self.valueLimit) bytes",
      hint: "is this a text file with separate values?")
  }

  func readString(_ what: StaticString) throws(InputError) {
    try expect(UInt8(ascii: "\""), "\(what)")
    text.removeAll(keepingCapacity: true)
    let least: UInt8 = isStrict ? 0x20 : 0
    while true {
      var i = position
      while i < end, buffer[i] != UInt8(ascii: "\""), buffer[i] != UInt8(ascii: "\\"),
        buffer[i] >= least
      {
        i += 1
      }
      text.append(contentsOf: UnsafeBufferPointer(start: buffer + position, count: i - position))
      position = i
      if text.count > Self.valueLimit { throw tooLong() }
      let byte = try rawByte("'\"'")
      if byte == UInt8(ascii: "\"") { return }
      if byte == UInt8(ascii: "\\") {
        try readEscape()
      } else if byte < least {
        position -= 1
        throw expected("'\"' before the end of the line")
      } else {
        text.append(byte)
      }
    }
  }

  private func readEscape() throws(InputError) {
    let byte = try rawByte("an escape")
    switch byte {
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "u"): try readUnicodeEscape()
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    default:
      position -= 1
      throw expected("an escape")
    }
  }

  private func readUnicodeEscape() throws(InputError) {
    var code = try hex4()
    if code & 0xFC00 == 0xD800, try !isAtEnd(), buffer[position] == UInt8(ascii: "\\") {
      position += 1
      guard try !isAtEnd(), buffer[position] == UInt8(ascii: "u") else {
        try append(code)
        return try readEscape()
      }
      position += 1
      code = 0x10000 + (code & 0x3FF) << 10 + (try hex4() & 0x3FF)
    }
    try append(code)
  }

  private func append(_ code: UInt32) throws(InputError) {
    let scalar = UnicodeScalar(code)
    if isStrict, scalar == nil { throw fault("expected a Unicode scalar") }
    text.append(contentsOf: Array(String(Character(scalar ?? "\u{FFFD}")).utf8))
  }

  private func hex4() throws(InputError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = try rawByte("four hexadecimal digits")
      guard byte < 0x80, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        position -= 1
        throw expected("four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  /// How many integers a list holds: the lists that fill most of some files' bytes.
  ///
  /// - Parameter each: hears every integer, modulo 2^64.
  /// - Throws: anything but a list of non-negative integers, in one buffer's length.
  package func countIntegers(_ each: ((Int64) -> Void)? = nil) throws(InputError) -> Int64 {
    func fail(_ at: Int) -> InputError {
      position = at
      return expected("a list of integers")
    }
    guard try peekByte() == UInt8(ascii: "[") else { throw expected("a list of integers") }
    // The place is kept in a local while going through.
    let (bytes, end) = (buffer, end)
    var at = position + 1
    func skipBlanks() { while at < end, bytes[at] == 0x20 || bytes[at] == 0x09 { at &+= 1 } }
    var count: Int64 = 0
    skipBlanks()
    if at < end, bytes[at] == UInt8(ascii: "]") {
      position = at + 1
      return 0
    }
    while true {
      let start = at
      while at < end, bytes[at] &- 0x30 <= 9 { at &+= 1 }
      guard at > start else { throw fail(at) }
      count &+= 1
      if let each {
        each(
          Int64(
            truncatingIfNeeded: (start..<at).reduce(0 as UInt64) {
              $0 &* 10 &+ UInt64(bytes[$1] &- 0x30)
            }))
      }
      skipBlanks()
      guard at < end else { throw fail(at) }
      let byte = bytes[at]
      guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") else { throw fail(at) }
      at &+= 1
      if byte == UInt8(ascii: "]") {
        position = at
        return count
      }
      skipBlanks()
    }
  }

  /// Passes over one value of any kind.
  package func skip() throws(InputError) {
    let first = try peekByte()
    if first == UInt8(ascii: "\"") {
      position += 1
      return try skipString()
    }
    if first != UInt8(ascii: "{"), first != UInt8(ascii: "[") { return try readBare() }
    var closers: [UInt8] = []
    while true {
      // Bytes from '"' to '[' between values need no look.
      var i = position
      while i < end, buffer[i] < 0x22 || (buffer[i] > 0x22 && buffer[i] < 0x5B) { i += 1 }
      position = i
      let byte = try rawByte(closers.last == 0x7D ? "'}'" : "']'")
      switch byte {
      case UInt8(ascii: "\""): try skipString()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        // '{' and '[' are two below '}' and ']' in ASCII.
        closers.append(byte + 2)
        if isFresh.count + closers.count > depthLimit { throw tooDeep() }
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if closers.popLast() != byte {
          position -= 1
          throw expected(byte == UInt8(ascii: "}") ? "']'" : "'}'")
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
      let byte = try rawByte("'\"'")
      if byte == UInt8(ascii: "\"") { return }
      if byte == UInt8(ascii: "\\") { _ = try rawByte("an escape") }
    }
  }
}
