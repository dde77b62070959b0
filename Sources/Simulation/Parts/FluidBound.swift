/// The least that requests of one machine can be late, if the machine wastes nothing.
///
/// Work is served at rate 1 from the instant of arrival, in any order and in any parts, by a machine
/// that is never idle while there is some. A request given up costs nothing at all.
struct FluidBound {
  /// Instants of arrival in nanoseconds, ascending.
  let arrivals: [Int64]
  /// By request: how long the whole machine is busy with it, in nanoseconds.
  let work: [Double]
  private let largest: Double

  init(arrivals: [Int64], work: [Double]) {
    self.arrivals = arrivals
    self.work = work
    largest = work.max() ?? 0
  }

  /// The fewest requests that must be given up so that all others are done within `span` of their
  /// arrival.
  ///
  /// First come, first served is best where all have the same time. Where one is late, something has
  /// to go, and nothing takes more with it than the largest request: for equal requests the count is
  /// exact, else a bound. (By induction the backlog is at most that of any schedule and the largest
  /// request for every one that the schedule has given up more.)
  func late(within span: Double) -> Int {
    var (backlog, count, last) = (0.0, 0, Int64(0))
    for i in arrivals.indices {
      backlog = max(0, backlog - Double(arrivals[i] - last)) + work[i]
      last = arrivals[i]
      if backlog > span {
        count += 1
        backlog = max(0, backlog - largest)
      }
    }
    return count
  }

  /// The longest that a request takes, first come first served: the least span with none late.
  var longest: Double {
    var (backlog, most, last) = (0.0, 0.0, Int64(0))
    for i in arrivals.indices {
      backlog = max(0, backlog - Double(arrivals[i] - last)) + work[i]
      last = arrivals[i]
      most = max(most, backlog)
    }
    return most
  }

  /// How many requests cannot be done by an instant, whatever is done first.
  func unfinished(at end: Int64) -> Int {
    var (backlog, last) = (0.0, Int64(0))
    for i in arrivals.indices where arrivals[i] <= end {
      backlog = max(0, backlog - Double(arrivals[i] - last)) + work[i]
      last = arrivals[i]
    }
    backlog = max(0, backlog - Double(end - last))
    return largest > 0 ? Int((backlog / largest - 1e-6).rounded(.up)) : 0
  }

  /// Raises latencies, ascending, to what the machine allows.
  ///
  /// - Parameter floor: what a request takes beside its time on the machine, at least.
  /// - Complexity: O(requests) for each of some hundred spans.
  func raise(_ latencies: inout [Int64], floor: Double) {
    let top = longest
    guard let first = latencies.first, let least = work.min(), top + floor > Double(first) else {
      return
    }
    var span = max(least, Double(first) - floor)
    let factor = max(1.000_1, (top / span).squareRootOf(steps: 128))
    while span < top {
      let late = late(within: span)
      if late == 0 { return }
      // So many are later than this: the last ones of the order.
      let bound = Int64((span + floor) * (1 - 1e-9))
      for k in (latencies.count - min(late, latencies.count))..<latencies.count
      where latencies[k] < bound {
        latencies[k] = bound
      }
      span *= factor
    }
  }
}

extension Double {
  /// The factor of which so many make this one.
  fileprivate func squareRootOf(steps: Int) -> Double {
    var root = self
    var left = steps
    while left > 1 {
      root = root.squareRoot()
      left /= 2
    }
    return root
  }
}
