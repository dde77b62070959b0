/// Reads JSON of any size front to back in bounded memory: the caller asks for what it expects and
/// passes over the rest. The one tokenizer, beneath trees of nodes and beneath lines of objects.
///
/// ```swift
/// try json.enterObject()
/// while try json.nextKey() {
///   if json.textIs("name") { name = try json.string() } else { try json.skip() }
/// }
/// ```
/// Values passed over are checked for their nesting and quoting only.
package final class JSONStream {
  /// The longest string, number or word read: where nothing ends a value for so many bytes, this is
  /// no such JSON, and the rest of it, which may be gigabytes, is not read.
  static let valueLimit = 16 << 20
  private static let bufferSize = 128 * 1024

  /// The name that diagnostics carry.
  package let file: String
  /// What becomes of a fault before it is thrown; for callers that name their faults or keep others.
  package var makeError: ((Diagnostic) -> InputError)?
  /// The deepest nesting read.
  @exclusivity(unchecked) var depthLimit = 512
  /// Whether numbers, words and strings are held to the grammar (RFC 8259); otherwise they are what
  /// stands between separators, for the caller to judge.
  @exclusivity(unchecked) var isStrict = false

  // The scan's state is touched for every byte by this object alone: checking each access for
  // exclusivity at run time would cost a third of the time.
  private let input: ByteStream?
  private let owned: UnsafeMutablePointer<UInt8>
  @exclusivity(unchecked) var buffer: UnsafePointer<UInt8>
  @exclusivity(unchecked) var position = 0
  @exclusivity(unchecked) var end = 0
  @exclusivity(unchecked) private var isInputAtEnd = false
  /// A place already known: the line that an offset is on, and the offset at which that line begins.
  @exclusivity(unchecked) private var known = (offset: 0, line: 1, lineStart: 0)
  /// For each open object or array, whether nothing was read in it yet.
  @exclusivity(unchecked) var isFresh: [Bool] = []
  /// The bytes of the last key, string, number or word, escapes resolved.
  @exclusivity(unchecked) package internal(set) var text: [UInt8] = []

  /// Reads what `input` still holds; a byte order mark is passed over.
  package init(_ input: ByteStream) throws(InputError) {
    self.input = input
    file = input.name
    owned = .allocate(capacity: Self.bufferSize)
    buffer = UnsafePointer(owned)
    text.reserveCapacity(1024)
    if try peekByte() == 0xEF, end - position >= 3, buffer[position + 1] == 0xBB {
      position += 3
      known.lineStart += 3
    }
  }

  /// Reads lines, each given by `start(_:line:)`.
  package init(linesOf file: String) {
    self.file = file
    input = nil
    owned = .allocate(capacity: 1)
    buffer = UnsafePointer(owned)
    isInputAtEnd = true
  }

  /// Goes to the start of a line, whose bytes must stay until the next.
  package func start(_ bytes: UnsafeBufferPointer<UInt8>, line: Int) {
    buffer = bytes.baseAddress ?? UnsafePointer(owned)
    position = 0
    end = bytes.count
    isFresh.removeAll(keepingCapacity: true)
    known = (0, line, 0)
  }

  /// Goes back to the start of the line, for a fault that concerns it as a whole.
  package func rewind() {
    if input == nil { (position, known) = (0, (0, known.line, 0)) }
  }

  deinit { owned.deallocate() }

  // MARK: errors

  /// A fault at the current position.
  package func fault(_ message: String, hint: String? = nil) -> InputError {
    error(diagnostic(message, hint: hint))
  }

  func error(_ diagnostic: Diagnostic) -> InputError {
    makeError?(diagnostic) ?? InputError(diagnostic)
  }

  /// A fault at the current position, for collecting.
  package func diagnostic(_ message: String, hint: String? = nil) -> Diagnostic {
    let (line, column) = place
    return Diagnostic(file: file, line: line, column: column, message: message, hint: hint)
  }

  /// The fault that something else stands at the current position.
  package func expected(_ what: String) -> InputError {
    position < end
      ? fault("expected \(what), found \(here)")
      : fault(
        "expected \(what), found the end of the \(extent)",
        hint: input == nil
          ? "each object must stand in one line" : "the file may be cut off")
  }

  /// What the text ends with.
  var extent: String { input == nil ? "line" : "file" }

  /// What stands at the current position, for error sentences.
  private var here: String {
    let byte = buffer[position]
    return byte >= 0x20 && byte < 0x7F
      ? "'\(Character(UnicodeScalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
  }

  /// The line and column of the next byte, from 1.
  package var place: (line: Int, column: Int) {
    let offset = min(position, end)
    for i in known.offset..<max(known.offset, offset) where buffer[i] == 0x0A {
      known.line += 1
      known.lineStart = i + 1
    }
    known.offset = offset
    return (known.line, offset - known.lineStart + 1)
  }

  // MARK: bytes

  func refill() throws(InputError) {
    if isInputAtEnd { return }
    guard let input else { return }
    _ = place
    known = (0, known.line, known.lineStart - end)
    position = 0
    end = try input.read(
      into: UnsafeMutableRawBufferPointer(start: owned, count: Self.bufferSize))
    isInputAtEnd = end == 0
  }

  /// Whether there is no further byte, not even white space.
  package func isAtEnd() throws(InputError) -> Bool {
    if position == end { try refill() }
    return position == end
  }

  /// The next byte that is not white space, without consuming it; 0 at the end.
  package func peekByte() throws(InputError) -> UInt8 {
    while true {
      var i = position
      while i < end, buffer[i] == 0x20 || buffer[i] == 0x0A { i += 1 }
      position = i
      if i < end {
        let byte = buffer[i]
        if byte > 0x20 { return byte }
        if byte == 0 { throw fault("expected text, found a NUL byte") }
        guard byte >= 0x09, byte <= 0x0D else { return byte }
        position += 1
        continue
      }
      try refill()
      if position == end { return 0 }
    }
  }

  @inline(__always)
  func rawByte(_ what: @autoclosure () -> String) throws(InputError) -> UInt8 {
    if position == end {
      try refill()
      if position == end { throw expected(what()) }
    }
    let byte = buffer[position]
    position &+= 1
    return byte
  }

  @inline(__always)
  func expect(_ byte: UInt8, _ what: @autoclosure () -> String) throws(InputError) {
    guard try peekByte() == byte else { throw expected(what()) }
    position += 1
  }

  // MARK: text

  /// Whether the last key, string, number or word is this one.
  @inline(__always)
  package func textIs(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    if text.count != count { return false }
    let start = word.utf8Start
    return text.withUnsafeBufferPointer { bytes in
      for i in 0..<count where bytes[i] != start[i] { return false }
      return true
    }
  }
}
