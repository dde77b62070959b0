import Tables

/// Walks through a stream byte by byte, knowing the place, for formats without lines.
final class ByteCursor {
  private let stream: ByteStream
  private let buffer: UnsafeMutablePointer<UInt8>
  private static let capacity = 64 << 10
  private var position = 0
  private var end = 0
  private var isAtEnd = false
  private var consumed = 0
  private var lineStart = 0
  /// The line of the next byte, from 1.
  private(set) var line = 1

  init(_ stream: ByteStream) throws(InputError) {
    self.stream = stream
    buffer = .allocate(capacity: Self.capacity)
    // A byte order mark is no part of the text.
    if try peek() == 0xEF {
      for _ in 0..<3 where try (peek() ?? 0) >= 0x80 { advance() }
      lineStart = consumed + position
    }
  }

  deinit { buffer.deallocate() }

  /// The column of the next byte, from 1.
  var column: Int { consumed + position - lineStart + 1 }

  /// The next byte; nil at the end.
  @inline(__always)
  func peek() throws(InputError) -> UInt8? {
    if position < end { return buffer[position] }
    return try refill() ? buffer[position] : nil
  }

  /// Steps over the byte that `peek` showed.
  @inline(__always)
  func advance() {
    if buffer[position] == 0x0A {
      line += 1
      lineStart = consumed + position + 1
    }
    position += 1
  }

  /// Steps over blanks and returns the next byte.
  func skipBlanks() throws(InputError) -> UInt8? {
    while let byte = try peek() {
      guard byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) else { return byte }
      advance()
    }
    return nil
  }

  private func refill() throws(InputError) -> Bool {
    guard !isAtEnd else { return false }
    consumed += end
    position = 0
    end = try stream.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: Self.capacity))
    isAtEnd = end == 0
    return !isAtEnd
  }
}
