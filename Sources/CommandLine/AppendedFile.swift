import Tables

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that one process adds to, piece by piece; each piece is with the system when `append`
/// returns, so that the process' end takes nothing of it.
package final class AppendedFile {
  private let path: String
  private let descriptor: Int32
  /// The file's length in bytes.
  package private(set) var length: Int

  /// Opens a file, or makes it, and keeps other processes from adding to it.
  ///
  /// - Throws: `OutputError` where it cannot be written to; `InputError` where another process adds
  ///   to it.
  package init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw OutputError(
        place: path, message: "cannot be made: \(OutputError.systemReason)",
        kind: errno == ENOSPC || errno == EDQUOT ? .writingFailed : .cannotCreate)
    }
    length = 0
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      throw InputError(
        file: path, message: "another process is writing to this file",
        hint: "wait for it, or give each its own '--out' or '--shard'")
    }
    length = Int(lseek(descriptor, 0, SEEK_END))
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Cuts the file to a length.
  package func cut(to length: Int) throws {
    if length == self.length { return }
    guard ftruncate(descriptor, off_t(length)) == 0 else { throw fault() }
    self.length = length
  }

  /// Adds text at the end; where that fails, the file is as it was.
  package func append(_ text: String) throws {
    let bytes = Array(text.utf8)
    guard writeAll(bytes, to: descriptor) else {
      let error = fault()
      ftruncate(descriptor, off_t(length))
      throw error
    }
    length += bytes.count
  }

  private func fault() -> OutputError {
    OutputError(place: path, message: "cannot write: \(OutputError.systemReason)")
  }
}
