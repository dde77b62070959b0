#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of a file as they are stored, of memory, or of a function: read once, front to back.
final class StoredBytes {
  private enum Source {
    case descriptor(Int32)
    case memory([UInt8], chunk: Int)
    case function((UnsafeMutableRawBufferPointer) -> Int)
  }

  /// The name that diagnostics carry.
  let name: String
  private let source: Source
  private var position = 0

  /// Opens a file.
  ///
  /// - Parameter mayBePipe: whether what can be read only once will do.
  /// - Throws: `missingFile` when nothing is there; `badData` for a folder, a pipe where none will
  ///   do, or what may not be read.
  init(path: String, mayBePipe: Bool) throws(InputError) {
    name = path
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw InputError(
        kind: .missingFile, Diagnostic(file: path, message: "a file name may not be empty"))
    }
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | (mayBePipe ? 0 : O_NONBLOCK))
    guard descriptor >= 0 else {
      let isMissing = errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG
      throw InputError(
        kind: isMissing ? .missingFile : .badData,
        Diagnostic(
          file: path, message: isMissing ? "no such file" : "cannot open: \(Self.reason(errno))"))
    }
    source = .descriptor(descriptor)
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    let type = status.st_mode & S_IFMT
    if isKnown, type == S_IFDIR {
      throw InputError(Diagnostic(file: path, message: "expected a file, found a directory"))
    }
    guard mayBePipe || isKnown && type == S_IFREG else {
      throw InputError(
        Diagnostic(
          file: path, message: "is not a regular file",
          hint: "write the data to a file first: it is read more than once"))
    }
  }

  /// Takes bytes in memory, handed out at most `chunk` at a time.
  init(_ bytes: [UInt8], name: String, chunk: Int) {
    self.name = name
    source = .memory(bytes, chunk: max(1, chunk))
  }

  /// Takes what a function writes; 0 ends it.
  init(name: String, _ fill: @escaping (UnsafeMutableRawBufferPointer) -> Int) {
    self.name = name
    source = .function(fill)
  }

  deinit {
    if case .descriptor(let descriptor) = source { close(descriptor) }
  }

  /// Copies the next bytes into a buffer and returns how many; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputError) -> Int {
    guard let base = buffer.baseAddress, buffer.count > 0 else { return 0 }
    switch source {
    case .descriptor(let descriptor):
      while true {
        let count = Self.systemRead(descriptor, base, buffer.count)
        if count >= 0 { return count }
        if errno == EINTR { continue }
        throw InputError(
          Diagnostic(file: name, message: "cannot read: \(Self.reason(errno))"))
      }
    case .memory(let bytes, let chunk):
      let count = min(bytes.count - position, chunk, buffer.count)
      guard count > 0 else { return 0 }
      bytes.withUnsafeBytes { all in
        base.copyMemory(from: all.baseAddress.unsafelyUnwrapped + position, byteCount: count)
      }
      position += count
      return count
    case .function(let fill):
      return max(0, min(fill(buffer), buffer.count))
    }
  }

  private static func systemRead(
    _ descriptor: Int32, _ target: UnsafeMutableRawPointer, _ count: Int
  ) -> Int {
    #if canImport(Glibc)
      return Glibc.read(descriptor, target, count)
    #elseif canImport(Musl)
      return Musl.read(descriptor, target, count)
    #else
      return Darwin.read(descriptor, target, count)
    #endif
  }

  private static func reason(_ code: Int32) -> String {
    switch code {
    case EACCES, EPERM: return "permission denied"
    case EISDIR: return "it is a directory"
    case ELOOP: return "too many symbolic links"
    case EMFILE, ENFILE: return "too many open files"
    case EIO: return "input/output error"
    default: return "system error \(code)"
    }
  }
}
