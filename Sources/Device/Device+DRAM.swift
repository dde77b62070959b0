extension Device {
  /// Finds the level up to which held warps share DRAM, and holds or frees the blocks whose asks
  /// it crosses. One sweep over the asks, down from the greatest that is free or up from the least
  /// that is held: at every ask passed, what DRAM gives at it is more (or less) than it has.
  mutating func shareDRAM() {
    if !isSharingDRAM { startSharing() }
    var level = levelOfHeld
    if level < greatestFreeAsk {
      repeat {
        dramLevel = greatestFreeAsk.nextDown
        refresh(freeAsks.leastIndex)
        level = levelOfHeld
      } while level < greatestFreeAsk
    } else {
      while heldWarps > 0, level >= leastHeldAsk {
        dramLevel = leastHeldAsk
        refresh(heldAsks.leastIndex)
        level = levelOfHeld
      }
    }
    dramLevel = level
    if heldWarps == 0 {
      dramLevel = .infinity
      isSharingDRAM = false
    }
  }

  private mutating func startSharing() {
    isSharingDRAM = true
    dramClock = 0
    dramClockRest = 0
    for i in 0..<smCount {
      let g = Int(liveGroups[i])
      let ask = i < groupCount ? greatestAsk(of: g) : 0
      freeAsks.set(g, to: Self.bits(ofGreatestFree: ask))
    }
  }

  /// The greatest ask per warp on a group's SMs; none of its blocks are held.
  private mutating func greatestAsk(of g: Int) -> Double {
    let level = groups[g].smLevel
    let base = cohorts + g * cohortsPerGroup
    var greatest = 0.0
    for i in 0..<Int(groups[g].cohortCount) {
      greatest = max(greatest, kernels[Int(base[i].kernel)].askPerWarp(at: level))
    }
    return greatest
  }

  /// As `freeAsks` keeps it.
  @inline(__always)
  static func bits(ofGreatestFree ask: Double) -> Int64 {
    ask == 0 ? .max : -Int64(bitPattern: ask.bitPattern)
  }

  /// What is left for each held warp.
  private var levelOfHeld: Double {
    let left = Int128(dramUnits) - freeAsk
    if heldWarps == 0 { return left < 0 ? -.infinity : .infinity }
    // Beyond a whole DRAM's worth the sign alone matters.
    let clipped = Double(Int64(clamping: left))
    return clipped * ratePerUnit / Double(heldWarps)
  }

  private var greatestFreeAsk: Double {
    let bits = freeAsks.least
    return bits == .max ? 0 : Double(bitPattern: UInt64(bitPattern: -bits))
  }

  private var leastHeldAsk: Double { Double(bitPattern: UInt64(bitPattern: heldAsks.least)) }

  /// Moves the DRAM clock, with what rounding would lose kept beside it.
  mutating func advanceDRAMClock(by span: Int64) {
    if span == 0 { return }
    let step = dramLevel * Double(span) + dramClockRest
    let sum = dramClock + step
    dramClockRest = step - (sum - dramClock)
    dramClock = sum
    // The clock's resolution is that of a double: it starts anew before that matters.
    if sum > Self.clockRange * dramRate { rebaseDRAMClock() }
  }

  private mutating func rebaseDRAMClock() {
    for i in 0..<groupCount {
      let g = Int(liveGroups[i])
      let base = cohorts + g * cohortsPerGroup
      var next = Int64.max
      for j in 0..<Int(groups[g].cohortCount) where base[j].pace == .dramLevel {
        base[j].end = Self.rebased(base[j].end, by: dramClock)
        next = min(next, base[j].end)
      }
      if next < .max { targets.set(g, to: next) }
    }
    dramClock = 0
  }

  /// A clock's reading, as bits, once the clock is set back.
  @inline(__always)
  static func rebased(_ target: Int64, by clock: Double) -> Int64 {
    let reading = Double(bitPattern: UInt64(bitPattern: target))
    return Int64(bitPattern: max(0, reading - clock).bitPattern)
  }
}
