import Tables

/// Where a trace's bytes come from; opened once for every reading of it.
package struct TraceInput: Sendable {
  private enum Source: Sendable {
    case file
    case bytes([UInt8], chunk: Int)
    case days([TraceInput])
    case generated(@Sendable () -> ((UnsafeMutableRawBufferPointer) -> Int))
  }

  /// The name that diagnostics and the summary carry.
  package let name: String
  private let source: Source

  /// A file, by path.
  package static func file(_ path: String) -> TraceInput { TraceInput(name: path, source: .file) }

  /// What a user names: a file, or "-" and pipes, which are read to the end and kept, since a trace is
  /// gone over more than once.
  ///
  /// - Throws: as `InputFile.bytes` for what can be read only once.
  package static func given(_ path: String) throws(InputError) -> TraceInput {
    if path != "-", !InputFile.isStream(path) { return .file(path) }
    let bytes = try InputFile.bytes(at: path == "-" ? "/dev/stdin" : path)
    return .bytes(bytes, name: path == "-" ? "standard input" : path)
  }

  /// The SHA-256 of the bytes as they are stored; of what was kept, unpacked, where they came through
  /// a pipe.
  package func sha256() throws(InputError) -> String {
    if case .bytes(let bytes, _) = source { return SHA256.hex(bytes) }
    return try SHA256.hex(ofFile: name)
  }

  /// Bytes in memory, handed out at most `chunk` at a time.
  package static func bytes(_ bytes: [UInt8], name: String, chunk: Int = .max) -> TraceInput {
    TraceInput(name: name, source: .bytes(bytes, chunk: chunk))
  }

  /// Bytes that a function makes; it is asked anew for every reading and must give the same.
  package static func generated(
    name: String, _ make: @escaping @Sendable () -> ((UnsafeMutableRawBufferPointer) -> Int)
  ) -> TraceInput {
    TraceInput(name: name, source: .generated(make))
  }

  /// The files of consecutive days, in order; only per-minute counts are published so.
  package static func days(_ files: [TraceInput]) -> TraceInput {
    TraceInput(name: files.first?.name ?? "", source: .days(files))
  }

  /// The files one by one; the input itself where it is a single one.
  var parts: [TraceInput] {
    if case .days(let files) = source { return files }
    return [self]
  }

  /// Opens the bytes at their start: those of the first day where there are several.
  package func open() throws(InputError) -> ByteStream {
    switch source {
    case .file: return try ByteStream(path: name)
    case .days(let files):
      return try files.first?.open() ?? ByteStream(name: name, bytes: [])
    case .bytes(let bytes, let chunk): return ByteStream(name: name, bytes: bytes, chunk: chunk)
    case .generated(let make): return ByteStream(name: name, fill: make())
    }
  }

  /// The first `limit` bytes, or all there are.
  func head(_ limit: Int) throws(InputError) -> [UInt8] { try open().peek(limit) }
}
