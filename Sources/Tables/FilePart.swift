#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Parts of a file, read in any order.
package final class FilePart {
  private let path: String
  private let descriptor: Int32
  /// The file's length in bytes when it was opened.
  package let count: Int

  /// Opens a file.
  ///
  /// - Throws: `missingFile` where there is none that can be read.
  package init(_ path: String) throws(InputError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      count = 0
      throw InputError(kind: .missingFile, file: path, message: "the file cannot be read")
    }
    count = Int(lseek(descriptor, 0, SEEK_END))
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The bytes from an offset on, at most `most` of them.
  ///
  /// - Throws: `badData` where the system refuses.
  package func read(_ offset: Int, _ most: Int) throws(InputError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max(0, min(most, count - offset)))
    var filled = 0
    while filled < bytes.count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        pread(
          descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled,
          off_t(offset + filled))
      }
      if got > 0 {
        filled += got
      } else if got == 0 || errno != EINTR {
        throw InputError(file: path, message: "the file cannot be read to its end")
      }
    }
    return bytes
  }
}
