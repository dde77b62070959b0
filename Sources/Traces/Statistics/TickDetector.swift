/// Finds the clock behind recorded times: the greatest common divisor of all distances, or a coarser
/// tick of whole seconds near which nearly all of them lie.
struct TickDetector {
  /// The coarse ticks tried, in seconds.
  static let candidates: [Int64] = [1, 2, 3, 5, 10, 15, 30, 60]
  /// A coarse tick is named when this share of arrivals lies within 1/64 of a tick around it.
  static let shareNeeded = 0.95
  private static let second: Int64 = 1_000_000_000

  private var divisor: Int64 = 0
  private var origin: Int64?
  private var near = [Int64](repeating: 0, count: candidates.count)
  private var total: Int64 = 0
  private var farthest: Int64 = 0

  mutating func add(_ arrival: Int64) {
    guard let origin else {
      origin = arrival
      total = 1
      for index in near.indices { near[index] = 1 }
      return
    }
    total += 1
    let distance = arrival - origin
    farthest = max(farthest, distance)
    if divisor == 1 || distance == 0 {
      // Nothing to learn: most files with fine clocks end up here at once.
    } else {
      divisor = Self.commonDivisor(divisor, distance)
    }
    // Every candidate divides a minute. Written out, since dividing by a constant is ten times as
    // fast as by a variable, and these are most of the work for a row.
    let rest = distance % 60_000_000_000
    countNear(0, rest, 1_000_000_000)
    countNear(1, rest, 2_000_000_000)
    countNear(2, rest, 3_000_000_000)
    countNear(3, rest, 5_000_000_000)
    countNear(4, rest, 10_000_000_000)
    countNear(5, rest, 15_000_000_000)
    countNear(6, rest, 30_000_000_000)
    countNear(7, rest, 60_000_000_000)
  }

  @inline(__always)
  private mutating func countNear(_ index: Int, _ distance: Int64, _ tick: Int64) {
    let rest = distance % tick
    if min(rest, tick - rest) <= tick / 64 { near[index] &+= 1 }
  }

  /// The greatest common divisor of the distances from the first arrival; nil where all coincide.
  var exact: Int64? { divisor == 0 ? nil : divisor }

  /// The largest coarse tick near which nearly all arrivals lie, where it is coarser than the
  /// exact one and the trace spans at least 20 of them.
  var coarse: Int64? {
    var best: Int64?
    guard total >= 20 else { return nil }
    for (index, candidate) in Self.candidates.enumerated()
    where Double(near[index]) >= Self.shareNeeded * Double(total)
      && farthest / (20 * Self.second) >= candidate
    {
      best = candidate * Self.second
    }
    guard let best, best > divisor else { return nil }
    return best
  }

  private static func commonDivisor(_ a: Int64, _ b: Int64) -> Int64 {
    var (a, b) = (a, b < 0 ? -b : b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}
