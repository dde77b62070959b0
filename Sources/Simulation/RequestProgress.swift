import Device
import Hardware

/// What a request that runs undisturbed has done between two places of its program: launches that
/// ended, their work, and the device's activity, in which the launch under way counts too.
///
/// The runs that book a request whole, or a slice of it, ask for this where the measured time
/// begins or ends amid it.
struct RequestProgress {
  var launches = 0
  var work = WorkSum()
  /// The size of the batch in which it is alone.
  var batch = 1
}

extension ProgramSet {
  /// What a request has done in some of its launches.
  ///
  /// - Parameters:
  ///   - launches: those that have ended.
  ///   - ranNS: how long the next one has run.
  func progress(
    of program: Program, _ launches: Range<Int>, ranNS: Int64, on gpu: GPUSpec,
    _ iteration: IterationProgram? = nil
  ) -> RequestProgress {
    let (first, launch) = (launches.lowerBound, launches.upperBound)
    var work = program.launches.work(before: launch) - program.launches.work(before: first)
    if ranNS > 0 {
      let profile: BlockProfile
      if var iteration {
        profile = iteration.profile(ofRow: program.launches.row(of: launch))
      } else {
        profile = profiles[program.launches[launch].profile]
      }
      work.integrals += Device.isolatedIntegrals(of: profile, for: ranNS, on: gpu)
    }
    return RequestProgress(launches: launch - first, work: work, batch: program.batch)
  }

  /// What a request has done by `now` whose first launch started at `start` and that its host
  /// began at `base`.
  func progress(
    of program: Program, from start: Int64, base: Int64, pace: LaunchPace, now: Int64,
    on gpu: GPUSpec, _ iteration: IterationProgram? = nil
  ) -> RequestProgress {
    var (launch, begun) = program.soloPosition(
      from: 0, at: start, base: base, pace: pace, now: now)
    if begun + program.launches[launch].durationNS <= now { (launch, begun) = (launch + 1, now) }
    return progress(of: program, 0..<launch, ranNS: max(0, now - begun), on: gpu, iteration)
  }
}
