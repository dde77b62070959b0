import Tables

/// Reads a profiler's own export, whatever the profiler, told by the file's content.
///
/// ```swift
/// let profile = try ProfileImport.open(path: "profile.json")
/// let table = try profile.selection(.automatic).kernelTable(ProfileTableOptions())
/// ```
package enum ProfileImport {
  /// The profile in a file; gzip is unpacked on the way.
  ///
  /// - Throws: `missingFile` where there is no such file; `badData`, with every fault found up to
  ///   20, for anything that is not wholly understood; `usage` for a filter on a column that is
  ///   not there.
  package static func open(
    path: String, options: ProfileImportOptions = ProfileImportOptions()
  ) throws(InputError) -> ImportedProfile {
    try read(ByteStream(path: path, mayBePipe: true), options)
  }

  /// The profile in bytes; `name` is what diagnostics show.
  ///
  /// - Throws: as `open(path:options:)`.
  package static func read(
    bytes: [UInt8], name: String, options: ProfileImportOptions = ProfileImportOptions()
  ) throws(InputError) -> ImportedProfile {
    try read(ByteStream(name: name, bytes: bytes), options)
  }

  /// Reads a stream, whose format is one of these.
  static func read(
    _ input: ByteStream, _ options: ProfileImportOptions,
    formats: [TableFormat] = ProfileFormat.catalogue
  ) throws(InputError) -> ImportedProfile {
    func refuse(_ isGiven: Bool, _ message: String) throws(InputError) {
      guard isGiven else { return }
      throw InputError(kind: .usage, file: input.name, message: message)
    }
    func collector(_ format: ProfileFormat) -> ImportCollector {
      ImportCollector(file: input.name, format: format, options: options)
    }
    let stray = "a further file belongs only to trtexec's and REEF's JSON"
    let head = try input.peek(4096)
    if NsysDatabaseReader.isBegun(head) {
      try refuse(
        !options.filters.isEmpty || !options.companions.isEmpty,
        "an nsys database takes no filters and no further files")
      let into = collector(.nsysDatabase)
      try NsysDatabaseReader(input, into).read()
      return try into.finish()
    }
    try JSONDocument.refuseForeign(head, file: input.name)
    guard JSONDocument.isBegun(head) else {
      try refuse(!options.companions.isEmpty, stray)
      let rows = CSVRows(input, refusing: .nul)
      let (format, header) = try TableDetection(formats).findHeader(rows)
      let into = collector(format.format)
      try format.read(rows, header, into)
      return try into.finish()
    }
    try refuse(!options.filters.isEmpty, "only the rows of CSV files can be chosen")
    if JSONDocument.isWhole(head) {
      var inputs = [input]
      for path in options.companions { inputs.append(try ByteStream(path: path, mayBePipe: true)) }
      return try JSONDocuments(inputs).profile(options)
    }
    try refuse(!options.companions.isEmpty, stray)
    let into = collector(.kineto)
    try KinetoReader(try JSONStream(input), into).read()
    return try into.finish()
  }
}
