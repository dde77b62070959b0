import Device
import Hardware

/// For how long launches that are alone on the GPU have blocks on each SM.
final class AloneSMs {
  private let programs: ProgramSet
  private let gpu: GPUSpec
  /// By kernel: of its whole launch; empty where nobody asked yet.
  private var known: [[Int64]]

  init(_ programs: ProgramSet, _ gpu: GPUSpec) {
    self.programs = programs
    self.gpu = gpu
    known = Array(repeating: [], count: programs.profiles.count)
  }

  /// Adds some launches of a program, and the next one as far as it has run.
  func add(
    _ program: Program, _ launches: Range<Int>, ranNS: Int64 = 0, to sums: inout [Int64]
  ) {
    for i in launches {
      let launch = program.launches[i]
      if known[launch.profile].isEmpty {
        known[launch.profile] = Device.isolatedSMTimes(
          of: programs.profiles[launch.profile], for: launch.durationNS, on: gpu)
      }
      for sm in sums.indices { sums[sm] += known[launch.profile][sm] }
    }
    guard ranNS > 0 else { return }
    let profile = programs.profiles[program.launches[launches.upperBound].profile]
    let part = Device.isolatedSMTimes(of: profile, for: ranNS, on: gpu)
    for sm in sums.indices { sums[sm] += part[sm] }
  }
}
