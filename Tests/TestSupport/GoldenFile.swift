import FoundationEssentials

/// Files that tests compare with and rewrite when asked to.
public enum GoldenFile {
  /// Writes a file whole, making the folders above it.
  public static func write(_ text: String, to path: String) throws {
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    try FileManager.default.createDirectory(
      atPath: "/" + folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
  }
}
