import Metrics
import Reports

extension CompareText {
  private static let positive = 0...Double.infinity

  /// The columns of its tables, in the order in which a narrow terminal keeps them.
  static let columns: [(figure: SummaryFigure, column: ReportColumn)] = [
    (.latencyP99, ReportColumn("p99", unit: "ms", best: .lowest, range: 0...(.infinity))),
    (
      .sloAttainment,
      ReportColumn(
        "slo", title: "SLO met", unit: "%", decimals: 2, scale: 100, best: .highest, range: 0...1)
    ),
    (.goodput, ReportColumn("goodput", unit: "req/s", best: .highest, range: 0...(.infinity))),
    (.ttftMean, ReportColumn("ttft", title: "TTFT", unit: "ms", best: .lowest, range: positive)),
    (
      .ttftP99,
      ReportColumn("ttft_p99", title: "TTFT p99", unit: "ms", best: .lowest, range: positive)
    ),
    (.tpotMean, ReportColumn("tpot", title: "TPOT", unit: "ms", best: .lowest, range: positive)),
    (
      .tpotP99,
      ReportColumn("tpot_p99", title: "TPOT p99", unit: "ms", best: .lowest, range: positive)
    ),
    (
      .outputTokens,
      ReportColumn("tokens", title: "answers", unit: "tokens/s", best: .highest, range: positive)
    ),
    (
      .flopUtilization,
      ReportColumn(
        "flop", title: "FLOP util.", unit: "%", scale: 100, best: .highest, range: 0...1)
    ),
    (
      .slowdownMean,
      ReportColumn("slowdown", unit: "×", decimals: 2, best: .lowest, range: 0...(.infinity))
    ),
    (
      .stragglerGap,
      ReportColumn(
        "gap", title: "straggler gap", unit: "%", decimals: 1, scale: 100, best: .lowest,
        range: 0...1)
    ),
    (.latencyP50, ReportColumn("p50", unit: "ms", best: .lowest, range: 0...(.infinity))),
    (
      .throughput,
      ReportColumn("throughput", unit: "req/s", best: .highest, range: 0...(.infinity))
    ),
    (.completed, ReportColumn("requests", unit: "done", decimals: 0, range: 0...(.infinity))),
    (.inFlight, ReportColumn("unfinished", unit: "req", decimals: 0, range: 0...(.infinity))),
    (
      .energyPerRequest,
      ReportColumn("energy", title: "energy", unit: "J/req", best: .lowest, range: positive)
    ),
    (
      .wastedFraction,
      ReportColumn("wasted", unit: "%", decimals: 2, scale: 100, range: 0...1)
    ),
  ]
}
