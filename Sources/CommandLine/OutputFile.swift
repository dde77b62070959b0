import Tables

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that takes its name only when it is complete: it is written beside it and then renamed.
package final class OutputFile {
  /// The path it will have, as it was named.
  package let path: String
  /// The same, or where that is a link, what it leads to.
  private let target: String
  private let temporary: String
  /// Below 0 once everything is written.
  private var descriptor: Int32
  /// Whether the file beside the path is gone: it has its name, or was dropped.
  private var isOver = false
  private var buffer: [UInt8] = []

  /// Starts a file.
  ///
  /// - Throws: `OutputError` where it cannot be made, `InputError` where the path is a folder or a
  ///   device, or its folder is missing.
  package init(at path: String) throws {
    self.path = path
    try Self.check(path)
    let target = Self.target(of: path)
    self.target = target
    let cut = target.lastIndex(of: "/").map { target.index(after: $0) } ?? target.startIndex
    temporary = "\(target[..<cut]).\(target[cut...]).\(getpid()).part"
    Interrupt.started(temporary)
    // What stands there can only be left from a process that had this one's number.
    unlink(temporary)
    descriptor = systemOpen(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor < 0 {
      isOver = true
      let isMissing = errno == ENOENT
      let error = fault(Self.creationFailure)
      Interrupt.finished(temporary)
      if isMissing {
        throw InputError(
          kind: .missingFile,
          Diagnostic(file: path, message: "the folder for this file is not there"))
      }
      throw error
    }
    // Who may read a file does not change with its content.
    var status = stat()
    if stat(target, &status) == 0 { fchmod(descriptor, status.st_mode & 0o7777) }
  }

  /// Holds that a file can take this name.
  ///
  /// - Throws: `InputError` where the path is a folder, or a device or pipe, which a rename would
  ///   put a file in the place of.
  package static func check(_ path: String) throws(InputError) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    throw InputError(
      kind: .usage,
      Diagnostic(
        file: path, message: "expected a file, found a " + (isFolder ? "folder" : "device or pipe"))
    )
  }

  /// Why no file can be made in a folder, in the system's words; nil where one can. None is left.
  static func obstacle(inFolder folder: String) -> (reason: String, kind: OutputError.Kind)? {
    let place = folder + (folder.hasSuffix("/") ? "" : "/") + ".gpuloom.\(getpid()).part"
    Interrupt.started(place)
    defer { Interrupt.finished(place) }
    unlink(place)
    let descriptor = systemOpen(place, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor < 0 { return (OutputError.systemReason, creationFailure) }
    close(descriptor)
    unlink(place)
    return nil
  }

  /// What a failed attempt to make a file is: a full disk lets no file be made either.
  private static var creationFailure: OutputError.Kind {
    errno == ENOSPC || errno == EDQUOT ? .writingFailed : .cannotCreate
  }

  /// The file that a link leads to; any other name itself.
  private static func target(of name: String) -> String {
    var status = stat()
    guard lstat(name, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
      let real = realpath(name, nil)
    else { return name }
    defer { free(real) }
    return String(cString: real)
  }

  deinit { discard() }

  /// Removes what processes of this machine that are gone left half-written in a folder.
  package static func removeAbandoned(in folder: String) {
    for name in InputFolder.names(at: folder) where name.hasPrefix(".") && name.hasSuffix(".part") {
      let words = name.split(separator: ".")
      guard words.count >= 3, let process = pid_t(words[words.count - 2]), process > 0,
        kill(process, 0) != 0, errno == ESRCH
      else { continue }
      unlink(folder + "/" + name)
    }
  }

  /// Writes a file whole, or not at all.
  ///
  /// - Throws: as `init(at:)` and `commit(isSynced:)`.
  package static func write(_ text: String, to path: String) throws {
    let file = try OutputFile(at: path)
    try file.write(text)
    try file.commit()
  }

  /// Adds text.
  package func write(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    if buffer.count > 1 << 16 { try flush() }
  }

  /// Adds bytes.
  package func write(bytes: some Sequence<UInt8>) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count > 1 << 16 { try flush() }
  }

  /// Writes what is left, to the disk; the name is still another's.
  ///
  /// - Parameter isSynced: whether it must be there after a crash of the machine too, which takes a
  ///   while for each file.
  package func complete(isSynced: Bool = true) throws {
    guard descriptor >= 0 else { return }
    try flush()
    // A file system that cannot sync (EINVAL) has still taken the bytes.
    if isSynced, fsync(descriptor) != 0, errno != EINVAL, errno != EROFS { throw fault() }
    let status = close(descriptor)
    descriptor = -1
    if status != 0 { throw fault() }
  }

  /// Gives the file its name; what stood there before is replaced.
  package func commit(isSynced: Bool = true) throws {
    try complete(isSynced: isSynced)
    guard rename(temporary, target) == 0 else { throw fault() }
    isOver = true
    Interrupt.finished(temporary)
  }

  /// Drops the file; after `commit()` nothing happens.
  package func discard() {
    if isOver { return }
    isOver = true
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    unlink(temporary)
    Interrupt.finished(temporary)
  }

  private func flush() throws {
    let bytes = buffer
    buffer.removeAll(keepingCapacity: true)
    if writeAll(bytes, to: descriptor) { return }
    let error = fault()
    discard()
    throw error
  }

  private func fault(_ kind: OutputError.Kind = .writingFailed) -> OutputError {
    let what = kind == .cannotCreate ? "cannot be made" : "cannot write"
    return OutputError(
      place: path, message: "\(what): \(OutputError.systemReason)", kind: kind)
  }
}

/// The system's `open`, under a name no method hides.
private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
  open(path, flags, mode)
}
