/// Finds the clock behind recorded times: the greatest common divisor of all gaps, or a coarser tick
/// of whole seconds near which nearly all of them lie.
struct TickDetector {
  /// The coarse ticks tried, in seconds.
  static let candidates: [Int64] = [1, 2, 3, 5, 10, 15, 30, 60]
  /// A coarse tick is named when this share of arrivals lies within 1/64 of a tick around it.
  static let shareNeeded = 0.95
  private static let second: Int64 = 1_000_000_000

  private var divisor = GapDivisor()
  private var origin: Int64?
  private var last: Int64 = 0
  private var near = [Int64](repeating: 0, count: candidates.count)
  private var total: Int64 = 0
  private var farthest: Int64 = 0

  mutating func add(_ arrival: Int64) {
    guard let origin else {
      origin = arrival
      last = arrival
      total = 1
      for index in near.indices { near[index] = 1 }
      return
    }
    total += 1
    let distance = arrival - origin
    farthest = max(farthest, distance)
    divisor.add(arrival - last)
    last = arrival
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

  /// The greatest common divisor of the gaps; nil where they do not tell it.
  var exact: Int64? { divisor.tick }

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
    guard let best, best > divisor.common else { return nil }
    return best
  }
}
