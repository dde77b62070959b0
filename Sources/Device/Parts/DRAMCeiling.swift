import Hardware

/// What launches that are confined get of the DRAM together at most, and what they ask of it.
///
/// While the ceiling is in force there are two levels, one for the warps of confined blocks and one
/// for all others' (`Device.dram`), and a clock for each. Where the ceiling does not bind, the levels
/// are equal.
struct DRAMCeiling {
  /// The part of the DRAM's bandwidth; 1 where there is no ceiling.
  var fraction = 1.0
  /// The same in the units in which asks are summed.
  var capacity: Int128
  /// Confined launches that have not ended.
  var launches = 0
  /// Whether the ceiling is in force; the DRAM's state is kept as where blocks are held then.
  var isOn = false
  /// Whether it may come into force at this instant, go out of it, or has moved.
  var hasMoved = false
  /// Whether it did not bind when levels were last set.
  var isSlack = true
  /// The reading of the clock up to which confined blocks end at this instant, as bits.
  var limit: Int64 = -1
  /// What confined blocks ask for, the level up to which their warps are served, and their clock.
  var confined: DRAMState
  /// By group: what confined blocks of one SM that are not held ask for, and the warps of those that
  /// are, as of the last refresh.
  private(set) var freeAsks: UnsafeMutablePointer<Int64>
  private(set) var heldWarps: UnsafeMutablePointer<Int64>
  /// Groups for which there is room: none before the ceiling is first in force, which few devices see.
  private var groupCount = 0

  /// Creates a DRAM without a ceiling. Its owner calls `deallocate()`.
  init(rate: Double, limits: SMLimits) {
    confined = DRAMState(rate: rate, smCount: 1, limits: limits)
    capacity = Int128(confined.units)
    freeAsks = .allocate(capacity: 1)
    heldWarps = .allocate(capacity: 1)
  }

  func deallocate() {
    confined.deallocate()
    freeAsks.deallocate()
    heldWarps.deallocate()
  }

  private mutating func makeRoom(smCount: Int, limits: SMLimits) {
    let rate = confined.rate
    deallocate()
    confined = DRAMState(rate: rate, smCount: smCount, limits: limits)
    freeAsks = .allocate(capacity: smCount)
    heldWarps = .allocate(capacity: smCount)
    groupCount = smCount
  }

  /// Comes into force: nothing is known of confined blocks, who have been served up to `level`.
  mutating func begin(level: Double, smCount: Int, limits: SMLimits) {
    if groupCount == 0 { makeRoom(smCount: smCount, limits: limits) }
    isOn = true
    isSlack = true
    confined.startSharing()
    confined.level = level
    confined.freeAsk = 0
    confined.heldWarps = 0
    for g in 0..<groupCount {
      confined.remove(g)
      freeAsks[g] = 0
      heldWarps[g] = 0
    }
  }

  /// A group in the state of another.
  func copy(_ g: Int, to new: Int) {
    freeAsks[new] = freeAsks[g]
    heldWarps[new] = heldWarps[g]
  }

  /// Notes what confined blocks of one of a group's SMs ask for and how many of their warps are held.
  mutating func note(_ blocks: AskingBlocks, ask: Int64, of g: Int, count: Int32) {
    blocks.note(of: g, in: confined)
    confined.heldWarps &+= (Int64(blocks.warps) &- heldWarps[g]) &* Int64(count)
    heldWarps[g] = Int64(blocks.warps)
    confined.freeAsk &+= Int128(ask &- freeAsks[g]) &* Int128(count)
    freeAsks[g] = ask
  }

  /// What confined blocks get together, in the units of `capacity`, where each held warp gets its
  /// level.
  var given: Int128 {
    if confined.heldWarps == 0 { return confined.freeAsk }
    let held = confined.level * Double(confined.heldWarps) / confined.ratePerUnit
    return confined.freeAsk &+ Int128(held.rounded(.up))
  }
}

/// What blocks of one SM that see one level of the DRAM ask of it.
struct AskingBlocks {
  /// When the first of those held ends, as bits of a reading of their clock.
  var target = Int64.max
  /// The held ones' warps, and the least they ask for, a warp.
  var warps: Int32 = 0
  var leastHeld = Double.infinity
  /// The most, a warp, that others ask for.
  var greatestFree = 0.0

  @inline(__always)
  mutating func addHeld(_ cohort: Cohort, ask: Double, warps: Int32) {
    target = min(target, cohort.end)
    leastHeld = min(leastHeld, ask)
    self.warps &+= warps &* cohort.blocks
  }

  @inline(__always)
  func note(of g: Int, in dram: DRAMState) {
    dram.noteGreatestFreeAsk(greatestFree, of: g)
    dram.targets.set(g, to: target)
    dram.heldAsks.set(g, to: warps == 0 ? .max : Int64(bitPattern: leastHeld.bitPattern))
  }
}
