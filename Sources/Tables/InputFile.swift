import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads a whole file of the user's, with the contract's errors.
///
/// For files that must be streamed use `ByteStream`.
package enum InputFile {
  /// The largest file that is read whole: larger ones are data, not descriptions.
  package static let sizeLimit = 256 << 20

  /// Whether there is something that can be read only once: a pipe, a socket, a terminal.
  package static func isStream(_ path: String) -> Bool {
    var status = stat()
    guard !path.utf8.contains(0), stat(path, &status) == 0 else { return false }
    let kind = status.st_mode & S_IFMT
    return kind != S_IFREG && kind != S_IFDIR
  }

  /// The file's bytes.
  ///
  /// - Throws: `InputError` of kind `missingFile` when it is not there or cannot be read, of kind
  ///   `badData` when it is a directory or larger than `sizeLimit`.
  package static func bytes(at path: String) throws(InputError) -> [UInt8] {
    func fail(_ kind: InputError.Kind, _ message: String, hint: String? = nil) -> InputError {
      InputError(kind: kind, Diagnostic(file: path, message: message, hint: hint))
    }
    if path.utf8.contains(0) { throw fail(.missingFile, "a path cannot hold a NUL byte") }
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw fail(.missingFile, "no such file", hint: nearestSibling(of: path))
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw fail(.badData, "expected a file, found a directory")
    }
    if Int(status.st_size) > sizeLimit {
      throw fail(.badData, "expected at most \(sizeLimit >> 20) MiB, found \(status.st_size) bytes")
    }
    guard let stream = try? ByteStream(path: path, mayBePipe: true) else {
      throw fail(.missingFile, "the file cannot be read")
    }
    guard let bytes = try stream.readAll(limit: sizeLimit) else {
      throw fail(.badData, "expected at most \(sizeLimit >> 20) MiB of data")
    }
    return bytes
  }

  /// The file's text.
  ///
  /// - Throws: as `bytes(at:)`, and `badData` at the first byte that is not UTF-8 or is NUL.
  package static func text(at path: String) throws(InputError) -> String {
    let bytes = try bytes(at: path)
    return try text(of: bytes, file: path)
  }

  /// Decodes bytes as UTF-8, dropping a byte order mark.
  ///
  /// - Throws: `badData` at the first byte that is not UTF-8 or is NUL.
  package static func text(of bytes: [UInt8], file: String) throws(InputError) -> String {
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    if let at = body.firstIndex(of: 0) {
      let (line, column) = position(of: at, in: body)
      throw InputError(
        Diagnostic(
          file: file, line: line, column: column, message: "expected text, found a NUL byte"))
    }
    guard let text = String(validating: body, as: UTF8.self) else {
      let at = body.withUnsafeBufferPointer { InvalidText.offset(in: $0) } ?? 0
      let (line, column) = position(of: at, in: body)
      throw InputError(
        Diagnostic(
          file: file, line: line, column: column,
          message: body.withUnsafeBufferPointer { InvalidText.message($0, at: at) }))
    }
    return text
  }

  /// The line and column, from 1, of a byte offset.
  static func position(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
    var line = 1
    var start = 0
    for i in 0..<offset where bytes[i] == 10 {
      line += 1
      start = i + 1
    }
    return (line, offset - start + 1)
  }

  private static func nearestSibling(of path: String) -> String? {
    let cut = path.lastIndex(of: "/")
    let folder = cut.map { String(path[..<$0]) } ?? "."
    let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      return nil
    }
    guard let near = NearestName.of(name, in: names.sorted()), near != name
    else { return nil }
    return "did you mean '\(cut == nil ? near : folder + "/" + near)'?"
  }
}
