#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The folder of public sample files that stands beside a checkout on some machines.
///
/// Users have only the repository; tests that need the samples are disabled visibly without them.
public enum SharedFiles {
  /// The repository's root folder.
  public static let repositoryRoot: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/")
  }()

  /// The folder's path, where it exists.
  public static let folder: String? = {
    let parts = repositoryRoot.split(separator: "/").dropLast()
    let path = "/" + parts.joined(separator: "/") + "/shared"
    return access(path, R_OK) == 0 ? path : nil
  }()

  /// Whether the samples are there.
  public static var areAvailable: Bool { folder != nil }

  /// The path of a sample; of nothing where the samples are missing.
  public static func path(_ name: String) -> String { (folder ?? "/nonexistent") + "/" + name }
}
