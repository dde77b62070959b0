/// For how long each SM has had blocks, kept for those who ask before anything runs.
struct SMActivity {
  /// By SM: the ends of its spells with blocks less their starts, the one under way without its end.
  private let sums: UnsafeMutablePointer<Int64>

  /// Its owner calls `deallocate()`.
  init(smCount: Int) {
    sums = .allocate(capacity: smCount)
    sums.initialize(repeating: 0, count: smCount)
  }

  func deallocate() { sums.deallocate() }

  subscript(sm: Int) -> Int64 { sums[sm] }

  /// SMs get blocks, or have none any more.
  func note(_ sms: SMSet, areActive: Bool, at now: Int64) {
    for word in 0..<4 {
      var bits = sms.words[word]
      while bits != 0 {
        sums[word << 6 + bits.trailingZeroBitCount] &+= areActive ? 0 &- now : now
        bits &= bits &- 1
      }
    }
  }
}

extension Device {
  /// Has it kept from now on for how long each SM has blocks.
  ///
  /// - Precondition: nothing has run yet.
  package mutating func followSMs() {
    precondition(now == 0 && busy.residentGrids == 0, "SMs are followed from the start")
    if smActivity == nil { smActivity = SMActivity(smCount: smCount) }
  }

  /// By SM: the nanoseconds with at least one block up to an instant; empty where SMs are not
  /// followed.
  ///
  /// - Precondition: `time` is not before the present instant nor after the next event.
  package mutating func smTimes(at time: Int64) -> [Int64] {
    guard let smActivity else { return [] }
    var times = (0..<smCount).map { smActivity[$0] }
    for i in 0..<groups.count {
      let group = groups.rows[Int(groups.live[i])]
      if group.cohortCount == 0 { continue }
      for sm in 0..<smCount where group.members.contains(sm) { times[sm] += time }
    }
    return times
  }

  /// What the device will have done by an instant, if nothing happens before.
  ///
  /// - Precondition: `time` is not before the present instant nor after the next event.
  package func integrals(at time: Int64) -> DeviceIntegrals { busy.integrals(at: time) }
}
