extension Sequence where Element == Double {
  /// The sum, to the last digit the same in whatever order the numbers come.
  ///
  /// Rounding makes a sum of floating-point numbers hang on their order, and the order of tenants or
  /// replicas must not reach a figure: they are added from the least up.
  ///
  /// - Complexity: O(n log n).
  package var sumInAnyOrder: Double { sorted().reduce(0, +) }
}
