import SimBasics
import TestSupport
import Testing

@testable import Traces
@testable import Workloads

/// Each statistic on arrivals whose right value is known, over spans that cut the last windows.
@Suite struct KnownStatisticsTests {
  /// Counts per second as a file has them.
  private func counted(_ counts: [Int]) throws -> (
    trace: ImportedTrace, statistics: TraceStatistics
  ) {
    let text = counts.map(String.init).joined(separator: " ") + "\n"
    return try TraceImport.statistics(
      .bytes(Array(text.utf8), name: "counts"), format: .ratePerSecond)
  }

  @Test(arguments: [61, 95, 1_830, 1_859])
  func equalCountsDoNotDisperse(seconds: Int) throws {
    let found = try counted([Int](repeating: 100, count: seconds)).statistics
    for scale in TraceStatistics.scales where seconds >= 2 * Int(scale) {
      #expect(found.dispersion(seconds: scale) == 0)
      #expect(found.peakToMean(seconds: scale) == 1)
      #expect(found.windows(seconds: scale) == Int64(seconds) / scale)
    }
    if seconds < 120 { #expect(found.dispersion(seconds: 60) == nil) }
    #expect(found.autocorrelation(lagSeconds: 1) == nil)
    #expect(found.dominantPeriod == nil)
  }

  /// Poisson arrivals have 1 at every scale and no correlation, whatever the rate.
  @Test(arguments: [(1.0, 18_059), (100, 3_659), (10_000, 365)])
  func poissonIsOne(rate: Double, seconds: Int64) throws {
    let found = try TraceFitTests.statistics("poisson", [("rps", rate)], seconds: seconds)
    for scale in TraceStatistics.scales {
      let value = try #require(found.dispersion(seconds: scale))
      let deviation = (2 / Double(found.windows(seconds: scale))).squareRoot()
      #expect(abs(value - 1) < 4 * deviation, "at \(scale) s: \(value)")
    }
    let chance = 4 / Double(found.windows(seconds: 1)).squareRoot()
    #expect(abs(found.autocorrelation(lagSeconds: 1) ?? 1) < chance)
    #expect(TraceFitTests.isNear(found.variation, 1, 0.03))
    #expect(TraceFitTests.isNear(found.gammaShape, 1, 0.05))
    #expect(TraceFitTests.isNear(found.requestsPerSecond, rate, 0.04))
  }

  /// Equal gaps vary in nothing.
  @Test func metronome() throws {
    let found = try TraceFitTests.statistics("deterministic", [("rps", 10)], seconds: 605)
    #expect((found.variation ?? 1) < 1e-6 && found.gammaShape == nil)
    #expect((found.dispersion(seconds: 60) ?? 1) < 1e-3)
    #expect(found.gapQuantile(0.99) == 1e8 && found.repeatingBlock == 1)
  }

  /// Two levels, half the time each: the variance is the half distance's square.
  @Test func twoLevels() throws {
    let counts = (0..<1_805).map { $0 / 10 % 2 == 0 ? 40 : 60 }
    let found = try counted(counts).statistics
    #expect(TraceFitTests.isNear(found.dispersion(seconds: 10), 20, 0.001))
    #expect(TraceFitTests.isNear(found.dispersion(seconds: 1), 2, 0.01))
    #expect(TraceFitTests.isNear(found.peakToMean(seconds: 10), 1.2, 0.001))
    #expect(found.dispersion(seconds: 60) == 0)
  }

  /// Times that were drawn inside their bins are not to be spread again.
  @Test func drawnTimesAreNotDequantised() throws {
    for placement in BinPlacement.allCases {
      var options = TraceOptions()
      options.placement = placement
      let found = try TraceImport.statistics(
        .bytes(Array("5 0 9 3\n".utf8), name: "counts"), format: .ratePerSecond, options: options)
      let warnings = TraceAdvice.warnings(found.trace.summary, found.statistics)
      #expect(warnings.contains { $0.name == "W_QUANTISED" })
      let advice = warnings.compactMap {
        TraceAdvice.advice(for: $0.name, in: found.trace.summary)
      }
      #expect(advice.contains { $0.contains("dequantise") } == (placement == .start))
    }
  }

  @Test func aSingleGapIsNoTick() throws {
    for rows in ["0\n52963411\n", "0\n0\n52963411\n", "0\n100000000\n200000000\n"] {
      let text = Array(("arrival_ns\n" + rows).utf8)
      let trace = try TraceImport.statistics(.bytes(text, name: "few")).trace
      #expect(trace.summary.tickNS == 0 && trace.summary.warning(.quantised) == nil)
    }
  }

  /// Public files, against figures worked out by other means.
  @Test(
    .enabled(if: SharedFiles.areAvailable),
    arguments: [
      ("traces/AzureLLMInferenceTrace_code.csv", [13.2, 71.6, 164.0]),
      ("traces/mooncake_synthetic_trace.jsonl", [1.09, 1.18, 1.19]),
      ("cases/traces/constant-counts.txt", [0, 0, 0]),
    ])
  func publicFiles(name: String, expected: [Double]) throws {
    let found = try TraceImport.statistics(.file(SharedFiles.path(name))).statistics
    for (scale, value) in zip(TraceStatistics.scales, expected) {
      let dispersion = try #require(found.dispersion(seconds: scale))
      #expect(abs(dispersion - value) <= 0.004 * value, "at \(scale) s: \(dispersion)")
    }
  }
}
