extension TraceSurvey {
  /// The warnings counted by the log and the survey, each with its sentence, in a fixed order.
  func warnings(_ log: TraceLog, _ summary: TraceSummary) -> [TraceWarningReport] {
    if summary.outOfOrder > 0 { log.warn(.unsorted, count: summary.outOfOrder) }
    let cut = log.leftOut(.truncated)
    if cut > 0 { log.warn(.truncatedLastRow, note: "the last record is cut off and left out") }
    // Requests that follow an answer, and rows of other runs, have warnings of their own.
    let told: [TraceFault] = [.truncated, .followsAnswer, .otherRun]
    let rest = summary.leftOut.filter { !told.contains($0.reason) }
    if !rest.isEmpty {
      let reasons =
        rest
        .map { "\($0.count) by \($0.reason.rawValue)" }.joined(separator: ", ")
      log.warn(
        .leftOut, count: rest.reduce(0) { $0 + $1.count },
        note: "left out \(rest.reduce(0) { $0 + $1.count }) of \(summary.recordsRead) "
          + "\(format.recordNoun)s: \(reasons)")
    }
    return TraceWarning.allCases.compactMap { name in
      let count = log.count(of: name)
      guard count > 0 else { return nil }
      return TraceWarningReport(
        name: name, count: count,
        message: log.note(of: name) ?? Self.sentence(name, count, format.recordNoun))
    }
  }

  private static func sentence(_ name: TraceWarning, _ count: Int64, _ noun: String) -> String {
    let rows = count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
    let (s, are) = count == 1 ? ("s", "is") : ("", "are")
    switch name {
    case .unsorted: return "\(rows) out of order, sorted by time"
    case .clockReset:
      return "the clock jumps back \(count == 1 ? "once" : "\(count) times") by more than the limit"
    case .ties: return "\(rows) arrive\(s) at the same nanosecond as the one before"
    case .duplicateRow: return "\(rows) repeat\(s) another row in full and \(are) kept"
    case .zeroSize: return "\(rows) with zero tokens \(are) kept"
    case .missingSize: return "\(rows) without a size"
    case .totalMismatch: return "\(rows) whose total is not the sum of request and response tokens"
    case .hashCount: return "\(rows) whose hash_ids do not number ceil(input_length / 512)"
    case .pastEnd: return "\(rows) after the end that the file states; kept"
    case .clamped: return "\(rows) before the trace's start, moved to it"
    case .sessions:
      return count == 1
        ? "1 request follows an answer after a delay and has no time of its own: it is left out "
          + "here; 'compare' sends it after the simulated answer"
        : "\(count) requests follow an answer after a delay and have no time of their own: they are "
          + "left out here; 'compare' sends them after the simulated answers"
    case .failedRequests: return "\(rows) of failed requests \(are) kept"
    default: return rows
    }
  }
}
