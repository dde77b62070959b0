import CommandLine
import Reports
import Simulation
import Studies
import Tables

/// The flags of `compare` that draw one run over time.
struct TimelineFlags {
  static let flags: [FlagSpec] = [
    .output("--timeline", "FILE", "one run over time, as Chrome trace JSON for Perfetto"),
    .valued("--from", "S", "with --timeline: the second of the run it begins at (0)"),
    .valued("--to", "S", "with --timeline: the second it ends at (the run's end)"),
    .valued("--timeline-mb", "N", "with --timeline: its largest size in 10^6 bytes (200)"),
  ]

  private let path: String
  private let fromNS: Int64
  private let toNS: Int64
  private let mostBytes: Int

  /// Reads the flags; nil where no timeline is wanted.
  init?(_ arguments: inout ArgumentReader) {
    let path = arguments.string("--timeline")
    let from = arguments.double("--from", atLeast: 0, atMost: 1e9) ?? 0
    let to = arguments.double("--to", atLeast: 0, atMost: 1e9)
    let most = arguments.integer("--timeline-mb", atLeast: 1, atMost: 100_000) ?? 200
    guard let path else {
      for flag in ["--from", "--to", "--timeline-mb"] where arguments.has(flag) {
        arguments.fault("'\(flag)' needs '--timeline FILE'")
      }
      return nil
    }
    if let to, to <= from {
      arguments.fault(
        "'--to' \(NumberText.exact(to)) is not after '--from' \(NumberText.exact(from))")
    }
    self.path = path
    fromNS = Int64(from * 1e9)
    toNS = to.map { Int64($0 * 1e9) } ?? .max
    mostBytes = most * 1_000_000
  }

  /// Holds that there is one run to draw.
  ///
  /// - Throws: `InputError` where there are several.
  func check(_ experiment: Experiment) throws {
    try FollowedRuns.checkOne(experiment, for: "--timeline", does: "draws")
  }

  /// Runs what was compared once more and writes what happens.
  ///
  /// - Throws: `OutputError`; `InputError` where the run is refused.
  func write(_ judged: JudgedExperiment, _ context: CommandContext) throws {
    let experiment = judged.loaded.experiment
    let file = try OutputFile(at: path)
    let writer = TimelineWriter(
      file, experiment, fromNS: fromNS, toNS: toNS, mostBytes: mostBytes)
    _ = try Simulation.run(
      experiment, judged.programs, experiment.policies[0], seed: experiment.seeds[0],
      observer: NobodyListens(), following: RunFollowing(splits: true, tracer: writer))
    try writer.finish()
    try file.commit()
    context.note("\(path): " + writer.summary)
  }
}

private struct NobodyListens: RunObserver {
  mutating func requestCompleted(_ record: RequestRecord) {}
  mutating func requestDropped(tenant: Int, arrivalNS: Int64) {}
}
