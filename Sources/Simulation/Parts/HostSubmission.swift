import Device
import Hardware

/// The host of a run: what requests and launches cost its threads, and where threads meet.
///
/// One context's launches pass one lock; a process has its own. Where threads meet, each launch is
/// followed from its thread to the lock and on; else a request's are all known from its start.
struct HostSubmission {
  /// What a thread does next with a launch.
  enum Step: Equatable {
    /// It has it ready and takes its turn at the lock, at an instant.
    case lock(at: Int64)
    /// It is through, at an instant.
    case submit(at: Int64)
  }

  /// The pace of a replica's own thread.
  let pace: LaunchPace
  /// By replica: the pace of its request, or of its iteration.
  private(set) var paces: [LaunchPace]
  /// Whether threads meet, at the context's lock or in a shared hardware queue.
  let isContended: Bool
  private let launchCPU: Int64
  /// Nil where every process has a lock of its own.
  private let launchLock: Int64?
  private var lockFree: Int64 = 0
  /// Launches that each replica's thread has submitted of its request, where threads meet.
  private var submitted: [Int]
  /// Until when the thread that sends a policy's launches is at work.
  private(set) var schedulerFree: Int64 = 0
  /// What one launch costs that thread.
  let schedulerCost: Int64

  /// - Parameters:
  ///   - meets: whether replicas' threads may meet: there are several, and no policy holds them up.
  ///   - isOneCall: whether the launches of a request are one call, as a CUDA graph's are.
  init(
    _ testbed: Testbed, replicas: Int, hasSharedLock: Bool, meets: Bool, sharesQueues: Bool,
    isOneCall: Bool = false
  ) {
    var pace = LaunchPace(testbed: testbed, hasSharedLock: hasSharedLock)
    if isOneCall { (pace.isGraph, pace.perLaunch) = (true, 0) }
    self.pace = pace
    paces = Array(repeating: pace, count: replicas)
    launchCPU = testbed.launchCPU
    launchLock = hasSharedLock ? testbed.launchLock : nil
    isContended = meets && (hasSharedLock && testbed.launchLock > 0 || sharesQueues)
    submitted = Array(repeating: 0, count: replicas)
    schedulerCost = testbed.launchCPU + testbed.launchLock
  }

  /// The pace at which a replica's launches come to its stream; or to the scheduler, whose thread
  /// pays for each when it sends it.
  @inline(__always)
  func pace(of r: Int, isGated: Bool) -> LaunchPace {
    isGated ? paces[r].unhurried : paces[r]
  }

  /// Sets the pace of a replica's iteration.
  mutating func setPace(_ pace: LaunchPace, of r: Int) { paces[r] = pace }

  /// A replica's thread begins a request; it may have begun an iteration at a `base` before `now`.
  mutating func begin(_ r: Int, base: Int64, at now: Int64) -> Step {
    submitted[r] = 0
    return .lock(at: max(now, base + paces[r].requestCPU + launchCPU))
  }

  /// A thread has a launch ready: when it is through the lock; nil where it need take none.
  mutating func takeLock(at now: Int64) -> Int64? {
    guard let launchLock else { return nil }
    lockFree = max(now, lockFree) + launchLock
    return lockFree
  }

  /// A replica's thread has submitted another of its `count` launches; nil if that was the last.
  mutating func submit(_ r: Int, of count: Int, at now: Int64) -> Step? {
    submitted[r] = paces[r].isGraph ? count : submitted[r] + 1
    return submitted[r] < count ? .lock(at: now + launchCPU) : nil
  }

  /// Whether a replica's launch has been submitted.
  func hasSubmitted(_ launch: Int, of r: Int) -> Bool { submitted[r] > launch }

  /// Puts a replica's thread where it stands at `now` after it submitted at its own pace, held up
  /// by nobody, since it began the request at `base`.
  ///
  /// - Returns: how many of its `count` launches are submitted, and what the thread does next.
  mutating func resume(
    _ r: Int, base: Int64, of count: Int, at now: Int64
  ) -> (submitted: Int, next: Step?) {
    let pace = paces[r]
    let begun = base + pace.requestCPU
    var done = count
    if pace.isGraph {
      done = now < begun + pace.firstLaunch ? 0 : count
    } else if pace.perLaunch > 0 {
      done = min(count, Int(max(0, now - begun) / pace.perLaunch))
    } else if now < begun {
      done = 0
    }
    submitted[r] = done
    let last = begun + (pace.isGraph ? pace.firstLaunch : Int64(done) * pace.perLaunch)
    if pace.isGraph, done == 0 { return (0, .lock(at: max(now, begun + launchCPU))) }
    lockFree = max(lockFree, min(last, now))
    guard done < count else { return (done, nil) }
    let atLock = last + launchCPU
    if atLock > now { return (done, .lock(at: atLock)) }
    lockFree = atLock + (launchLock ?? 0)
    return (done, .submit(at: max(now, lockFree)))
  }

  /// The scheduler's thread prepares what it has from `start` on; returns when it is done.
  mutating func prepare(from start: Int64, cost: Int64) -> Int64 {
    schedulerFree = max(start, schedulerFree) + cost
    return schedulerFree
  }
}

/// The copy engines of a device: one in, one out, each one copy at a time.
struct CopyEngines {
  private var inFree: Int64 = 0
  private var outFree: Int64 = 0

  /// When a copy to the device ends that may begin now.
  mutating func copyIn(_ duration: Int64, at now: Int64) -> Int64 {
    Self.copy(duration, at: now, &inFree)
  }

  /// When a copy to the host ends that may begin now.
  mutating func copyOut(_ duration: Int64, at now: Int64) -> Int64 {
    Self.copy(duration, at: now, &outFree)
  }

  private static func copy(_ duration: Int64, at now: Int64, _ free: inout Int64) -> Int64 {
    if duration == 0 { return now }
    free = max(now, free) + duration
    return free
  }
}
