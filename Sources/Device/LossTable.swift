/// What a launch's time on the device went to beside its own work, in nanoseconds, not rounded.
package struct LaunchLosses: Hashable, Sendable {
  /// Blocks had to wait behind an earlier or more urgent launch with unplaced blocks, or for one of
  /// the resident grids.
  package var order = 0.0
  /// Blocks had to wait, or were crowded, because others' blocks had taken the room on the SMs.
  package var full = 0.0
  /// Blocks got less of their SM than alone there; what `co_runner_slowdown` adds is part of it.
  package var sm = 0.0
  /// Blocks got less of the DRAM than alone.
  package var dram = 0.0

  /// Loses nothing.
  package init() {}

  /// All of it.
  package var sum: Double { order + full + sm + dram }

  /// Adds what is lost in `span` nanoseconds at a rate: nanoseconds lost in each.
  mutating func add(_ rate: LaunchLosses, _ span: Double) {
    order += rate.order * span
    full += rate.full * span
    sm += rate.sm * span
    dram += rate.dram * span
  }

  /// Adds those of another launch.
  package static func += (a: inout LaunchLosses, b: LaunchLosses) { a.add(b, 1) }
}

/// What the launches on a device lose to each other, added up from one look at it to the next.
///
/// Between two instants of a device nothing changes, so looks at the end of every instant make sums
/// that are exact but for the rounding of doubles.
package struct LossTable: Sendable {
  /// A launch on the device.
  package struct Row: Sendable {
    /// What it was submitted with.
    package var tag: Int32 = 0
    /// Warps of it that are resident now.
    package var warps: Int64 = 0
    /// What it loses of each nanosecond from now on.
    package var rate = LaunchLosses()
    /// What it has lost up to the last look.
    package fileprivate(set) var sum = LaunchLosses()
    var sequence: UInt64 = 0
    var isLive = false
    var isBehind = false
    /// Blocks on the SMs, and their speeds added up: alone there, beside others there, and as DRAM
    /// lets them.
    var speeds = Speeds()
  }

  /// Sums over a launch's resident blocks.
  struct Speeds: Sendable {
    var ownSM = 0.0
    var sharedSM = 0.0
    var actual = 0.0
  }

  /// By slot; only those of `live` mean something.
  package internal(set) var rows: [Row] = []
  /// The slots of the launches on the device, ascending.
  package internal(set) var live: [Int] = []
  /// The launch whose blocks are placed next, or -1 where none waits.
  package internal(set) var head = -1
  /// SMs with blocks.
  package internal(set) var activeSMs = 0
  /// The share of the DRAM's bandwidth that is used.
  package internal(set) var dramUse = 0.0
  /// When the device was last looked at.
  package internal(set) var time: Int64 = 0

  /// Creates an empty table.
  package init() {}

  /// What a launch has lost by an instant up to which the last look holds.
  package func losses(of id: LaunchID, by now: Int64) -> LaunchLosses {
    let slot = Int(id.slot)
    // Submitted at this very instant: nothing has been lost.
    guard slot < rows.count, rows[slot].sequence == id.sequence else { return LaunchLosses() }
    var sum = rows[slot].sum
    if now > time { sum.add(rows[slot].rate, Double(now - time)) }
    return sum
  }

  /// Adds up what was lost until an instant.
  mutating func integrate(to now: Int64) {
    let span = Double(now - time)
    time = now
    if span <= 0 { return }
    for slot in live { rows[slot].sum.add(rows[slot].rate, span) }
  }
}
