import Tables

/// The first reading of a trace: checks every record and sums up what there is.
struct TraceSurvey {
  let input: TraceInput
  let format: TraceFormat
  let options: TraceOptions

  /// Reads the trace.
  ///
  /// - Parameter statistics: where given, gathers the rows' statistics on the way; nil afterwards
  ///   where that was not possible, since the rows are counts or not in order of time.
  func run(_ statistics: inout TraceStatistics?) throws(InputError) -> ImportedTrace {
    let log = TraceLog(file: input.name, options: options)
    let source = try format.read(input, options: options, log: log, expands: false)
    var order = OrderStatistics(options: options)
    var tenants: [Int64] = []
    try count(source, &order, &tenants, &statistics)
    if log.hasFailed { throw log.failure }
    var summary = TraceSummary()
    summary.file = input.name
    summary.format = format
    summary.recordsRead = log.recordsRead
    summary.leftOut = TraceFault.allCases.map { TraceLeftOut(reason: $0, count: log.leftOut($0)) }
      .filter { $0.count > 0 }
    summary.recordsUsed = log.recordsRead - summary.leftOutCount
    summary.examples = log.diagnostics
    summary.provenance = source.provenance
    guard summary.recordsUsed > 0 else { throw nothingLeft(log) }
    if let totals = source.totals {
      statistics = nil
      tenants = source.tenantTotals
      fill(&summary, from: totals)
      warn(log, totals)
    } else {
      fill(&summary, from: order)
      if isSinceEpoch(summary.startNS), !format.startsAtFirstArrival {
        log.warn(.epoch, note: "times count from 1970: time 0 is the first arrival")
      }
      if order.clockResets > 0 { log.warn(.clockReset, count: order.clockResets) }
      if order.outOfOrder > 0 { order = try sortedOrder(summary) ?? order }
      fillSorted(&summary, from: order, log)
    }
    try checkUnit(summary, log)
    try noteDoubt(summary, log)
    summary.warnings = warnings(log, summary)
    let names = source.tenantNames
    while tenants.count < names.count { tenants.append(0) }
    var trace = ImportedTrace(
      summary: summary, tenantNames: names, tenantRequests: tenants, input: input, options: options)
    trace.hasDelays = source.hasDelays
    return trace
  }

  /// Where a clock's zero is put, given the earliest time.
  private func start(_ earliest: Int64) -> Int64 {
    let movesStart =
      options.startsAtFirstArrival ?? (format.startsAtFirstArrival || isSinceEpoch(earliest))
    // Dates before 1970 lie before a clock's zero; offsets may not.
    return movesStart || earliest < 0 ? earliest : 0
  }

  /// Whether a time counts from 1970: nobody means the empty years before it.
  private func isSinceEpoch(_ time: Int64) -> Bool {
    TimeUnit.sinceEpoch(Double(time)) == .nanoseconds
  }

  /// Goes through the rows once.
  private func count(
    _ source: any TraceRowSource, _ order: inout OrderStatistics, _ tenants: inout [Int64],
    _ statistics: inout TraceStatistics?
  ) throws(InputError) {
    var batch: [TraceRow] = []
    var origin: Int64?
    while true {
      try source.fill(&batch)
      guard let first = batch.first else { return }
      for row in batch { order.add(row) }
      for row in batch where row.tenant >= 0 {
        while tenants.count <= Int(row.tenant) { tenants.append(0) }
        tenants[Int(row.tenant)] += 1
      }
      guard order.outOfOrder == 0 else {
        statistics = nil
        continue
      }
      // While rows are in order the first one is the earliest: what `fill` takes for the start.
      let start = origin ?? start(first.arrivalNS)
      origin = start
      for row in batch {
        statistics?.add(
          arrivalNS: row.arrivalNS - start, inputTokens: row.inputTokens,
          outputTokens: row.outputTokens)
      }
    }
  }

  private func nothingLeft(_ log: TraceLog) -> InputError {
    let why =
      log.recordsRead == 0 ? "no \(format.recordNoun)s in the file" : "every record was left out"
    let count = log.recordsRead
    let isNoArrivals = log.count(of: .noArrivals) > 0
    let reasons = TraceFault.allCases.filter { log.leftOut($0) > 0 }
      .map { "\(log.leftOut($0)) by \($0.rawValue)" }
    let sum = reasons.isEmpty ? "" : ": " + reasons.joined(separator: ", ")
    return log.fatal(
      .empty, count == 0 && isNoArrivals ? "no recorded arrivals in the file" : why + sum,
      hint: log.note(of: .noArrivals)
        ?? (log.leftOut(.otherSpan) == count && count > 0
          ? "a request's span has attributes 'gen_ai.…' or 'llm.…', such as "
            + "gen_ai.usage.input_tokens" : nil))
  }

  private func fill(_ summary: inout TraceSummary, from totals: BinTotals) {
    let movesStart = options.startsAtFirstArrival ?? format.startsAtFirstArrival
    summary.requests = totals.requests
    summary.startNS = movesStart ? totals.firstNS : 0
    summary.firstNS = totals.firstNS - summary.startNS
    summary.spanNS = totals.endNS - summary.startNS
    summary.binNS = totals.binNS
    summary.placement = options.placement
    summary.tickNS = totals.binNS
    summary.ties = totals.ties
    summary.maximumGapNS = totals.gaps.longestNS
    summary.maximumGapStartNS = totals.gaps.longestStartNS - summary.startNS
  }

  private func fill(_ summary: inout TraceSummary, from order: OrderStatistics) {
    summary.requests = order.count
    summary.startNS = start(order.minimum)
    summary.firstNS = order.minimum - summary.startNS
    summary.spanNS = order.maximum - summary.startNS
    summary.outOfOrder = order.outOfOrder
    summary.maximumLatenessNS = order.maximumLateness
  }

  /// Ties, gaps and the tick need rows in order, so an unsorted file is read once more.
  private func sortedOrder(_ summary: TraceSummary) throws(InputError) -> OrderStatistics? {
    let trace = ImportedTrace(
      summary: summary, tenantNames: [], tenantRequests: [], input: input, options: options)
    var order = OrderStatistics(options: options)
    try trace.forEachRow { row throws(InputError) in order.add(row) }
    return order
  }

  private func fillSorted(
    _ summary: inout TraceSummary, from order: OrderStatistics, _ log: TraceLog
  ) {
    let isResorted = summary.outOfOrder > 0
    summary.ties = order.ties
    summary.tickNS = order.tick
    summary.maximumGapNS = order.gaps.longestNS
    summary.maximumGapStartNS =
      order.gaps.longestNS == 0
      ? 0 : order.gaps.longestStartNS - (isResorted ? 0 : summary.startNS)
    // Spread arrivals neither tie nor sit on a tick.
    if order.ties > 0, options.dequantiseNS == nil { log.warn(.ties, count: order.ties) }
    if order.duplicates > 0 { log.warn(.duplicateRow, count: order.duplicates) }
    if order.zeroSizes > 0 { log.warn(.zeroSize, count: order.zeroSizes) }
    if order.gaps.count > 0 {
      log.warn(
        .gap, count: order.gaps.count,
        note: "silent for " + order.gaps.sentence(origin: isResorted ? 0 : summary.startNS))
    }
    if let period = order.period {
      log.warn(
        .periodic, note: "the gaps repeat with period \(period): not a recording at request grain")
    }
    // A tick matters once it is a hundredth of the mean gap: below that, gaps keep their shape.
    // A few round numbers have a common divisor whatever the clock, but hardly one of a second.
    if order.tick >= 1_000_000, order.count > 1, options.dequantiseNS == nil,
      order.count >= 10 || order.tick >= 1_000_000_000,
      order.tick >= summary.spanNS / (order.count - 1) / 100
    {
      log.warn(
        .quantised,
        note: "timestamps sit on \(SecondsText.of(order.tick)) s ticks: compare counts, not gaps")
    }
  }

  private func warn(_ log: TraceLog, _ totals: BinTotals) {
    log.warn(
      .quantised,
      note: "counts over \(SecondsText.of(totals.binNS)) s: times inside are "
        + options.placementText(format))
    if totals.requests == 0 {
      // Rates that never make a whole request are not zero.
      let isZero = abs(totals.fraction) < 1e-300
      log.warn(
        .noArrivals,
        note: isZero
          ? "all counts are zero" : "all \(format.recordNoun)s together hold less than one request")
    }
    if totals.ties > 0 {
      let among =
        totals.tiesLookedAt < totals.requests ? " among the first \(totals.tiesLookedAt)" : ""
      let requests = totals.ties == 1 ? "1 request arrives" : "\(totals.ties) requests arrive"
      log.warn(
        .ties, count: totals.ties,
        note: requests + " at the same nanosecond as the one before" + among)
    }
    if totals.gaps.count > 0 {
      log.warn(
        .gap, count: totals.gaps.count, note: "empty for " + totals.gaps.sentence(origin: 0))
    }
  }
}
