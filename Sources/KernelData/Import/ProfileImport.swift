import Tables

/// Reads a profiler's own export, whatever the profiler, told by the file's content.
///
/// ```swift
/// let profile = try ProfileImport.open(path: "profile.json")
/// let table = try profile.selection(.automatic).kernelTable(ProfileTableOptions())
/// ```
public enum ProfileImport {
  /// The profile in a file; gzip is unpacked on the way.
  ///
  /// - Throws: `missingFile` where there is no such file; `badData`, with every fault found up to
  ///   20, for anything that is not wholly understood; `usage` for a filter on a column that is
  ///   not there.
  public static func open(
    path: String, options: ProfileImportOptions = ProfileImportOptions()
  ) throws(InputError) -> ImportedProfile {
    try read(ByteStream(path: path, mayBePipe: true), options)
  }

  /// The profile in bytes; `name` is what diagnostics show.
  ///
  /// - Throws: as `open(path:options:)`.
  public static func read(
    bytes: [UInt8], name: String, options: ProfileImportOptions = ProfileImportOptions()
  ) throws(InputError) -> ImportedProfile {
    try read(ByteStream(name: name, bytes: bytes), options)
  }

  private static func read(
    _ input: ByteStream, _ options: ProfileImportOptions
  ) throws(InputError) -> ImportedProfile {
    let head = try input.peek(4096)
    if head.starts(with: "SQLite format 3\0".utf8) { return try readDatabase(input, options) }
    try ImportDetection.refuse(head: head, file: input.name)
    if isJSON(head) {
      if !options.filters.isEmpty {
        throw InputError(
          kind: .usage,
          Diagnostic(file: input.name, message: "only the rows of CSV files can be chosen"))
      }
      return try JSONProfileReader(input, options).read(head: head)
    }
    if !options.companions.isEmpty {
      throw InputError(
        kind: .usage,
        Diagnostic(
          file: input.name, message: "a further file belongs only to trtexec's and REEF's JSON"))
    }
    return try readRows(ImportRows(input), options)
  }

  private static func readDatabase(
    _ input: ByteStream, _ options: ProfileImportOptions
  ) throws(InputError) -> ImportedProfile {
    if !options.filters.isEmpty || !options.companions.isEmpty {
      throw InputError(
        kind: .usage,
        Diagnostic(
          file: input.name, message: "an nsys database takes no filters and no further files"))
    }
    let into = ImportCollector(file: input.name, format: .nsysDatabase, options: options)
    try NsysDatabaseReader(input, into).read()
    return try into.finish()
  }

  private static func isJSON(_ head: [UInt8]) -> Bool {
    let body = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head.dropFirst(3) : head[...]
    let first = body.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

  private static func readRows(
    _ rows: ImportRows, _ options: ProfileImportOptions
  ) throws(InputError) -> ImportedProfile {
    let (format, header) = try ImportDetection.findHeader(rows)
    let into = ImportCollector(file: rows.fileName, format: format, options: options)
    switch format {
    case .nsys: try NsysReader.read(rows, header, into)
    case .nvprof: try NvprofReader.read(rows, header, into)
    case .ncuDetails: try NcuDetailsReader.read(rows, header, into)
    case .ncuRaw: try NcuRawReader.read(rows, header, into)
    case .rocprof, .rocprof3: try RocprofReader.read(rows, header, into)
    case .orion: try OrionReader.read(rows, header, into)
    case .neusight: try NeuSightReader.readOperators(rows, header, into)
    case .neusightGraph: try NeuSightReader.readGraph(rows, header, into)
    case .vidur: try VidurReader.read(rows, header, into)
    case .kinetoRows: try KinetoRowsReader.read(rows, header, into)
    case .gemmRows: try GemmRowsReader.read(rows, header, into)
    case .kineto, .trtexec, .reef, .nsysDatabase: break
    }
    return try into.finish()
  }
}
