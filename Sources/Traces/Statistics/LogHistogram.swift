/// Counts of positive integers in buckets whose width grows with the value: exact below 128, then
/// 64 buckets for each doubling, hence within 0.8 % of the value.
struct LogHistogram {
  private(set) var counts = [Int64](repeating: 0, count: 64 * 59)
  private(set) var total: Int64 = 0
  private var least: Int64 = .max
  private(set) var largest: Int64 = 0

  /// Adds a value; negative ones count as 0.
  @inline(__always) mutating func add(_ value: Int64) {
    counts[Self.bucket(value)] += 1
    total += 1
    if value < least { least = value }
    if value > largest { largest = value }
  }

  /// The bucket of a value.
  @inline(__always) static func bucket(_ value: Int64) -> Int {
    if value < 128 { return Int(max(value, 0)) }
    let shift = 57 - value.leadingZeroBitCount  // leaves seven bits, the first of them set
    return Int(value >> Int64(shift)) + 64 * shift
  }

  /// The least value of a bucket.
  static func lowerBound(_ bucket: Int) -> Int64 {
    if bucket < 128 { return Int64(bucket) }
    let shift = (bucket - 64) / 64
    return Int64(bucket - 64 * shift) << Int64(shift)
  }

  /// The middle of the bucket in which the quantile falls, but no value that lies outside of those
  /// added; nil without values.
  func quantile(_ share: Double) -> Double? {
    guard total > 0 else { return nil }
    let rank = max(1, Int64((share * Double(total)).rounded(.up)))
    var seen: Int64 = 0
    for (bucket, count) in counts.enumerated() where count > 0 {
      seen += count
      if seen >= rank {
        let low = Self.lowerBound(bucket)
        let width = bucket < 128 ? 1 : Int64(1) << Int64((bucket - 64) / 64)
        let middle = Double(low) + Double(width - 1) / 2
        return min(max(middle, Double(least)), Double(largest))
      }
    }
    return nil
  }
}
