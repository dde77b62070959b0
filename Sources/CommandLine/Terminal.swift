#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What standard output and standard error lead to.
package struct Terminal: Sendable {
  /// Whether results are read by a person.
  package var isOutputTerminal: Bool
  /// Whether progress and diagnostics are read by a person.
  package var isErrorTerminal: Bool
  /// The columns of the terminal results go to; nil in a pipe or a file.
  package var width: Int?

  /// Looks at the process's own streams.
  package static func current() -> Terminal {
    let isOutput = isatty(STDOUT_FILENO) == 1
    var size = winsize()
    var width: Int?
    if isOutput, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      width = Int(size.ws_col)
    }
    return Terminal(
      isOutputTerminal: isOutput, isErrorTerminal: isatty(STDERR_FILENO) == 1, width: width)
  }

  /// Whether the environment asks for no colour (no-color.org), or the terminal knows none.
  package static var environmentForbidsColor: Bool {
    if let value = getenv("NO_COLOR"), value[0] != 0 { return true }
    guard let kind = getenv("TERM") else { return true }
    return String(cString: kind) == "dumb"
  }

  /// The number of processors this process may use, at least 1.
  package static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

/// Ends the process.
package func exitProcess(with status: Int32) -> Never { exit(status) }
