import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Independent pieces of work side by side, on plain threads.
///
/// Results stand in the order of their numbers whatever the threads did, so the number of threads
/// reaches nothing but the time it takes.
package enum ParallelRuns {
  /// Does pieces 0..<count, at most `jobs` at a time; what `body` declines to do is nil.
  ///
  /// Where `shouldStop` says so, pieces that are not done are left as nil at once; their threads
  /// end with the process. It is asked every millisecond and may look at what is done.
  package static func map<Result: Sendable>(
    count: Int, jobs: Int, shouldStop: (_ done: () -> [Result?]) -> Bool,
    _ body: @escaping @Sendable (Int) -> Result?
  ) -> [Result?] {
    let pool = Pool(count: count, body: body)
    var started = 0
    for _ in 0..<max(1, min(jobs, count)) where start({ pool.work() }) { started += 1 }
    // Without a single thread this one does the work.
    if started == 0 { pool.work() }
    func results() -> [Result?] { pool.results.withLock { $0 } }
    while pool.done.load(ordering: .acquiring) < count, !shouldStop(results) { usleep(1_000) }
    return results()
  }

  private final class Pool<Result: Sendable>: Sendable {
    let count: Int
    let body: @Sendable (Int) -> Result?
    let next = Atomic<Int>(0)
    let done = Atomic<Int>(0)
    let results: Mutex<[Result?]>

    init(count: Int, body: @escaping @Sendable (Int) -> Result?) {
      self.count = count
      self.body = body
      results = Mutex(Array(repeating: nil, count: count))
    }

    /// Takes piece after piece until none is left.
    func work() {
      while true {
        let piece = next.add(1, ordering: .relaxed).oldValue
        guard piece < count else { return }
        let result = body(piece)
        results.withLock { $0[piece] = result }
        done.add(1, ordering: .releasing)
      }
    }
  }

  private final class ThreadBody {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts a thread; false where the system has none left.
  private static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    let task = Unmanaged.passRetained(ThreadBody(body))
    #if canImport(Darwin)
      var thread: pthread_t?
      let status = pthread_create(&thread, nil, { ParallelRuns.enter($0) }, task.toOpaque())
      if status == 0, let thread { pthread_detach(thread) }
    #else
      var thread = pthread_t()
      let status = pthread_create(
        &thread, nil, { $0.flatMap { ParallelRuns.enter($0) } }, task.toOpaque())
      if status == 0 { pthread_detach(thread) }
    #endif
    if status != 0 { task.release() }
    return status == 0
  }

  private static func enter(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().body()
    return nil
  }
}
