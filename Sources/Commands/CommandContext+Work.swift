import CommandLine
import Studies

extension CommandContext {
  /// Writes a command's one result into the file that `--to` names, else to standard output.
  ///
  /// - Throws: `OutputError` and `InputError` as `OutputFile.write(_:to:)`.
  func deliver(_ text: String, to target: String?) throws {
    if let target { try OutputFile.write(text, to: target) } else { print(text) }
  }

  /// Does work of many runs with a progress line; from the first run on, Ctrl-C lets those that
  /// have begun finish and starts no more.
  ///
  /// - Parameter unit: what is counted, where the line tells how many are done a second.
  func working<Result>(
    _ label: String, unit: String? = nil, _ work: (WorkControl) throws -> Result
  ) rethrows -> Result {
    let progress = Progress(label, unit: unit, self)
    defer { progress.finish() }
    let control = WorkControl(
      jobs: jobs, shouldStop: { Interrupt.isRequested },
      runsAhead: {
        Interrupt.watch()
        progress.expect($0)
      },
      runEnded: { progress.advance() })
    return try work(control)
  }
}
