/// The levels up to which SMs serve the warps of blocks that ask for more than there is.
extension Device {
  /// Brings a group's clock up to now.
  @inline(__always)
  mutating func advanceClock(of group: UnsafeMutablePointer<SMGroup>) {
    let span = now &- group.pointee.clockTime
    if span == 0 { return }
    if group.pointee.smTarget < .max {
      group.pointee.smClock += group.pointee.smLevel * Double(span)
    }
    group.pointee.clockTime = now
  }

  @inline(__always)
  mutating func setLevel(of g: Int) {
    let group = groups.rows + g
    if group.pointee.freeShare >= 0 {
      group.pointee.smLevel = .infinity
    } else {
      let level = mixedLevel(g)
      group.pointee.smLevel = level
      group.pointee.warpsPerLevel = 1 / level
    }
  }

  /// The level at which shares of at most that per warp use the SM up. What is shared out is a
  /// concave function of the level: a step of Newton's from anywhere lands at or below the
  /// solution, and further ones climb to it.
  private mutating func mixedLevel(_ g: Int) -> Double {
    let base = groups.cohorts(of: g)
    let count = Int(groups.rows[g].cohortCount)
    // Nearly always nobody gets what it asks for.
    var level = inverses[limits.maxWarps &- Int(groups.rows[g].free.warps)]
    var least = Double.infinity
    for i in 0..<count { least = min(kernels.rows[Int(base[i].kernel)].sharePerWarp, least) }
    if least > level { return level }
    if groups.rows[g].smLevel.isFinite { level = groups.rows[g].smLevel }
    var isClimbing = false
    while true {
      var satisfied = 0.0
      var warps: Int32 = 0
      var greatestSatisfied = 0.0
      var leastHeld = Double.infinity
      for i in 0..<count {
        let kernel = kernels.rows + Int(base[i].kernel)
        let ask = kernel.pointee.sharePerWarp
        let isSatisfied = ask <= level
        satisfied += isSatisfied ? Double(base[i].blocks) * kernel.pointee.smShare : 0
        greatestSatisfied = max(greatestSatisfied, isSatisfied ? ask : 0)
        warps &+= isSatisfied ? 0 : base[i].blocks &* kernel.pointee.warps
        leastHeld = min(leastHeld, isSatisfied ? .infinity : ask)
      }
      let next = (1 - satisfied) / Double(warps)
      if isClimbing {
        if warps == 0 { return .infinity }
        if next <= level || next < leastHeld { return max(next, level) }
        level = next
      } else if warps == 0 || !(next > 0) {
        level = 0
        isClimbing = true
      } else {
        if next >= greatestSatisfied, next < leastHeld { return next }
        level = next
        isClimbing = true
      }
    }
  }

  /// Whether the blocks that stay keep their paces and new ones take what seems to be theirs: the
  /// SM's level is then what sums tell, and nothing else needs a look.
  ///
  /// - Parameters:
  ///   - group: its clock is up to date, its sums are those of the blocks whose pace is known, and
  ///     DRAM holds none of its blocks.
  ///   - new: its only cohort of unknown pace, if there is one.
  ///   - next: when the others end; the new one's end is added.
  /// - Returns: whether that is so. Where not, the group is to be refreshed as a whole.
  @inline(__always)
  mutating func keepsPaces(
    of group: UnsafeMutablePointer<SMGroup>, _ new: UnsafeMutablePointer<Cohort>?,
    _ next: inout NextEnds
  ) -> Bool {
    var joinsLevel = false
    if let new {
      let kernel = kernels.rows + Int(new.pointee.kernel)
      joinsLevel = kernel.pointee.sharePerWarp > group.pointee.smLevel
      if joinsLevel {
        group.pointee.sums.addAtLevel(new.pointee.blocks, of: kernel)
      } else {
        group.pointee.sums.addFull(new.pointee.blocks, of: kernel)
      }
    }
    let sums = group.pointee.sums
    let freeShare = group.pointee.freeShare
    if sums.levelWarps == 0 {
      if freeShare < 0 { return false }
      group.pointee.smLevel = .infinity
    } else {
      let warps = Double(sums.levelWarps)
      let level: Double
      if sums.fullBlocks == 0 {
        // The whole SM is theirs: no division, which all else would wait for.
        level = inverses[Int(sums.levelWarps)]
        group.pointee.warpsPerLevel = warps
        group.pointee.sums.greatestFull = 0
      } else {
        let left = Double(freeShare &+ sums.levelShare) * 0x1p-52
        level = left / warps
        if level < sums.greatestFull { return false }
        group.pointee.warpsPerLevel = warps / left
      }
      group.pointee.smLevel = level
      guard freeShare < 0, level < sums.leastAtLevel, group.pointee.smClock <= Self.smClockRange
      else { return false }
    }
    if let new {
      let kernel = kernels.rows + Int(new.pointee.kernel)
      if joinsLevel {
        hold(new, kernel, group.pointee.smClock)
        next.target = min(next.target, new.pointee.end)
      } else {
        free(new, kernel, group.pointee.smClock)
        next.full = min(next.full, new.pointee.end)
      }
    }
    return true
  }

  /// Sets a group's clock back to zero.
  mutating func rebaseClock(of g: Int) {
    let base = groups.cohorts(of: g)
    let clock = groups.rows[g].smClock
    for i in 0..<Int(groups.rows[g].cohortCount) where base[i].pace == .smLevel {
      base[i].rebase(by: clock)
    }
    groups.rows[g].smClock = 0
  }
}
