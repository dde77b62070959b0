#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The stored bytes of a file, or bytes already in memory, read once from front to back.
final class InflateFile {
  /// The file as the user named it.
  let name: String
  private var descriptor: Int32 = -1
  private var memory: [UInt8] = []
  private var position = 0

  /// Opens a file.
  ///
  /// - Throws: `missingFile` when there is none, `badData` for a folder or what cannot be read.
  init(path: String) throws(InputError) {
    name = path
    descriptor = open(path, O_RDONLY)
    if descriptor < 0 {
      let absent = errno == ENOENT || errno == ENOTDIR
      throw InputError(
        kind: absent ? .missingFile : .badData,
        Diagnostic(file: path, message: absent ? "no such file" : "cannot open: \(Self.reason())"))
    }
    var facts = stat()
    if fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR {
      close(descriptor)
      descriptor = -1
      throw InputError(Diagnostic(file: path, message: "expected a file, found a directory"))
    }
  }

  /// Takes bytes in memory under the name that diagnostics show.
  init(bytes: [UInt8], name: String) {
    self.name = name
    memory = bytes
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Copies up to `count` bytes to `target`; 0 only at the end.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws(InputError) -> Int {
    if descriptor < 0 {
      let n = min(count, memory.count - position)
      for i in 0..<n { target[i] = memory[position + i] }
      position += n
      return n
    }
    while true {
      let n = systemRead(target, count)
      if n >= 0 { return n }
      if errno == EINTR { continue }
      throw InputError(Diagnostic(file: name, message: "cannot read: \(Self.reason())"))
    }
  }

  private func systemRead(_ target: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    #if canImport(Glibc)
      return Glibc.read(descriptor, target, count)
    #elseif canImport(Musl)
      return Musl.read(descriptor, target, count)
    #else
      return Darwin.read(descriptor, target, count)
    #endif
  }

  private static func reason() -> String {
    guard let text = strerror(errno) else { return "error \(errno)" }
    return String(cString: text)
  }
}
