import Tables
import Testing

@testable import Traces
@testable import Workloads

/// Statistics gathered while a trace is checked are those of its rows in order of time.
@Suite struct OneReadingTests {
  /// The figures that depend on every row.
  private func figures(_ statistics: TraceStatistics) -> [Double?] {
    let scales = TraceStatistics.scales
    return [
      Double(statistics.requests), statistics.span.inSeconds, statistics.variation,
      statistics.gammaShape, Double(statistics.ties), Double(statistics.longestGapNS),
      statistics.tickNS.map(Double.init), statistics.inputSizes.mean,
      statistics.inputSizes.logDeviation, Double(statistics.firstNS),
    ] + scales.map { statistics.dispersion(seconds: $0) }
  }

  private func slow(_ trace: ImportedTrace) throws -> TraceStatistics {
    var statistics = TraceStatistics()
    try trace.forEachRow { row throws(InputError) in
      statistics.add(
        arrivalNS: row.arrivalNS, inputTokens: row.inputTokens, outputTokens: row.outputTokens)
    }
    statistics.finish(endNS: trace.summary.spanNS)
    return statistics
  }

  @Test(arguments: ImportSample.all)
  func agreesWithASecondReading(_ sample: ImportSample) throws {
    for start in [nil, false, true] as [Bool?] {
      var options = sample.options
      options.acceptsAnyUnit = true
      options.startsAtFirstArrival = start
      let input = TraceInput.bytes(Array(sample.text.utf8), name: "sample")
      let found = try TraceImport.statistics(input, options: options)
      #expect(found.trace.summary.requests == sample.requests)
      #expect(figures(found.statistics) == figures(try slow(found.trace)))
    }
  }

  @Test func rowsOutOfOrderAreReadAgain() throws {
    // More than one batch in order, then a late row, then order again.
    let times =
      (0..<400).map { 1_000_000 * $0 * $0 } + [7] + (400..<800).map { 1_000_000 * $0 * $0 }
    var options = TraceOptions()
    options.isStrict = false
    let text = "arrival_ns\n" + times.map { "\($0)\n" }.joined()
    let found = try TraceImport.statistics(
      .bytes(Array(text.utf8), name: "late"), options: options)
    #expect(found.trace.summary.outOfOrder == 1)
    #expect(found.statistics.requests == 801 && found.statistics.outOfOrder == 0)
    #expect(figures(found.statistics) == figures(try slow(found.trace)))
  }

  @Test func tenantsAreCounted() throws {
    let counted = try ImportResult(ImportSample.of(.own).text)
    #expect(counted.trace.tenantNames == ["chat", "code"])
    #expect(counted.trace.tenantRequests == [2, 1])
    let minutes = try ImportResult(ImportSample.minuteFile(["1,2", "0", "0,9", "3"]))
    #expect(minutes.trace.tenantRequests == [3, 0, 9, 3])
    #expect(minutes.trace.tenantsByRank == [2, 0, 3, 1])
    let reader = try minutes.trace.makeReader(tenants: [true, false, false, true])
    var rows: [TraceRow] = []
    while let row = try reader.next() { rows.append(row) }
    // A function's requests lie where they lie in the whole.
    #expect(rows == minutes.rows.filter { $0.tenant == 0 || $0.tenant == 3 })
    #expect(rows.count == 6)
  }
}
