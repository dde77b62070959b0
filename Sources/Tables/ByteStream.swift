#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A source of bytes read once from its start, in chunks, so that memory does not grow with a file.
///
/// Only regular files are opened by path: readers that go over a file twice need it to stay there.
public final class ByteStream {
  /// The name that diagnostics carry.
  public let name: String

  private enum Source {
    case descriptor(Int32)
    case bytes([UInt8], chunk: Int)
    case generated((UnsafeMutableRawBufferPointer) -> Int)
  }

  private var source: Source
  private var position = 0

  /// Opens a file.
  ///
  /// - Throws: `missingFile` when nothing is there; `badData` for a directory, a pipe, or a file
  ///   that may not be read.
  public init(path: String) throws(InputError) {
    name = path
    source = .bytes([], chunk: 1)
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw InputError(
        kind: .missingFile, Diagnostic(file: path, message: "a file name may not be empty"))
    }
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let isMissing = errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG
      throw InputError(
        kind: isMissing ? .missingFile : .badData,
        Diagnostic(
          file: path, message: isMissing ? "no such file" : "cannot open: \(Self.reason(errno))"))
    }
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    let type = status.st_mode & S_IFMT
    guard isKnown, type == S_IFREG else {
      close(descriptor)
      let isDirectory = isKnown && type == S_IFDIR
      throw InputError(
        Diagnostic(
          file: path, message: isDirectory ? "is a directory, not a file" : "is not a regular file",
          hint: isDirectory ? nil : "write the data to a file first: it is read more than once"))
    }
    source = .descriptor(descriptor)
  }

  /// Reads from memory, at most `chunk` bytes at a time.
  public init(name: String, bytes: [UInt8], chunk: Int = .max) {
    self.name = name
    source = .bytes(bytes, chunk: max(1, chunk))
  }

  /// Reads from `fill`, which writes bytes into the buffer and returns how many; 0 ends the stream.
  public init(name: String, fill: @escaping (UnsafeMutableRawBufferPointer) -> Int) {
    self.name = name
    source = .generated(fill)
  }

  deinit {
    if case .descriptor(let descriptor) = source { close(descriptor) }
  }

  /// Reads the next bytes into `buffer` and returns how many; 0 at the end.
  ///
  /// - Throws: `badData` when the system refuses the read.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputError) -> Int {
    guard let base = buffer.baseAddress, buffer.count > 0 else { return 0 }
    switch source {
    case .descriptor(let descriptor):
      while true {
        #if canImport(Glibc)
          let count = Glibc.read(descriptor, base, buffer.count)
        #elseif canImport(Musl)
          let count = Musl.read(descriptor, base, buffer.count)
        #else
          let count = Darwin.read(descriptor, base, buffer.count)
        #endif
        if count >= 0 { return count }
        if errno == EINTR { continue }
        throw InputError(
          Diagnostic(file: name, message: "cannot read: \(Self.reason(errno))"))
      }
    case .bytes(let bytes, let chunk):
      let count = min(bytes.count - position, chunk, buffer.count)
      guard count > 0 else { return 0 }
      bytes.withUnsafeBytes { all in
        base.copyMemory(from: all.baseAddress.unsafelyUnwrapped + position, byteCount: count)
      }
      position += count
      return count
    case .generated(let fill):
      return max(0, min(fill(buffer), buffer.count))
    }
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
