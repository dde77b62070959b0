import Device

/// A span of time by reason, in whole nanoseconds.
package struct WaitParts: Hashable, Sendable {
  // One lane a reason: adding two is a few instructions, and nothing is allocated.
  private var lanes = SIMD16<Int64>()

  /// Creates parts of nothing.
  package init() {}

  /// A reason's part.
  package subscript(_ reason: WaitReason) -> Int64 {
    get { lanes[reason.rawValue] }
    set { lanes[reason.rawValue] = newValue }
  }

  /// All parts together: a request's latency.
  package var sum: Int64 { lanes.wrappedSum() }

  /// The largest part; the first of equals.
  package var largest: WaitReason {
    WaitReason.allCases.reduce(.queue) { self[$1] > self[$0] ? $1 : $0 }
  }

  /// Adds other parts.
  package static func += (a: inout WaitParts, b: WaitParts) { a.lanes &+= b.lanes }

  /// Shares out what a launch took on the device beyond its time alone, in proportion to what it
  /// lost there: each part ends at a whole nanosecond, the last where the span does.
  mutating func add(excess span: Int64, by losses: LaunchLosses) {
    if span <= 0 { return }
    let all = losses.sum
    // Nothing else was seen in the way than that others were there.
    guard all > 0 else {
      self[.smSharing] += span
      return
    }
    var (told, passed) = (Int64(0), 0.0)
    for (reason, loss) in [
      (WaitReason.order, losses.order), (.smsFull, losses.full), (.smSharing, losses.sm),
    ] {
      passed += loss
      let end = min(span, Int64((Double(span) * (passed / all)).rounded()))
      self[reason] += end - told
      told = end
    }
    // Rounding of the sum must not make up a part that is not there.
    let last: WaitReason =
      losses.dram > 0
      ? .dram : losses.sm > 0 ? .smSharing : losses.full > 0 ? .smsFull : .order
    self[last] += span - told
  }
}
