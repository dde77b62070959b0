/// Splits a byte stream into lines without copying them, in memory bounded by the longest line.
///
/// Lines end in LF or CR LF, the last one may end with the file; a byte order mark at the start of
/// the file is dropped. `line` points into the reader's buffer and is valid until the next `next()`.
package struct LineReader: ~Copyable {
  /// The current line, without its terminator.
  package private(set) var line = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
  /// The number of the current line, from 1; that of its first one where lines were joined.
  package private(set) var lineNumber = 0
  /// The number of the last line joined to the current one.
  package private(set) var lastLineNumber = 0
  /// Whether the current line ends in a line feed, which only the last one may lack.
  package private(set) var isTerminated = false

  private let stream: ByteStream
  private let maximumLength: Int
  private var buffer: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// Where the current line begins, the next one begins, and the buffer's content ends.
  private var first = 0
  private var start = 0
  private var end = 0
  private var isAtEnd = false

  /// The longest line read unless told otherwise: 16 MiB.
  package static let defaultMaximumLength = 16 << 20

  /// Creates a reader at the start of `stream`.
  package init(_ stream: ByteStream, maximumLength: Int = LineReader.defaultMaximumLength) {
    self.stream = stream
    self.maximumLength = max(16, maximumLength)
    capacity = 64 << 10
    buffer = .allocate(capacity: capacity)
  }

  deinit { buffer.deallocate() }

  /// The name that diagnostics carry.
  package var file: String { stream.name }

  /// Moves to the next line; false at the end of the stream.
  ///
  /// - Throws: `badData` for a line longer than the maximum, or what the stream throws.
  /// - Complexity: O(line length) amortised.
  package mutating func next() throws(InputError) -> Bool {
    first = start
    guard try findEnd() else { return false }
    lineNumber = lastLineNumber
    return true
  }

  /// Joins the next line to the current one, whose bytes may move; false where there is none.
  ///
  /// - Throws: as `next()`.
  package mutating func extend() throws(InputError) -> Bool { try findEnd() }

  private mutating func findEnd() throws(InputError) -> Bool {
    var searched = start
    while true {
      let index = ByteSearch.index(of: 0x0A, in: buffer, from: searched, to: end)
      if index < end {
        take(upTo: index, isTerminated: true)
        start = index + 1
        return true
      }
      searched = end
      if isAtEnd {
        guard start < end else { return false }
        take(upTo: end, isTerminated: false)
        start = end
        return true
      }
      if end - first > maximumLength {
        throw InputError(
          Diagnostic(
            file: stream.name, line: lastLineNumber + 1,
            message: "a line is longer than \(maximumLength) bytes",
            hint: "is this a text file with one record in each line?"))
      }
      let moved = first
      try refill()
      searched -= moved
    }
  }

  private mutating func take(upTo limit: Int, isTerminated: Bool) {
    if lastLineNumber == 0, limit - first >= 3, buffer[first] == 0xEF, buffer[first + 1] == 0xBB,
      buffer[first + 2] == 0xBF
    {
      first += 3
    }
    let hasReturn = limit > first && buffer[limit - 1] == UInt8(ascii: "\r")
    line = UnsafeBufferPointer(start: buffer + first, count: limit - first - (hasReturn ? 1 : 0))
    lastLineNumber += 1
    self.isTerminated = isTerminated
  }

  /// Moves what is kept to the buffer's front, grows the buffer when it is full, and reads on.
  private mutating func refill() throws(InputError) {
    if first > 0 {
      let count = end - first
      if count > 0 { buffer.update(from: buffer + first, count: count) }
      start -= first
      first = 0
      end = count
    }
    if end == capacity {
      let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2)
      larger.update(from: buffer, count: end)
      buffer.deallocate()
      buffer = larger
      capacity *= 2
    }
    let count = try stream.read(
      into: UnsafeMutableRawBufferPointer(start: buffer + end, count: capacity - end))
    if count == 0 { isAtEnd = true }
    end += count
  }
}
