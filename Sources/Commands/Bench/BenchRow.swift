/// One row of the report: a speed, and what the run computed beside what theory says.
struct BenchRow {
  var name: String
  var unit: String
  var value: Double
  var check: Double
  var theory: Double
  var tolerance: Double

  var holds: Bool { abs(check - theory) <= tolerance * abs(theory) }

  /// Whether this run of the two is to be shown: one that computed something wrong, else the
  /// faster.
  func isShown(before other: BenchRow) -> Bool {
    holds == other.holds ? value >= other.value : !holds
  }
}
