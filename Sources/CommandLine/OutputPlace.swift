import Tables

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a flag's value names, where results go there.
package enum OutputPlace: Sendable, Equatable {
  /// A file.
  case file
  /// A folder, made where it is missing.
  case folder
  /// A file where the name ends so, else a folder.
  case folderOrFile(ending: String)

  /// Holds that results can go to a path, by beginning a file there and dropping it. Nothing is left
  /// behind.
  ///
  /// - Throws: `InputError` where something else stands there or the folder of a file is missing,
  ///   `OutputError` where nothing can be made.
  package func check(_ path: String) throws {
    switch self {
    case .file: try OutputFile(at: path).discard()
    case .folder: try Self.checkFolder(path)
    case .folderOrFile(let ending):
      try (path.hasSuffix(ending) ? Self.file : Self.folder).check(path)
    }
  }

  private static func checkFolder(_ path: String) throws {
    var (place, status) = (path, stat())
    var isThere = stat(place, &status) == 0
    while !isThere {
      // What is missing will be made in the nearest folder above that is there.
      guard errno == ENOENT || errno == ENOTDIR, let above = parent(of: place) else { break }
      place = above
      isThere = stat(place, &status) == 0
    }
    if isThere, status.st_mode & S_IFMT != S_IFDIR {
      throw InputError(
        kind: .usage, Diagnostic(file: place, message: "expected a folder, found a file"))
    }
    guard let obstacle = OutputFile.obstacle(inFolder: place) else { return }
    throw OutputError(
      place: path, message: "no file can be made in this folder: \(obstacle.reason)",
      kind: obstacle.kind)
  }

  private static func parent(of path: String) -> String? {
    var name = path[...]
    while name.count > 1, name.last == "/" { name.removeLast() }
    if name == "/" || name == "." || name.isEmpty { return nil }
    guard let cut = name.lastIndex(of: "/") else { return "." }
    return cut == name.startIndex ? "/" : String(name[..<cut])
  }
}
