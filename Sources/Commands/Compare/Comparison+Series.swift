import CommandLine
import Metrics
import Reports
import Studies
import Tables

extension Comparison {
  /// The first line of `series.csv`.
  static let seriesHeader = RunSeriesFile.columns.joined(separator: ",")

  /// Writes `series.csv`: of each run its windows in order. Behind the fractions stand the integrals
  /// that they follow from, which add up to those of the run to the nanosecond, and by SM the time with
  /// a block, with blanks between; that is empty where replicas have GPUs of their own and where
  /// contexts of language models take turns.
  func writeSeries(to file: OutputFile) throws {
    try file.write(Self.seriesHeader + "\n")
    for summary in summaries {
      let start = CSVText.field(summary.policy) + ",\(summary.seed),"
      for use in summary.series {
        let (window, sums) = (use.window, use.window.integrals)
        let values = use.values.map { $0.map(NumberText.exact) ?? "" }.joined(separator: ",")
        let sms = window.smNS.map { "\($0)" }.joined(separator: " ")
        try file.write(
          start + "\(window.fromNS),\(window.toNS),\(values),"
            + "\(sums.busyTime),\(sums.activeSMTime),\(sums.warpTime),\(sms)\n")
      }
    }
  }
}
