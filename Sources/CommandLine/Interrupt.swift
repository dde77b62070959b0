import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ctrl-C, a hung-up terminal and the system's request to end as a question: a command that keeps what it finished asks between runs and stops early.
///
/// Commands that never ask end at once; either way no half-written file stays behind.
package enum Interrupt {
  private static let isWatched = Atomic<Bool>(false)
  /// The first signal that came; 0 before.
  private static let flag = Atomic<Int32>(0)
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

  /// Whether the user, the terminal's end or the system asked to stop since `watch()`.
  package static var isRequested: Bool { flag.load(ordering: .relaxed) != 0 }

  /// What a process exits with that stopped because it was asked to: 128 and the signal's number.
  package static var exitCode: Int32 {
    let number = flag.load(ordering: .relaxed)
    return 128 + (number == 0 ? SIGINT : number)
  }

  /// Starts to note the first such signal instead of dying from it; the second one ends the process.
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
      for number in [SIGINT, SIGTERM, SIGHUP] {
        // `nohup` has a process go on when its terminal is gone.
        if number == SIGHUP, isIgnored(number) { continue }
        signal(number) { number in
          let isSecond = Interrupt.flag.exchange(number, ordering: .relaxed) != 0
          if Interrupt.isWatched.load(ordering: .relaxed), !isSecond { return }
          for name in Interrupt.unfinished { if let name { unlink(name) } }
          // Inner folders were made after those around them.
          for name in Interrupt.unfinished.reversed() { if let name { rmdir(name) } }
          _exit(128 + number)
        }
      }
    }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    #if canImport(Darwin)
      return unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self) == 1
    #else
      return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    #endif
  }
}
