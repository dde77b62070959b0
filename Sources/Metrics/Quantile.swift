/// A quantile by the nearest-rank definition: of n sorted samples the ⌈q·n⌉-th, so always one of
/// the samples and never an interpolation.
///
/// The share is kept in ten-thousandths, so that ⌈q·n⌉ is exact integer arithmetic.
package struct Quantile: Hashable, Sendable {
  /// The share in ten-thousandths, 1...10 000.
  package var tenThousandths: Int

  /// Creates a quantile.
  ///
  /// - Precondition: 1...10 000.
  package init(tenThousandths: Int) {
    precondition((1...10_000).contains(tenThousandths), "a quantile lies in 1...10 000")
    self.tenThousandths = tenThousandths
  }

  /// The median.
  package static let p50 = Quantile(tenThousandths: 5_000)
  /// The 90th percentile.
  package static let p90 = Quantile(tenThousandths: 9_000)
  /// The 95th percentile.
  package static let p95 = Quantile(tenThousandths: 9_500)
  /// The 99th percentile.
  package static let p99 = Quantile(tenThousandths: 9_900)
  /// The 99.9th percentile.
  package static let p999 = Quantile(tenThousandths: 9_990)
  /// The largest sample.
  package static let maximum = Quantile(tenThousandths: 10_000)

  /// The rank, from 0, among n sorted samples; nil where there are none.
  package func rank(among n: Int) -> Int? {
    guard n > 0 else { return nil }
    // Split so that the product cannot overflow for any count.
    let (whole, rest) = n.quotientAndRemainder(dividingBy: 10_000)
    let part = (rest * tenThousandths + 9_999) / 10_000
    return whole * tenThousandths + part - 1
  }

  /// The quantile of samples that are sorted; nil where there are none.
  package func of<Sample>(sorted samples: [Sample]) -> Sample? {
    rank(among: samples.count).map { samples[$0] }
  }
}
