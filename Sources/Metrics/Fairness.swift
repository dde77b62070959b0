import SimBasics

/// How unequally something is shared.
package enum Fairness {
  /// Jain's index (Jain, Chiu, Hawe 1984): (Σx)² / (n·Σx²), 1 when all are equal, 1/n when one has
  /// everything; nil where there is nothing or all are 0.
  package static func jain(_ shares: [Double]) -> Double? {
    // Scaled by the largest, so that squares neither overflow nor vanish.
    guard let largest = shares.max(by: { $0.magnitude < $1.magnitude })?.magnitude,
      largest > 0, largest.isFinite
    else { return nil }
    let scaled = shares.map { $0 / largest }
    let sum = scaled.sumInAnyOrder
    let squares = scaled.map { $0 * $0 }.sumInAnyOrder
    return sum * sum / (Double(shares.count) * squares)
  }

  /// The straggler gap (max − min) / max of the replicas' mean latencies; nil with fewer than two
  /// or where the largest is not above 0.
  package static func stragglerGap(_ means: [Double]) -> Double? {
    guard means.count > 1, let low = means.min(), let high = means.max(), high > 0 else {
      return nil
    }
    return (high - low) / high
  }
}
