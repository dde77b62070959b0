import Device
import Hardware
import Scheduling

/// What a request or a batch runs.
struct Program: Sendable {
  var batch: Int
  var launches: LaunchSequence
  var copyInNS: Int64
  var copyOutNS: Int64
  /// From a request's start to its last launch's end if the device only ever waits for the host,
  /// without and with a lock that threads share; 0 where it has one launch.
  var hostBoundNS: (ownLock: Int64, sharedLock: Int64) = (0, 0)
  /// Operations a byte at which arithmetic and DRAM are equally busy; 0 where unknown.
  var ridge: Double = 0
}

/// Host and gap times that decide when launches can start when nothing else is in the way.
struct LaunchPace: Sendable {
  /// From a request's start to the host's first launch call.
  var requestCPU: Int64
  /// From there to its end.
  var firstLaunch: Int64
  /// Host time from one launch to the next.
  var perLaunch: Int64
  /// From a launch's end to the earliest start of the next.
  var gap: Int64
  /// Whether one launch call sends them all, as a CUDA graph's does.
  var isGraph = false
  let hasSharedLock: Bool

  init(testbed: Testbed, hasSharedLock: Bool) {
    self.hasSharedLock = hasSharedLock
    requestCPU = testbed.requestCPU
    perLaunch = testbed.launchCPU + (hasSharedLock ? testbed.launchLock : 0)
    firstLaunch = perLaunch
    gap = testbed.launchGap
  }

  /// The same where launches cost the thread nothing.
  var unhurried: LaunchPace {
    var pace = self
    pace.perLaunch = 0
    pace.firstLaunch = 0
    return pace
  }

  /// When the host has submitted launch `i` of a request it began at `base`.
  @inline(__always)
  func submitted(_ i: Int, base: Int64) -> Int64 {
    base &+ requestCPU &+ firstLaunch &+ Int64(i) &* perLaunch
  }
}

extension Program {
  /// A launch's operations a byte over the ridge; nil where it does none, or none are told.
  func intensity(of launch: ProgramLaunch) -> Double? {
    guard launch.flop > 0, ridge > 0 else { return nil }
    return Double(launch.flop) / Double(max(1, launch.dramBytes)) / ridge
  }

  /// When the first launch can start, counted from the request's start, with a free copy engine.
  func firstStart(_ pace: LaunchPace) -> Int64 { max(pace.submitted(0, base: 0), copyInNS) }

  /// When the last launch of an undisturbed run ends whose first starts at `start`.
  ///
  /// - Parameters:
  ///   - base: when the host began the request.
  ///   - pace: as the testbed has it.
  func soloEnd(at start: Int64, base: Int64, pace: LaunchPace) -> Int64 {
    let bound = pace.hasSharedLock ? hostBoundNS.sharedLock : hostBoundNS.ownLock
    return max(start + launches.remainingNS(from: 0), base + bound)
  }

  /// The latest end that one of the host's launch calls but the first brings about.
  func hostBound(_ pace: LaunchPace) -> Int64 {
    // In a part that is repeated, a row's bound changes evenly from one time to the next.
    launches.outermost.lazy.filter { $0 > 0 }.map { i in
      pace.submitted(i, base: 0) + launches.remainingNS(from: i)
    }.max() ?? 0
  }

  /// Where an undisturbed run stands at `now`: the launch that runs or comes next, and its start.
  func soloPosition(
    from index: Int, at start: Int64, base: Int64, pace: LaunchPace, now: Int64
  ) -> (launch: Int, start: Int64) {
    var i = index
    var time = start
    while i < launches.count - 1, time + launches[i].durationNS <= now {
      time += launches[i].durationNS
      i += 1
      time = max(time + pace.gap, pace.submitted(i, base: base))
    }
    return (i, time)
  }
}

/// What blocks of a super-kernel run in place of a kernel's own: `ProgramSet.profiles` of them.
struct FusedKernels: Sendable {
  /// Where all problems are of one size.
  var equal: Int
  /// Where they differ.
  var variable: Int
}
