/// Reads JSON of any size front to back in bounded memory: the caller asks for what it expects and
/// passes over the rest.
///
/// ```swift
/// try json.enterObject()
/// while try json.nextKey() {
///   if json.keyIs("name") { name = try json.string() } else { try json.skip() }
/// }
/// ```
/// Values passed over are checked for their nesting and quoting only.
public final class JSONStream {
  /// The deepest nesting read.
  static let depthLimit = 512
  /// The longest string or number read.
  static let textLimit = 16 << 20
  private static let bufferSize = 128 * 1024

  // The scan's state is touched for every byte by this object alone: checking each access for
  // exclusivity at run time would cost a third of the time.
  private let input: InflateInput
  private let buffer: UnsafeMutablePointer<UInt8>
  @exclusivity(unchecked)
  private var position = 0
  @exclusivity(unchecked)
  private var end = 0
  private var isInputAtEnd = false
  private var lineOfBuffer = 1
  private var columnOfBuffer = 1
  /// For each open object or array, whether nothing was read in it yet.
  @exclusivity(unchecked)
  private var isFresh: [Bool] = []
  /// The bytes of the last key, string or number, escapes resolved.
  @exclusivity(unchecked)
  public private(set) var text: [UInt8] = []

  /// Reads what `input` still holds; a byte order mark is passed over.
  public init(_ input: InflateInput) throws(InputError) {
    self.input = input
    buffer = .allocate(capacity: Self.bufferSize)
    text.reserveCapacity(1024)
    if try peekByte() == 0xEF, end - position >= 3, buffer[position + 1] == 0xBB { position += 3 }
  }

  deinit { buffer.deallocate() }

  // MARK: errors

  /// A fault at the current position.
  public func fault(_ message: String, hint: String? = nil) -> InputError {
    InputError(diagnostic(message, hint: hint))
  }

  /// A fault at the current position, for collecting.
  public func diagnostic(_ message: String, hint: String? = nil) -> Diagnostic {
    let (line, column) = place(of: min(position, end))
    return Diagnostic(
      file: input.name, line: line, column: column, message: message, hint: hint)
  }

  private func place(of offset: Int) -> (Int, Int) {
    var newlines = 0
    for i in 0..<offset { newlines += buffer[i] == 0x0A ? 1 : 0 }
    if newlines == 0 { return (lineOfBuffer, columnOfBuffer + offset) }
    var start = offset
    while buffer[start - 1] != 0x0A { start -= 1 }
    return (lineOfBuffer + newlines, offset - start + 1)
  }

  private func endsEarly() -> InputError {
    fault(
      "the JSON ends early", hint: "the file was cut off; copy or export it again")
  }

  // MARK: bytes

  private func refill() throws(InputError) {
    (lineOfBuffer, columnOfBuffer) = place(of: end)
    position = 0
    end = 0
    if isInputAtEnd { return }
    end = try input.read(into: buffer, count: Self.bufferSize)
    isInputAtEnd = end == 0
  }

  /// The next byte that is not white space, without consuming it; 0 at the end.
  public func peekByte() throws(InputError) -> UInt8 {
    while true {
      var i = position
      while i < end, buffer[i] == 0x20 || buffer[i] == 0x0A { i += 1 }
      position = i
      if i < end {
        let byte = buffer[i]
        if byte > 0x20 { return byte }
        if byte != 0x0D, byte != 0x09 { throw fault("expected JSON, found byte \(byte)") }
        position += 1
        continue
      }
      try refill()
      if end == 0 { return 0 }
    }
  }

  private func rawByte() throws(InputError) -> UInt8 {
    if position == end {
      try refill()
      if end == 0 { throw endsEarly() }
    }
    defer { position += 1 }
    return buffer[position]
  }

  @inline(__always)
  private func expect(_ byte: UInt8, _ what: @autoclosure () -> String) throws(InputError) {
    let found = try peekByte()
    if found == 0 { throw endsEarly() }
    if found != byte {
      throw fault("expected \(what()), found '\(Character(UnicodeScalar(found)))'")
    }
    position += 1
  }

  // MARK: structure

  private func enter() throws(InputError) {
    if isFresh.count == Self.depthLimit {
      throw fault("the JSON is nested deeper than \(Self.depthLimit)")
    }
    isFresh.append(true)
  }

  /// Enters an object.
  public func enterObject() throws(InputError) {
    try expect(UInt8(ascii: "{"), "an object")
    try enter()
  }

  /// Enters a list.
  public func enterArray() throws(InputError) {
    try expect(UInt8(ascii: "["), "a list")
    try enter()
  }

  /// Moves to the next member and reads its key to `text`; false, having left the object, after
  /// the last.
  public func nextKey() throws(InputError) -> Bool {
    if try !advance(closing: UInt8(ascii: "}")) { return false }
    try readString("a key")
    try expect(UInt8(ascii: ":"), "':'")
    return true
  }

  /// Moves to the next element; false, having left the list, after the last.
  public func nextElement() throws(InputError) -> Bool {
    try advance(closing: UInt8(ascii: "]"))
  }

  private func advance(closing: UInt8) throws(InputError) -> Bool {
    let byte = try peekByte()
    if byte == 0 { throw endsEarly() }
    if byte == closing {
      position += 1
      if !isFresh.isEmpty { isFresh.removeLast() }
      return false
    }
    guard let fresh = isFresh.last else { return false }
    if fresh {
      isFresh[isFresh.count - 1] = false
    } else {
      try expect(UInt8(ascii: ","), "',' or '\(Character(UnicodeScalar(closing)))'")
    }
    return true
  }

  /// Checks that only white space is left.
  public func finish() throws(InputError) {
    let byte = try peekByte()
    if byte != 0 { throw fault("expected the end of the file after the JSON value") }
  }

  /// Whether the last key, string or number is this one.
  @inline(__always)
  public func textIs(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    if text.count != count { return false }
    let start = word.utf8Start
    return text.withUnsafeBufferPointer { bytes in
      for i in 0..<count where bytes[i] != start[i] { return false }
      return true
    }
  }

  // MARK: values

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

  private func readString(_ what: StaticString) throws(InputError) {
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
