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
  let buffer: UnsafeMutablePointer<UInt8>
  @exclusivity(unchecked)
  var position = 0
  @exclusivity(unchecked)
  var end = 0
  private var isInputAtEnd = false
  private var lineOfBuffer = 1
  private var columnOfBuffer = 1
  /// For each open object or array, whether nothing was read in it yet.
  @exclusivity(unchecked)
  var isFresh: [Bool] = []
  /// The bytes of the last key, string or number, escapes resolved.
  @exclusivity(unchecked)
  public internal(set) var text: [UInt8] = []

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

  func endsEarly() -> InputError {
    fault(
      "the JSON ends early", hint: "the file was cut off; copy or export it again")
  }

  // MARK: bytes

  func refill() throws(InputError) {
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

  func rawByte() throws(InputError) -> UInt8 {
    if position == end {
      try refill()
      if end == 0 { throw endsEarly() }
    }
    defer { position += 1 }
    return buffer[position]
  }

  @inline(__always)
  func expect(_ byte: UInt8, _ what: @autoclosure () -> String) throws(InputError) {
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
}
