import SimBasics
import Workloads

/// The lengths of prompts or of answers in a trace.
package struct SizeStatistics: Sendable {
  /// Requests that carry a length.
  package private(set) var count: Int64 = 0
  /// Of these, how many are zero.
  package private(set) var zeros: Int64 = 0
  /// The largest length.
  package var largest: Int64 { histogram.largest }

  /// The logarithms of the lengths that occur most: looking one up takes a tenth of the time.
  private static let knownLogs = (0..<8_192).map { $0 == 0 ? 0 : PortableMath.log(Double($0)) }

  private var sum = 0.0
  private var logSum = 0.0
  private var logSquares = 0.0
  private var histogram = LogHistogram()

  mutating func add(_ length: Int64) {
    count += 1
    sum += Double(length)
    histogram.add(length)
    if length <= 0 {
      zeros += 1
    } else {
      let log =
        length < Int64(Self.knownLogs.count)
        ? Self.knownLogs[Int(length)] : PortableMath.log(Double(length))
      logSum += log
      logSquares += log * log
    }
  }

  /// The mean length; nil without lengths.
  package var mean: Double? { count > 0 ? sum / Double(count) : nil }

  /// A quantile of the lengths, within 0.8 %.
  package func quantile(_ share: Double) -> Double? {
    histogram.quantile(share)
  }

  /// The mean of the logarithms of the lengths above zero.
  package var logMean: Double? { count > zeros ? logSum / Double(count - zeros) : nil }

  /// The deviation of the logarithms of the lengths above zero.
  package var logDeviation: Double? {
    guard let logMean else { return nil }
    return max(0, logSquares / Double(count - zeros) - logMean * logMean).squareRoot()
  }
}

extension TokenLaw {
  /// The lognormal law of a trace's lengths; nil where it has none above zero.
  package init?(_ sizes: SizeStatistics) {
    guard let mean = sizes.logMean, let deviation = sizes.logDeviation else { return nil }
    // Four decimals are more than a thousand lengths can tell.
    self = .lognormal(
      logMean: (mean * 1e4).rounded() / 1e4, logDeviation: (deviation * 1e4).rounded() / 1e4,
      largest: sizes.largest)
  }
}
