import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Looks into folders and at where this process runs, for the modules that know no Foundation.
package enum InputFolder {
  /// The names in a folder, sorted; empty where it cannot be read.
  package static func names(at path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  /// Whether a file or folder is there.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The value of an environment variable; nil where unset or empty.
  package static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// The working directory.
  package static var workingDirectory: String { FileManager.default.currentDirectoryPath }

  /// The folder this program's file stands in, links resolved; nil where it cannot be told.
  package static var executableFolder: String? {
    let program =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments.first
    guard let program, let cut = program.lastIndex(of: "/") else { return nil }
    return String(program[..<cut])
  }
}
