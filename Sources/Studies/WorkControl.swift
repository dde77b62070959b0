/// How work of many runs goes on, as whoever asked for it wants: how many side by side, when to
/// stop early, and who hears of its progress.
package struct WorkControl: Sendable {
  /// How many runs may go side by side.
  package var jobs: Int
  /// Asked before each run; runs that have begun are finished.
  package var shouldStop: @Sendable () -> Bool
  /// Told how many runs are ahead before the first of them begins.
  package var runsAhead: @Sendable (Int) -> Void
  /// Told of each run that ends, on the thread that ran it.
  package var runEnded: @Sendable () -> Void

  /// Creates a control; by default nobody stops it and nobody listens.
  package init(
    jobs: Int, shouldStop: @escaping @Sendable () -> Bool = { false },
    runsAhead: @escaping @Sendable (Int) -> Void = { _ in },
    runEnded: @escaping @Sendable () -> Void = {}
  ) {
    self.jobs = jobs
    self.shouldStop = shouldStop
    self.runsAhead = runsAhead
    self.runEnded = runEnded
  }
}
