import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ctrl-C as a question: a command that keeps what it finished asks between runs and stops early.
///
/// Commands that never ask end at once; either way no half-written file stays behind.
package enum Interrupt {
  private static let isWatched = Atomic<Bool>(false)
  private static let flag = Atomic<Bool>(false)
  /// The names of files being written and of folders made for them, for the handler, which may
  /// neither allocate nor lock.
  nonisolated(unsafe) private static let unfinished:
    UnsafeMutableBufferPointer<
      UnsafeMutablePointer<CChar>?
    > = {
      let slots = UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: 256)
      slots.initialize(repeating: nil)
      return slots
    }()
  private static let lock = Mutex(false)

  /// Whether the user (or the system, by SIGTERM) asked to stop since `watch()`.
  package static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Starts to note the first Ctrl-C instead of dying from it; the second one ends the process.
  package static func watch() {
    isWatched.store(true, ordering: .relaxed)
    install()
  }

  /// Has a file, or a folder that is empty then, removed if the process is ended before
  /// `finished(_:)`.
  package static func started(_ path: String) {
    install()
    lock.withLock { _ in
      guard let slot = unfinished.firstIndex(where: { $0 == nil }) else { return }
      unfinished[slot] = strdup(path)
    }
  }

  /// The file is whole or gone, the folder in use: its name is left alone from now on.
  package static func finished(_ path: String) {
    lock.withLock { _ in
      for (slot, name) in unfinished.enumerated() {
        guard let name, String(cString: name) == path else { continue }
        unfinished[slot] = nil
        free(name)
      }
    }
  }

  private static func install() {
    lock.withLock { isInstalled in
      if isInstalled { return }
      isInstalled = true
      // Touched once before a signal can arrive: a first touch in the handler would not be safe.
      _ = (flag.load(ordering: .relaxed), unfinished.count)
      for number in [SIGINT, SIGTERM] {
        signal(number) { _ in
          let isSecond = Interrupt.flag.exchange(true, ordering: .relaxed)
          if Interrupt.isWatched.load(ordering: .relaxed), !isSecond { return }
          for name in Interrupt.unfinished { if let name { unlink(name) } }
          // Inner folders were made after those around them.
          for name in Interrupt.unfinished.reversed() { if let name { rmdir(name) } }
          _exit(130)
        }
      }
    }
  }
}
