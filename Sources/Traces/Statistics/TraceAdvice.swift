/// What a trace's oddities mean for whoever replays it.
package enum TraceAdvice {
  /// Fewer windows of a minute than this make the dispersion at 60 s a guess.
  package static let minutesNeeded: Int64 = 30

  /// The warnings of the importer with those that only the statistics see, by name, each with a
  /// sentence; in a fixed order.
  package static func warnings(
    _ summary: TraceSummary, _ statistics: TraceStatistics
  ) -> [(name: String, message: String)] {
    var found = summary.warnings.map { (name: $0.name.rawValue, message: $0.message) }
    if summary.binNS == 0, statistics.isTickLoose, let tick = statistics.tickNS {
      let seconds = tick / 1_000_000_000
      let sentence = "timestamps sit near \(seconds) s ticks: compare counts, not gaps"
      if let at = found.firstIndex(where: { $0.name == TraceWarning.quantised.rawValue }) {
        found[at].message = sentence
      } else {
        found.append((TraceWarning.quantised.rawValue, sentence))
      }
    }
    if statistics.repeatingBlock == 1, summary.warning(.periodic) == nil {
      found.append((TraceWarning.periodic.rawValue, "all gaps are equal"))
    }
    let minutes = statistics.windows(seconds: 60)
    if minutes < minutesNeeded {
      let sentence =
        minutes < 2
        ? "fewer than two whole windows of 60 s: no dispersion there"
        : "only \(minutes) whole windows of 60 s: their dispersion is a guess"
      found.append(("W_SHORT", sentence))
    }
    return found
  }

  /// What to do about a warning, or nil where its own sentence says it.
  package static func advice(for warning: String, in summary: TraceSummary) -> String? {
    let isDrawn = summary.placement.map { $0 != .start } ?? false
    switch warning {
    case TraceWarning.ties.rawValue where isDrawn:
      return "the file has counts and no times: these instants coincide by chance"
    case TraceWarning.quantised.rawValue where isDrawn:
      // Spreading them again would smear every count over the next bin.
      return "what happens inside a bin is not recorded: trust no burst shorter than one"
    case TraceWarning.ties.rawValue:
      return "requests of one instant flatter policies that batch; "
        + "'trace transform --do dequantise=SECONDS' spreads them if the clock made them"
    case TraceWarning.quantised.rawValue:
      return "replayed literally every tick is a burst; "
        + "'trace transform --do dequantise=SECONDS' draws times within the tick"
    case TraceWarning.gap.rawValue:
      return "queues drain in a silence; if it is an outage of the recorder, replay the parts "
        + "around it ('trace transform --do slice=FROM..UNTIL')"
    case TraceWarning.periodic.rawValue:
      return "made by repeating a block: good for checking formats, misleading for bursts"
    case TraceWarning.unsorted.rawValue:
      return "rows are replayed in the order of time, not in that of the file"
    case TraceWarning.zeroSize.rawValue:
      return "requests without tokens are failures in some sources: they still take a queue's place"
    case TraceWarning.failedRequests.rawValue:
      return "the recorded service failed them; a simulated one will try to serve them"
    case TraceWarning.clockReset.rawValue:
      return "the parts before and after the jump overlap in time; consider replaying one of them"
    case "W_SHORT":
      return "compare dispersion at 1 and 10 s, or use several seeds of a generator fitted to it"
    default:
      return nil
    }
  }
}
