/// The bytes of a file from front to back, unpacked on the way where the file is gzip.
///
/// Memory is bounded whatever the file's size.
public final class InflateInput {
  /// The file as the user named it.
  public let name: String
  /// Whether the file begins with gzip's magic number.
  public let isCompressed: Bool
  private let file: InflateFile
  private var inflate: Inflate?
  private var head: [UInt8] = []
  private var headPosition = 0

  /// Opens a file.
  ///
  /// - Throws: `missingFile` when there is none, `badData` for a folder or what cannot be read.
  public convenience init(path: String) throws(InputError) {
    try self.init(InflateFile(path: path))
  }

  /// Takes bytes in memory; `name` is what diagnostics show.
  public convenience init(bytes: [UInt8], name: String) throws(InputError) {
    try self.init(InflateFile(bytes: bytes, name: name))
  }

  private init(_ file: InflateFile) throws(InputError) {
    self.file = file
    name = file.name
    var first = [UInt8](repeating: 0, count: 512)
    let n = try Self.fill(&first) { (target, count) throws(InputError) in
      try file.read(into: target, count: count)
    }
    first.removeSubrange(n...)
    isCompressed = n >= 2 && first[0] == 0x1F && first[1] == 0x8B
    if isCompressed {
      inflate = Inflate(file, alreadyRead: first)
    } else {
      head = first
    }
  }

  /// Copies up to `count` bytes to `target`; 0 only at the end.
  ///
  /// - Throws: a damaged or cut gzip file, or a failing disk.
  public func read(
    into target: UnsafeMutablePointer<UInt8>, count: Int
  ) throws(InputError) -> Int {
    if headPosition < head.count {
      let n = min(count, head.count - headPosition)
      for i in 0..<n { target[i] = head[headPosition + i] }
      headPosition += n
      return n
    }
    return try readMore(target, count)
  }

  /// The first bytes of the content, at most `count`, without consuming them.
  ///
  /// - Precondition: nothing was read yet.
  public func peek(_ count: Int) throws(InputError) -> [UInt8] {
    var more = [UInt8](repeating: 0, count: max(0, count - head.count))
    let n = try Self.fill(&more) { (target, count) throws(InputError) in
      try readMore(target, count)
    }
    head += more[..<n]
    return Array(head.prefix(count))
  }

  private func readMore(
    _ target: UnsafeMutablePointer<UInt8>, _ count: Int
  ) throws(InputError) -> Int {
    if let inflate { return try inflate.read(into: target, count: count) }
    return try file.read(into: target, count: count)
  }

  private static func fill(
    _ bytes: inout [UInt8],
    from read: (UnsafeMutablePointer<UInt8>, Int) throws(InputError) -> Int
  ) throws(InputError) -> Int {
    let target = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
    defer { target.deallocate() }
    var filled = 0
    while filled < bytes.count {
      let n = try read(target + filled, bytes.count - filled)
      if n == 0 { break }
      filled += n
    }
    for i in 0..<filled { bytes[i] = target[i] }
    return filled
  }
}
