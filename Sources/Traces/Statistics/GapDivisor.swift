/// The greatest common divisor of a trace's gaps: the tick of its clock, once gaps differ.
struct GapDivisor {
  /// The divisor of the gaps so far; 0 without one above zero.
  private(set) var common: Int64 = 0
  private var first: Int64 = 0
  private var hasSecond = false
  private var differ = false

  @inline(__always) mutating func add(_ gap: Int64) {
    if common == 1, tick != nil { return }  // most fine clocks end up here at once
    include(gap < 0 ? -gap : gap)
  }

  private mutating func include(_ gap: Int64) {
    // Ties are a length of their own: two requests of one instant show a clock that stands.
    if gap == 0 || (first > 0 && gap != first) { differ = true }
    guard gap > 0 else { return }
    if first > 0 { hasSecond = true } else { first = gap }
    var (a, b) = (common, gap)
    while b != 0 { (a, b) = (b, a % b) }
    common = a
  }

  /// The divisor; nil with a single gap above zero, or where all gaps are equal: what they have in
  /// common then is their length.
  var tick: Int64? { differ && hasSecond ? common : nil }
}
