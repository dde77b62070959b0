#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A place where results could not be written.
package struct OutputError: Error, CustomStringConvertible {
  /// What could not be done, which decides the exit code.
  package enum Kind: Sendable {
    /// The output could not be made.
    case cannotCreate
    /// It could not be written.
    case writingFailed
  }

  /// The file or stream, as the user knows it.
  package var place: String
  /// What went wrong.
  package var message: String
  /// A way out, where one is known.
  package var hint: String?
  /// What could not be done.
  package var kind = Kind.writingFailed

  package var description: String { "\(place): error: \(message)" }

  /// The system's words for the last failed call.
  package static var systemReason: String { String(cString: strerror(errno)) }
}

/// Standard output, buffered; a failed write is kept and told once, at the end.
package final class StandardOutput {
  /// The failed write, if any.
  package private(set) var failure: OutputError?
  /// Whether whoever read it went away: results are lost, but nobody is there who would want to
  /// hear of it.
  package private(set) var isAbandoned = false
  private var buffer: [UInt8] = []
  private var isClosed = false

  /// Makes closed pipes an error code instead of a signal, and keeps descriptors 0 to 2 occupied,
  /// so that no file of results takes the place of a stream that was closed at the start.
  package init() {
    signal(SIGPIPE, SIG_IGN)
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
      // Opened for the wrong direction on purpose: writing to it still fails and is reported.
      _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Adds text to standard output.
  package func write(_ text: String) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count > 1 << 16 { flush() }
  }

  /// Hands everything written so far to the system.
  package func flush() {
    let bytes = buffer
    buffer.removeAll(keepingCapacity: true)
    if isClosed || writeAll(bytes, to: STDOUT_FILENO) { return }
    isClosed = true
    if errno == EPIPE {
      isAbandoned = true
    } else {
      failure = OutputError(
        place: "standard output", message: "cannot write: \(OutputError.systemReason)")
    }
  }
}

/// Standard error, unbuffered; failures have nowhere to go.
package enum StandardError {
  /// Writes text to standard error.
  package static func write(_ text: String) { _ = writeAll(Array(text.utf8), to: STDERR_FILENO) }
}

/// Hands all bytes to the system, however many it takes at a time and whatever signals come between.
///
/// - Returns: whether it took them; where not, `errno` says why.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
  bytes.withUnsafeBytes { all in
    var rest = all[...]
    while !rest.isEmpty {
      let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}
