/// What one tenant's launches cost: those that have ended, once each, and what was killed of others.
package struct WorkAccount: Sendable, Equatable {
  /// Of launches that have ended.
  package private(set) var ended = LaunchCost()
  /// Of what was killed, and runs again.
  package private(set) var killed = LaunchCost()
  /// SM time of `ended` for empty places of batches, to the last fraction.
  package private(set) var emptySMTime = BatchSum()
  /// Launches that a policy killed, each to run again, and how long they had run in vain.
  package private(set) var killedLaunches = 0
  package private(set) var killedNS: Int64 = 0

  /// Starts with nothing.
  package init() {}

  /// Everything that ran.
  package var executed: LaunchCost { ended + killed }

  /// SM nanoseconds that went to what ran again or to nobody's request.
  package var wastedSMTime: Double { Double(killed.smTime) + emptySMTime.value }

  /// Launches of a batch have ended, of whose places some are taken.
  @inline(__always)
  mutating func add(_ cost: LaunchCost, requests: Int, of batch: Int) {
    ended += cost
    if requests < batch { emptySMTime.add(cost.smTime, requests: batch - requests, of: batch) }
  }

  /// A launch was killed after it had run for a while.
  ///
  /// - Parameter work: what its blocks had done that is to be done again, in 2^-20 of a block.
  mutating func kill(_ launch: ProgramLaunch, work: Int64, ranNS: Int64) {
    let (part, whole) = (Int128(work), Int128(max(1, launch.blocks)) << 20)
    killed += LaunchCost(
      smTime: launch.cost.smTime * part / whole, energyPJ: launch.cost.energyPJ * part / whole)
    killedLaunches += 1
    killedNS += ranNS
  }

  /// What was spent since an earlier state of the same account.
  static func - (a: WorkAccount, b: WorkAccount) -> WorkAccount {
    var rest = a
    rest.ended -= b.ended
    rest.killed -= b.killed
    rest.emptySMTime -= b.emptySMTime
    rest.killedLaunches -= b.killedLaunches
    rest.killedNS -= b.killedNS
    return rest
  }
}
