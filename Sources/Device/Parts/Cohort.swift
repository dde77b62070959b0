/// What sets the speed of a cohort's blocks.
enum CohortPace: UInt8 {
  /// Not known yet: the cohort was placed at this instant.
  case unknown
  /// There are no further cohorts in this group.
  case none
  /// The blocks get what they ask for.
  case full
  /// Their SM gives each warp its level: they progress with the group's `smClock`.
  case smLevel
  /// DRAM gives each warp its level: they progress with `DRAMState.clock`.
  case dramLevel
  /// The ceiling gives each warp of confined blocks its level: they progress with the clock of
  /// `DRAMCeiling.confined`.
  case ceilingLevel
}

/// Blocks of one launch that were placed together on each SM of a group: they progress as one.
struct Cohort {
  /// The launch's slot.
  var launch: Int32
  /// Its kernel's number.
  var kernel: Int32
  /// Its blocks on each SM of the group.
  var blocks: Int32
  var pace: CohortPace
  /// When the blocks finish: an instant at full pace, else bits of the reading of the clock they
  /// progress with. The order of doubles that are not negative is that of their bits.
  var end: Int64
  /// At full pace, nanoseconds by which the blocks' work is done before `end`; while the pace is
  /// unknown, full-speed nanoseconds of work.
  var rest: Double
}

extension Cohort {
  /// What stands after a group's last cohort.
  static var none: Cohort {
    Cohort(launch: -1, kernel: -1, blocks: 0, pace: .none, end: .max, rest: 0)
  }

  /// Puts `end` right where the clock that the blocks progress with is set back by its reading.
  @inline(__always)
  mutating func rebase(by clock: Double) {
    let reading = Double(bitPattern: UInt64(bitPattern: end))
    end = Int64(bitPattern: max(0, reading - clock).bitPattern)
  }
}
