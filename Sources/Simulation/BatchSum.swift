/// A sum over batches of what their places are charged, operations or SM time, to the last one.
///
/// Of a batch with empty places only a part counts: a share that need be no whole number. Shares are
/// kept as fractions over the batch's size, so that nothing is lost however the work is cut up. 128
/// bits hold 31 years of any GPU.
package struct BatchSum: Sendable, Hashable, AdditiveArithmetic, ExpressibleByIntegerLiteral {
  private struct Part: Hashable {
    var batch: Int128
    /// The amount times `batch`, below one whole.
    var numerator: Int128
  }

  /// Whole amounts.
  package private(set) var whole: Int128 = 0
  /// What is left over of each batch size with empty places, sizes ascending.
  private var parts: [Part] = []

  /// Counts nothing.
  package init() {}

  /// Counts a whole amount.
  package init(_ whole: Int128) { self.whole = whole }

  /// Counts a whole amount.
  package init(integerLiteral value: Int128) { whole = value }

  /// The sum, fractions of one among it.
  package var value: Double {
    parts.reduce(Double(whole)) { $0 + Double($1.numerator) / Double($1.batch) }
  }

  /// Adds the part of a batch's amount that falls to some of its places.
  mutating func add(_ amount: Int128, requests: Int, of batch: Int) {
    if requests >= batch {
      whole += amount
    } else {
      addParts(amount * Int128(requests), of: Int128(batch))
    }
  }

  private mutating func addParts(_ numerator: Int128, of batch: Int128) {
    let at = parts.firstIndex { $0.batch >= batch } ?? parts.count
    if at == parts.count || parts[at].batch > batch {
      parts.insert(Part(batch: batch, numerator: 0), at: at)
    }
    let (quotient, left) = Self.rounded(down: parts[at].numerator + numerator, over: batch)
    whole += quotient
    parts[at].numerator = left
    if left == 0 { parts.remove(at: at) }
  }

  /// Divided so that what is left over is never below zero.
  private static func rounded(
    down sum: Int128, over batch: Int128
  ) -> (quotient: Int128, left: Int128) {
    // 64 bits divide several times as fast, and nearly all sums fit.
    if let short = Int64(exactly: sum), let size = Int64(exactly: batch) {
      let (quotient, left) = short.quotientAndRemainder(dividingBy: size)
      return left < 0
        ? (Int128(quotient) - 1, Int128(left + size)) : (Int128(quotient), Int128(left))
    }
    let (quotient, left) = sum.quotientAndRemainder(dividingBy: batch)
    return left < 0 ? (quotient - 1, left + batch) : (quotient, left)
  }

  /// Nothing.
  package static var zero: BatchSum { BatchSum() }

  /// The sum of both.
  package static func + (a: BatchSum, b: BatchSum) -> BatchSum {
    var sum = a
    sum.whole += b.whole
    for part in b.parts { sum.addParts(part.numerator, of: part.batch) }
    return sum
  }

  /// What was counted since an earlier state.
  package static func - (a: BatchSum, b: BatchSum) -> BatchSum {
    var rest = a
    rest.whole -= b.whole
    for part in b.parts { rest.addParts(-part.numerator, of: part.batch) }
    return rest
  }
}
