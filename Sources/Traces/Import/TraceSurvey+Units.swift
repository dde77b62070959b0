import Tables

/// Whether the numbers can be what they were taken for.
extension TraceSurvey {
  /// Rates above this many requests a second are taken for a wrong unit.
  private static let largestRate: Int64 = 1_000_000
  /// Spans above ten years are taken for a wrong unit.
  private static let longestSpanNS: Int64 = 10 * 365 * 86_400_000_000_000

  /// Whole seconds in a column of milliseconds: neighbouring ticks, most of them shared.
  private func looksLikeSeconds(_ summary: TraceSummary) -> Bool {
    guard options.unit == nil, format == .mooncake || format == .disb, summary.requests >= 100
    else { return false }
    let distinct = summary.requests - summary.ties
    return summary.tickNS == 1_000_000 && summary.ties >= distinct && distinct >= 10
      && (summary.spanNS - summary.firstNS) / (distinct - 1) <= 2 * summary.tickNS
  }

  /// Says what a file was taken for that could be something else.
  func noteDoubt(_ summary: TraceSummary, _ log: TraceLog) throws(InputError) {
    guard !options.isFormatTold || format.takesUnit, options.unit == nil else { return }
    let isTold = options.isFormatTold
    let numbers =
      format == .ratePerSecond && !isTold
      ? BareNumbers(TraceHead(try input.head(TraceHead.size))) : nil
    if format == .ratePerSecond, numbers == nil { return }
    let gap = (summary.spanNS - summary.firstNS) / max(1, summary.requests - 1)
    if let doubt = format.doubt(numbers, requests: summary.requests, meanGapNS: gap) {
      log.warn(.assumed, note: doubt)
    }
  }

  /// Seconds read as milliseconds give rates, and nanoseconds read as seconds spans, that no
  /// recording has.
  func checkUnit(_ summary: TraceSummary, _ log: TraceLog) throws(InputError) {
    guard !options.acceptsAnyUnit, format.hasCheckedUnit else { return }
    var message: String?
    var unit: TimeUnit?
    let isMilliseconds =
      options.unit == nil && format.columns.contains { $0.meaning == .time(.milliseconds) }
    if isMilliseconds,
      TimeUnit.sinceEpoch(Double(summary.startNS + summary.firstNS) / 1e6) == .seconds
    {
      message = "the times look like seconds since 1970, read as milliseconds"
      unit = .seconds
    } else if summary.spanNS > Self.longestSpanNS {
      message = "the trace spans \(summary.spanNS / 86_400_000_000_000) days: is the unit right?"
    } else if summary.requests >= 1000,
      Double(summary.requests) * 1e9 > Double(Self.largestRate) * Double(max(1, summary.spanNS))
    {
      message = "more than \(Self.largestRate) requests a second: is the unit right?"
    } else if looksLikeSeconds(summary) {
      message = "almost every millisecond holds several requests: are the times seconds?"
      unit = .seconds
    }
    guard let message else { return }
    if options.isStrict {
      var hint = "accept it as it is with --any-unit"
      if format.takesUnit {
        hint = "say the unit with --unit \(unit?.rawValue ?? "s|ms|us|ns"), or " + hint
      }
      throw log.fatal(.unit, message, hint: hint)
    }
    log.warn(.unit, note: message)
  }
}
