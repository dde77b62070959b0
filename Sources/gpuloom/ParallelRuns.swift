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
enum ParallelRuns {
  /// Does pieces 0..<count, at most `jobs` at a time; what `body` declines to do is nil.
  static func map<Result: Sendable>(
    count: Int, jobs: Int, _ body: @escaping @Sendable (Int) -> Result?
  ) -> [Result?] {
    let pool = Pool(count: count, body: body)
    var threads: [pthread_t] = []
    for _ in 1..<max(1, min(jobs, count)) {
      if let thread = start({ pool.work() }) { threads.append(thread) }
    }
    pool.work()
    for thread in threads { pthread_join(thread, nil) }
    return pool.results.withLock { $0 }
  }

  private final class Pool<Result: Sendable>: Sendable {
    let count: Int
    let body: @Sendable (Int) -> Result?
    let next = Atomic<Int>(0)
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
      }
    }
  }

  private final class Task {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts a thread; nil where the system has none left, and then the others do its work.
  private static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
    let task = Unmanaged.passRetained(Task(body))
    #if canImport(Darwin)
      var thread: pthread_t?
      let status = pthread_create(&thread, nil, { ParallelRuns.enter($0) }, task.toOpaque())
    #else
      var thread = pthread_t()
      let status = pthread_create(
        &thread, nil, { $0.flatMap { ParallelRuns.enter($0) } }, task.toOpaque())
    #endif
    if status == 0 { return thread }
    task.release()
    return nil
  }

  private static func enter(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<Task>.fromOpaque(context).takeRetainedValue().body()
    return nil
  }
}
