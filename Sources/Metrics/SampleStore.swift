/// Whole-number samples, kept all, 8 bytes each: exact quantiles without a second copy.
///
/// Samples lie in chunks, so growing copies nothing; a quantile sorts each chunk where it stands
/// and then finds the rank by halving the range of values, counting in every chunk. Times are
/// meant to be nanoseconds.
package struct SampleStore: Sendable {
  /// 16 Ki samples, 128 KiB, a chunk: small beside a run, large beside its bookkeeping.
  static let chunkSize = 1 << 14

  private var chunks: [[Int64]] = []
  private var sortedChunks = 0
  private var total: Int128 = 0
  /// The number of samples.
  package private(set) var count = 0
  /// The smallest sample; nil where there is none.
  package private(set) var minimum: Int64?
  /// The largest sample; nil where there is none.
  package private(set) var maximum: Int64?

  /// Creates an empty store.
  package init() {}

  /// Adds a sample.
  ///
  /// - Complexity: O(1), and never a copy of more than one chunk.
  package mutating func append(_ sample: Int64) {
    if chunks.isEmpty || chunks[chunks.count - 1].count >= Self.chunkSize {
      chunks.append([])
      // Later chunks are taken at full size at once; the first one grows, as most stores are small.
      if chunks.count > 1 { chunks[chunks.count - 1].reserveCapacity(Self.chunkSize) }
    }
    chunks[chunks.count - 1].append(sample)
    sortedChunks = min(sortedChunks, chunks.count - 1)
    note(count: 1, total: Int128(sample), low: sample, high: sample)
  }

  /// Adds another store's samples, sharing its memory where it is already sorted.
  package mutating func append(contentsOf other: SampleStore) {
    guard let low = other.minimum, let high = other.maximum else { return }
    let areSorted =
      sortedChunks == chunks.count && other.sortedChunks == other.chunks.count
    chunks += other.chunks
    if areSorted { sortedChunks = chunks.count }
    note(count: other.count, total: other.total, low: low, high: high)
  }

  private mutating func note(count more: Int, total sum: Int128, low: Int64, high: Int64) {
    count += more
    total += sum
    minimum = min(minimum ?? low, low)
    maximum = max(maximum ?? high, high)
  }

  /// The sum, exact.
  package var sum: Double { Double(total) }

  /// The mean; nil where there are no samples.
  package var mean: Double? { count == 0 ? nil : Double(total) / Double(count) }

  /// The standard deviation over the samples themselves (divided by n); nil where there are none.
  ///
  /// - Complexity: O(count), after sorting the chunks once, so that the order in which samples came
  ///   cannot reach the last digit.
  package mutating func standardDeviation() -> Double? {
    guard let mean else { return nil }
    sortChunks()
    var squares = 0.0
    for chunk in chunks {
      for sample in chunk {
        let distance = Double(sample) - mean
        squares += distance * distance
      }
    }
    return (squares / Double(count)).squareRoot()
  }

  /// The coefficient of variation: standard deviation over mean; nil where the mean is 0.
  package mutating func coefficientOfVariation() -> Double? {
    guard let mean, mean != 0, let deviation = standardDeviation() else { return nil }
    return deviation / mean
  }

  /// How many samples are at most the bound.
  package mutating func count(atMost bound: Int64) -> Int {
    sortChunks()
    return countSorted(atMost: bound)
  }

  /// An exact quantile by nearest rank; nil where there are no samples.
  ///
  /// - Complexity: O(n log(chunk)) the first time, then O(64 · chunks · log(chunk)).
  package mutating func quantile(_ quantile: Quantile) -> Int64? {
    guard let rank = quantile.rank(among: count), let minimum, let maximum else { return nil }
    sortChunks()
    // The smallest value that has more than `rank` samples at or below it.
    var low = minimum
    var high = maximum
    while low < high {
      // Half the distance as an unsigned number: the range may be wider than Int64 holds.
      let middle = low &+ Int64(bitPattern: UInt64(bitPattern: high &- low) / 2)
      if countSorted(atMost: middle) > rank { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func countSorted(atMost bound: Int64) -> Int {
    var total = 0
    for chunk in chunks {
      var low = 0
      var high = chunk.count
      while low < high {
        let middle = (low + high) / 2
        if chunk[middle] <= bound { low = middle + 1 } else { high = middle }
      }
      total += low
    }
    return total
  }

  private mutating func sortChunks() {
    while sortedChunks < chunks.count {
      chunks[sortedChunks].sort()
      sortedChunks += 1
    }
  }
}
