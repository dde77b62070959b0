import Hardware

/// The DRAM: what it gives, what is asked of it, and the clock that held blocks progress with.
struct DRAMState {
  /// Nanoseconds of the whole rate, for a warp, after which the clock starts anew.
  private static var clockRange: Double { 1024 }

  let rate: Double
  /// What DRAM gives, in the units in which asks are summed: whole numbers, so that sums are exact
  /// in any order. An SM full of blocks that each ask for twice as much is within range.
  let units: Int64
  let ratePerUnit: Double
  /// What DRAM gives, in the units of `DeviceKernel.levelUnits`, and those to `units`.
  let levelUnits: Double
  let unitsPerLevelUnit: Double

  /// Bytes/ns each held warp gets; infinite where none is held.
  var level = Double.infinity
  /// Whether blocks are held: `targets`, `heldAsks` and `freeAsks` are kept only then.
  var isShared = false
  /// Bytes each warp held all along has got: held blocks finish at a reading of this clock.
  var clock = 0.0
  /// What `clock` lost to rounding.
  var clockRest = 0.0
  /// When the first held blocks finish.
  var heldFinish: Int64 = .max
  /// Exact sum of what all blocks that are not held ask for.
  var freeAsk: Int128 = 0
  /// Sum of all held warps.
  var heldWarps: Int64 = 0

  /// Readings of the clock at which held blocks finish, by group, as bits: the order of doubles
  /// that are not negative is that of their bits.
  let targets: TournamentTree
  /// The least ask per warp of held blocks by group, as bits.
  let heldAsks: TournamentTree
  /// The greatest ask per warp of blocks that are not held by group, as bits, negated.
  let freeAsks: TournamentTree

  /// Creates a DRAM that nobody uses. Its owner calls `deallocate()`.
  init(rate: Double, smCount: Int, limits: SMLimits) {
    self.rate = rate
    units = 1 << (61 - Self.bits(for: limits.maxBlocks))
    ratePerUnit = rate / Double(units)
    let levelBits = 61 - Self.bits(for: limits.maxBlocks) - Self.bits(for: limits.maxWarps)
    levelUnits = Double(Int64(1) << levelBits)
    unitsPerLevelUnit = Double(units) / levelUnits
    targets = TournamentTree(count: smCount)
    heldAsks = TournamentTree(count: smCount)
    freeAsks = TournamentTree(count: smCount)
  }

  func deallocate() {
    targets.deallocate()
    heldAsks.deallocate()
    freeAsks.deallocate()
  }

  /// The bits of a number's next power of two.
  private static func bits(for number: Int) -> Int {
    Int.bitWidth - (max(number, 1) - 1).leadingZeroBitCount
  }

  /// Whether blocks that are not held ask for more than there is.
  @inline(__always)
  var isShort: Bool { freeAsk > Int128(units) }

  /// What is left for each held warp.
  @inline(__always)
  var levelOfHeld: Double { level(sharing: Int128(units) - freeAsk, among: heldWarps) }

  /// What each of so many warps gets of what is left; infinite where there are none and something is.
  @inline(__always)
  func level(sharing left: Int128, among warps: Int64) -> Double {
    if warps == 0 { return left < 0 ? -.infinity : .infinity }
    // Beyond a whole DRAM's worth the sign alone matters.
    let clipped = Double(Int64(clamping: left))
    return clipped * ratePerUnit / Double(warps)
  }

  @inline(__always)
  var greatestFreeAsk: Double {
    let bits = freeAsks.least
    return bits == .max ? 0 : Double(bitPattern: UInt64(bitPattern: -bits))
  }

  @inline(__always)
  var leastHeldAsk: Double { Double(bitPattern: UInt64(bitPattern: heldAsks.least)) }

  @inline(__always)
  func noteGreatestFreeAsk(_ ask: Double, of group: Int) {
    freeAsks.set(group, to: ask == 0 ? .max : -Int64(bitPattern: ask.bitPattern))
  }

  /// Forgets a group.
  @inline(__always)
  mutating func remove(_ group: Int) {
    targets.set(group, to: .max)
    heldAsks.set(group, to: .max)
    freeAsks.set(group, to: .max)
  }

  mutating func startSharing() {
    isShared = true
    clock = 0
    clockRest = 0
  }

  mutating func stopSharing() {
    level = .infinity
    isShared = false
  }

  /// Moves the clock, with what rounding would lose kept beside it.
  ///
  /// - Returns: whether it is to start anew: its resolution is that of a double.
  @inline(__always)
  mutating func advanceClock(by span: Int64) -> Bool {
    let step = level * Double(span) + clockRest
    let sum = clock + step
    clockRest = step - (sum - clock)
    clock = sum
    return sum > Self.clockRange * rate
  }

  /// Nanoseconds until the clock reads a target.
  @inline(__always)
  func span(to target: Int64) -> Double { left(to: target) / level }

  /// Bytes each held warp gets until the clock reads a target.
  @inline(__always)
  func left(to target: Int64) -> Double {
    Double(bitPattern: UInt64(bitPattern: target)) - clock - clockRest
  }

  /// The reading, as bits, up to which held blocks end at an instant, give or take what the clock gets
  /// in `slack` nanoseconds; -1 where none ends then.
  @inline(__always)
  func limit(at now: Int64, slack: Double) -> Int64 {
    if heldFinish != now { return -1 }
    return max(Int64(bitPattern: (clock + slack * level).bitPattern), targets.least)
  }

  /// The reading, as bits, at which each held warp has got so many bytes more.
  @inline(__always)
  func target(after bytes: Double) -> Int64 {
    Int64(bitPattern: max(0, clock + (clockRest + bytes)).bitPattern)
  }
}
