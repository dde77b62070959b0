/// The bytes of a file from front to back, unpacked on the way where it is gzip; in chunks, so that
/// memory does not grow with the file.
package final class ByteStream {
  /// The name that diagnostics carry.
  package let name: String
  private let stored: StoredBytes
  private var inflate: Inflate?
  private var isStarted = false
  /// Bytes that were looked at and not read yet.
  private var head: [UInt8] = []
  private var headPosition = 0

  private init(_ stored: StoredBytes) {
    name = stored.name
    self.stored = stored
  }

  /// Opens a file.
  ///
  /// - Parameter mayBePipe: whether what can be read only once will do; readers that go over a file
  ///   twice need it to stay there.
  /// - Throws: `missingFile` when nothing is there; `badData` for a directory, a pipe where none
  ///   will do, or a file that may not be read.
  package convenience init(path: String, mayBePipe: Bool = false) throws(InputError) {
    self.init(try StoredBytes(path: path, mayBePipe: mayBePipe))
  }

  /// Reads from memory, at most `chunk` bytes at a time.
  package convenience init(name: String, bytes: [UInt8], chunk: Int = .max) {
    self.init(StoredBytes(bytes, name: name, chunk: chunk))
  }

  /// Reads from `fill`, which writes bytes into the buffer and returns how many; 0 ends the stream.
  package convenience init(
    name: String, fill: @escaping (UnsafeMutableRawBufferPointer) -> Int
  ) {
    self.init(StoredBytes(name: name, fill))
  }

  /// Reads the next bytes into `buffer` and returns how many; 0 at the end.
  ///
  /// - Throws: `badData` for a damaged or cut gzip file, or when the system refuses the read.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputError) -> Int {
    if !isStarted { try start() }
    if headPosition < head.count {
      let count = min(buffer.count, head.count - headPosition)
      head.withUnsafeBytes { bytes in
        buffer.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[headPosition...].prefix(count)))
      }
      headPosition += count
      return count
    }
    return try readOn(buffer)
  }

  /// The first bytes of the content, at most `count`, without consuming them.
  ///
  /// - Precondition: nothing was read yet.
  package func peek(_ count: Int) throws(InputError) -> [UInt8] {
    if !isStarted { try start() }
    try fillHead(to: count)
    return Array(head.prefix(count))
  }

  /// All bytes that are left; nil where they are more than `limit`.
  package func readAll(limit: Int) throws(InputError) -> [UInt8]? {
    var result: [UInt8] = []
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 1)
    defer { chunk.deallocate() }
    while true {
      let count = try read(into: chunk)
      if count == 0 { return result }
      result.append(contentsOf: chunk[..<count])
      if result.count > limit { return nil }
    }
  }

  /// Looks for gzip's magic number.
  private func start() throws(InputError) {
    isStarted = true
    try fillHead(to: 2)
    guard head.count >= 2, head[0] == 0x1F, head[1] == 0x8B else { return }
    inflate = Inflate(stored, alreadyRead: head)
    head = []
  }

  private func fillHead(to count: Int) throws(InputError) {
    let chunk = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(512, count - head.count), alignment: 1)
    defer { chunk.deallocate() }
    while head.count < count {
      let more = try readOn(chunk)
      if more == 0 { return }
      head.append(contentsOf: chunk[..<more])
    }
  }

  private func readOn(_ buffer: UnsafeMutableRawBufferPointer) throws(InputError) -> Int {
    if let inflate { return try inflate.read(into: buffer) }
    return try stored.read(into: buffer)
  }
}
