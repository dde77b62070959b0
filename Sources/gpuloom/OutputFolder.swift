import Tables

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The folder of `--out`: files appear in it whole or not at all.
struct OutputFolder {
  /// The folder as the user named it.
  let path: String

  /// Makes the folder where it is missing.
  ///
  /// - Throws: `InputError` of kind `usage` where the path is a file, `OutputError` where the folder
  ///   cannot be made.
  init(_ path: String) throws {
    self.path = path
    if path.utf8.contains(0) || path.isEmpty {
      throw InputError(kind: .usage, Diagnostic(message: "expected a folder's path after '--out'"))
    }
    try Self.make(path)
  }

  /// Writes a file of the folder at once; `name` may hold subfolders.
  func write(_ name: String, _ text: String) throws {
    let file = try open(name)
    try file.write(text)
    try file.commit()
  }

  /// Opens a file of the folder to be written piece by piece.
  func open(_ name: String) throws -> OutputFile {
    if let cut = name.lastIndex(of: "/") { try Self.make(path + "/" + name[..<cut]) }
    return try OutputFile(at: path + (path.hasSuffix("/") ? "" : "/") + name)
  }

  private static func make(_ path: String) throws {
    var status = stat()
    if stat(path, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR { return }
      throw InputError(
        kind: .usage, Diagnostic(file: path, message: "expected a folder, found a file"))
    }
    if let cut = path.lastIndex(of: "/"), cut != path.startIndex { try make(String(path[..<cut])) }
    if path.hasSuffix("/") { return }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw OutputError(
        place: path, message: "cannot make the folder: \(OutputError.systemReason)")
    }
  }
}

/// A file that takes its name only when it is complete: it is written beside it and then renamed.
final class OutputFile {
  /// The path it will have.
  let path: String
  private let temporary: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []

  /// Starts a file.
  ///
  /// - Throws: `OutputError` where it cannot be made, `InputError` where the path is a folder.
  init(at path: String) throws {
    self.path = path
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw InputError(
        kind: .usage, Diagnostic(file: path, message: "expected a file, found a folder"))
    }
    let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    temporary = "\(path[..<cut]).\(path[cut...]).\(getpid()).part"
    Interrupt.started(temporary)
    // What stands there can only be left from a process that had this one's number.
    unlink(temporary)
    descriptor = systemOpen(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor < 0 {
      Interrupt.finished(temporary)
      throw fault()
    }
  }

  deinit { discard() }

  /// Adds text.
  func write(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    if buffer.count > 1 << 16 { try flush() }
  }

  /// Adds bytes.
  func write(bytes: some Sequence<UInt8>) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count > 1 << 16 { try flush() }
  }

  /// Gives the file its name; what stood there before is replaced.
  func commit() throws {
    try flush()
    // A file system that cannot sync (EINVAL) has still taken the bytes.
    if fsync(descriptor) != 0, errno != EINVAL, errno != EROFS { throw fault() }
    let status = close(descriptor)
    descriptor = -1
    guard status == 0, rename(temporary, path) == 0 else {
      let error = fault()
      unlink(temporary)
      Interrupt.finished(temporary)
      throw error
    }
    Interrupt.finished(temporary)
  }

  /// Drops the file; after `commit()` nothing happens.
  func discard() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporary)
    Interrupt.finished(temporary)
    descriptor = -1
  }

  private func flush() throws {
    var bytes = buffer[...]
    buffer.removeAll(keepingCapacity: true)
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno != EINTR {
        let error = fault()
        discard()
        throw error
      }
    }
  }

  private func fault() -> OutputError {
    OutputError(place: path, message: "cannot write: \(OutputError.systemReason)")
  }
}

/// The system's `open`, under a name no method hides.
private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
  open(path, flags, mode)
}
