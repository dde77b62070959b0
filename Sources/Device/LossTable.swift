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
/// that are exact but for the rounding of doubles. A look works on the groups that have changed:
/// what each adds to its launches is kept, in whole numbers, so that taking it away again leaves
/// nothing behind.
package struct LossTable: Sendable {
  /// A launch on the device.
  package struct Row: Sendable {
    /// What it was submitted with.
    package var tag: Int32 = 0
    /// What it loses of each nanosecond from `since` on, and what it lost before.
    package internal(set) var rate = LaunchLosses()
    var sum = LaunchLosses()
    var since: Int64 = 0
    var sequence: UInt64 = 0
    var isBehind = false
    /// The same as of the look under way.
    var standsBehind = false
    /// Whether its rate is to be found anew.
    var isStale = true
    var residents = Residents()
    /// The DRAM bytes it moves in a nanosecond.
    var bytes = 0.0

    /// Warps of it that are resident now.
    package var warps: Int64 { residents.warps }
  }

  /// A launch's resident blocks, of one group of SMs or of all, speeds in 2^-40 of a block alone.
  struct Residents: Sendable {
    /// Speeds added up: as if others had no part of the SMs, and as they have.
    var ownSM: Int64 = 0
    var sharedSM: Int64 = 0
    /// The latter of blocks that DRAM does not hold back, and the number of those it does.
    var free: Int64 = 0
    var held: Int64 = 0
    var warps: Int64 = 0

    static let unit = 0x1p40

    mutating func add(_ other: Residents, _ sign: Int64) {
      ownSM &+= sign &* other.ownSM
      sharedSM &+= sign &* other.sharedSM
      free &+= sign &* other.free
      held &+= sign &* other.held
      warps &+= sign &* other.warps
    }
  }

  /// What held warps get of the DRAM: those of confined launches, and others'.
  struct DRAMLevels: Equatable, Sendable {
    var open = Double.infinity
    var confined = Double.infinity
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
  /// When the device was last looked at; -1 before.
  package internal(set) var time: Int64 = -1
  /// By group: what it added to which launches, and how many SMs it had.
  var groups: [[(slot: Int, part: Residents)]] = []
  var sizes: [Int32] = []
  /// The groups that added something.
  var counted: [Int] = []
  /// The DRAM's levels, and whether launches had company, as of the last look.
  var dramLevels = DRAMLevels()
  var hasCompany = false

  /// Creates an empty table.
  package init() {}

  /// Takes away what a group added.
  mutating func takeAway(_ g: Int) {
    for (slot, part) in groups[g] {
      rows[slot].residents.add(part, -1)
      rows[slot].isStale = true
    }
    groups[g].removeAll(keepingCapacity: true)
  }

  /// What a launch has lost by an instant up to which the last look holds.
  package func losses(of id: LaunchID, by now: Int64) -> LaunchLosses {
    let slot = Int(id.slot)
    // Submitted at this very instant: nothing has been lost.
    guard slot < rows.count, rows[slot].sequence == id.sequence else { return LaunchLosses() }
    var sum = rows[slot].sum
    if now > rows[slot].since { sum.add(rows[slot].rate, Double(now - rows[slot].since)) }
    return sum
  }
}
