import Tables

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The folder of `--out`: a command's files appear in it together and whole, or not at all.
///
/// Nothing is written outside of it, whatever the names that data files give: a name is one file's,
/// `fileName(_:)`. A folder that was made for files that never came is gone with this object.
package final class OutputFolder {
  /// The folder as the user named it.
  package let path: String
  private var files: [OutputFile] = []
  /// Names in use, as a file system that ignores case has them.
  private var taken: Set<String> = []
  /// Folders made for files that are not there yet, outer ones first.
  private var made: [String] = []

  /// Makes the folder where it is missing.
  ///
  /// - Throws: `InputError` of kind `usage` where the path is a file, `OutputError` where the folder
  ///   cannot be made.
  package init(_ path: String) throws {
    self.path = path
    if path.utf8.contains(0) || path.isEmpty {
      throw InputError(kind: .usage, Diagnostic(message: "expected a folder's path after '--out'"))
    }
    do { try make(path) } catch {
      drop()
      throw error
    }
  }

  deinit { drop() }

  /// Makes a folder that stays, also where nothing is put into it.
  ///
  /// - Throws: as `init(_:)`.
  package static func make(_ path: String) throws {
    let folder = try OutputFolder(path)
    folder.made.forEach(Interrupt.finished)
    folder.made = []
  }

  // MARK: Files

  /// Adds a file that is there from `commit()` on.
  package func write(_ name: String, in subfolder: String? = nil, _ text: String) throws {
    let file = try open(name, in: subfolder)
    try file.write(text)
    // Its descriptor is needed no more; a command may have many files.
    try file.complete()
  }

  /// Opens a file to be written piece by piece; it is there from `commit()` on.
  ///
  /// - Throws: `InputError` where another file of the command has the name, `OutputError` where the
  ///   file cannot be made.
  package func open(_ name: String, in subfolder: String? = nil) throws -> OutputFile {
    let place = try Self.fileName(name, in: subfolder)
    try Self.take(place, &taken)
    if let subfolder { try make(file(Self.fileName(subfolder))) }
    let file = try OutputFile(at: file(place))
    files.append(file)
    return file
  }

  /// Holds names to come against each other and against what stands there, and begins a file of each
  /// name and drops it, so that no long run ends in one that cannot be written.
  ///
  /// - Throws: as `open(_:in:)`.
  package func check(_ names: [String]) throws {
    var taken = taken
    for name in names {
      let place = try Self.fileName(name)
      try Self.take(place, &taken)
      try OutputFile(at: file(place)).discard()
    }
  }

  /// Gives all files their names, once all are written and none is in the way.
  ///
  /// - Parameter leftovers: files of an earlier run that this one does not have; they are removed.
  package func commit(removing leftovers: [String] = []) throws {
    for file in files { try file.complete() }
    for file in files { try OutputFile.check(file.path) }
    for file in files { try file.commit() }
    files = []
    made.forEach(Interrupt.finished)
    made = []
    for name in leftovers {
      let place = file(try Self.fileName(name))
      guard unlink(place) == 0 || errno == ENOENT else {
        throw OutputError(
          place: place,
          message: "cannot remove what an earlier run left: \(OutputError.systemReason)")
      }
    }
  }

  /// Where a file of the folder is.
  package func file(_ name: String) -> String { path + (path.hasSuffix("/") ? "" : "/") + name }

  private func drop() {
    for file in files { file.discard() }
    for folder in made.reversed() {
      // A folder that somebody else has put something into stays.
      rmdir(folder)
      Interrupt.finished(folder)
    }
    made = []
  }

  // MARK: Names

  /// The name a file has for a name of the user's data: what a path or a terminal takes for
  /// something else is written as `%` and two digits, so that different names stay different.
  ///
  /// - Throws: `InputError` where the name is longer than a file's may be.
  package static func fileName(_ name: String) throws(InputError) -> String {
    var result: [UInt8] = []
    for (i, byte) in name.utf8.enumerated() {
      let isControl = byte < 0x20 || byte == 0x7F
      if isControl || "/\\:%".utf8.contains(byte) || (i == 0 && byte == UInt8(ascii: ".")) {
        let digits = Array("0123456789ABCDEF".utf8)
        result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      } else {
        result.append(byte)
      }
    }
    // A file system takes 255 bytes; what is being written has a few more.
    if result.count > 230 {
      throw InputError(
        Diagnostic(message: "'\(name)' is too long a name for a file", hint: "give a shorter one"))
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func fileName(
    _ name: String, in subfolder: String?
  ) throws(InputError) -> String {
    (try subfolder.map { name throws(InputError) in try fileName(name) + "/" } ?? "")
      + (try fileName(name))
  }

  private static func take(_ place: String, _ taken: inout Set<String>) throws(InputError) {
    if taken.insert(place.lowercased()).inserted { return }
    throw InputError(
      Diagnostic(
        message: "two outputs would be the file '\(place)'",
        hint: "what files are named after must differ in more than case"))
  }

  // MARK: Folders

  private func make(_ path: String) throws {
    var status = stat()
    if stat(path, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR { return }
      throw InputError(
        kind: .usage, Diagnostic(file: path, message: "expected a folder, found a file"))
    }
    if let cut = path.lastIndex(of: "/"), cut != path.startIndex { try make(String(path[..<cut])) }
    if path.hasSuffix("/") { return }
    if mkdir(path, 0o777) == 0 {
      made.append(path)
      Interrupt.started(path)
    } else if errno != EEXIST {
      throw OutputError(
        place: path, message: "cannot make the folder: \(OutputError.systemReason)",
        kind: .cannotCreate)
    }
  }
}
