/// Finds where along an axis a policy stops serving, place by place.
///
/// From 1 upward by doubling, or downward by halving, to a place that is served and one that is not;
/// then the two are drawn together. What lies on both sides is looked at too, for more may be served
/// where less is not: the knee is the largest place below which every place that was tried is
/// served. What is served again above it is told beside it.
package struct KneeSearch: Sendable {
  /// A place and what came of it.
  package struct Trial: Hashable, Sendable {
    /// The place along the axis.
    package var x: Double
    /// Whether the policy served.
    package var isServed: Bool
  }

  /// More than any search needs that ends.
  private static let mostTrials = 80

  private let axis: CapacityAxis
  private let tolerance: Double
  /// What was tried, ascending.
  package private(set) var trials: [Trial] = []

  /// - Parameter tolerance: how much larger the first load that fails may be than the capacity, as a
  ///   part of it; whole numbers are found exactly.
  package init(_ axis: CapacityAxis, tolerance: Double) {
    self.axis = axis
    self.tolerance = tolerance
  }

  /// Notes what came of a place.
  package mutating func note(_ x: Double, isServed: Bool) {
    let at = trials.firstIndex { $0.x >= x } ?? trials.count
    trials.insert(Trial(x: x, isServed: isServed), at: at)
  }

  /// The smallest place that is not served; nil where all are.
  package var failing: Double? { trials.first { !$0.isServed }?.x }

  /// The largest place below which all that were tried are served; nil where the first is not.
  package var served: Double? { trials.prefix { $0.isServed }.last?.x }

  /// The largest place above one that is not served that is served again; nil where none is.
  package var servedAgain: Double? {
    guard let failing else { return nil }
    return trials.last { $0.isServed && $0.x > failing }?.x
  }

  /// The place to try next; nil where the knee is found, or is beyond the axis.
  package var next: Double? {
    guard let first = trials.first, let last = trials.last else { return 1 }
    if trials.count >= Self.mostTrials { return nil }
    guard let failing else { return axis.above(last.x) }
    guard let served else { return axis.below(first.x) }
    if let middle = axis.between(served, failing, tolerance: tolerance) { return middle }
    return axis.checks(served: served, failing: failing).first { check in
      !trials.contains { axis.isNear($0.x, check) }
    }
  }
}
