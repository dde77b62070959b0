import Reports
import Synchronization

/// A line on the terminal that tells how far a command is; nothing in a pipe or with `--quiet`.
///
/// May be advanced from any thread.
package final class Progress: Sendable {
  private struct State {
    var finished = 0
    var total = 0
    var shownAt: ContinuousClock.Instant?
    var isLineOpen = false
  }

  private let label: String
  private let unit: String?
  private let isShown: Bool
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  /// Starts a progress line.
  ///
  /// - Parameter unit: what steps are called where the line tells how many are done a second.
  package init(_ label: String, unit: String? = nil, _ context: CommandContext) {
    self.label = label
    self.unit = unit
    isShown = !context.isQuiet && context.terminal.isErrorTerminal
  }

  /// Notes that further steps are ahead.
  package func expect(_ steps: Int) { state.withLock { $0.total += steps } }

  /// Notes that steps are done; the line is drawn at most ten times a second.
  package func advance(by steps: Int = 1) {
    guard isShown else { return }
    state.withLock { state in
      state.finished += steps
      let now = ContinuousClock.now
      if let last = state.shownAt, now - last < .milliseconds(100) { return }
      // Short work needs no line at all.
      if now - start < .milliseconds(300) { return }
      state.shownAt = now
      state.isLineOpen = true
      StandardError.write("\r\u{1B}[K" + line(state, elapsed: now - start))
    }
  }

  /// Takes the line away.
  package func finish() {
    guard isShown else { return }
    state.withLock { state in
      if state.isLineOpen { StandardError.write("\r\u{1B}[K") }
      state.isLineOpen = false
    }
  }

  private func line(_ state: State, elapsed: Duration) -> String {
    let (finished, total) = (state.finished, state.total)
    var text = "\(label) \(finished)/\(total)"
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    if let unit, finished > 0, seconds > 1 {
      text += ", \(NumberText.significant(Double(finished) / seconds, 3)) \(unit)/s"
    }
    if finished > 0, finished < total, seconds > 1 {
      let left = seconds / Double(finished) * Double(total - finished)
      if left < 1e6 { text += ", about \(Int(left.rounded(.up))) s left" }
    }
    return text
  }
}
