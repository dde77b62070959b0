/// A constant at which two policies change places.
package struct RankFlip: Sendable {
  /// The constant's index.
  package let constant: Int
  /// The policy that is better with what the experiment has: its index.
  package let better: Int
  /// The one that is better beyond.
  package let worse: Int
  /// The value nearest to where they change, at which the first is still better.
  package let holdsAt: Double
  /// The value nearest to where they change, at which the other is.
  package let flipsAt: Double
  /// Whether the first is the best of all policies that share the GPU with what the experiment has.
  package let isOfTheBest: Bool
}

/// Draws together the values between which two policies change places.
struct FlipSearch {
  /// How near the two values shall be, as a part of the range between its start and its end.
  static let width = 0.01

  /// - Parameters:
  ///   - start: the value at which the order holds, `end`: one at which it does not.
  ///   - between: a value part of the way from one to another.
  ///   - holds: whether the order holds; nil where that cannot be told, which ends the search.
  /// - Returns: the nearest values found; nil where it was stopped before the first.
  static func search(
    from start: Double, to end: Double, between: (Double, Double, Double) -> Double,
    holds: (Double) throws -> Bool?
  ) rethrows -> (holdsAt: Double, flipsAt: Double) {
    var (good, bad) = (start, end)
    for _ in 0..<40 where abs(bad - good) > width * abs(end - start) {
      let middle = between(good, bad, 0.5)
      guard middle != good, middle != bad, let isHeld = try holds(middle) else { break }
      if isHeld { good = middle } else { bad = middle }
    }
    return (good, bad)
  }
}
