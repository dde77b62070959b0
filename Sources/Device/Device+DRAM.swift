extension Device {
  /// Finds the level up to which held warps share DRAM, and holds or frees the blocks whose asks
  /// it crosses. One sweep over the asks, down from the greatest that is free or up from the least
  /// that is held: at every ask passed, what DRAM gives at it is more (or less) than it has.
  mutating func shareDRAM() {
    if ceiling.isOn {
      shareUnderCeiling()
      return
    }
    if !dram.isShared { startSharing() }
    var level = dram.levelOfHeld
    if level < dram.greatestFreeAsk {
      repeat {
        dram.level = dram.greatestFreeAsk.nextDown
        refresh(dram.freeAsks.leastIndex)
        level = dram.levelOfHeld
      } while level < dram.greatestFreeAsk
    } else {
      while dram.heldWarps > 0, level >= dram.leastHeldAsk {
        dram.level = dram.leastHeldAsk
        refresh(dram.heldAsks.leastIndex)
        level = dram.levelOfHeld
      }
    }
    dram.level = level
    if dram.heldWarps == 0 { dram.stopSharing() }
  }

  mutating func startSharing() {
    dram.startSharing()
    for i in 0..<smCount {
      let g = Int(groups.live[i])
      let ask = i < groups.count ? greatestAsk(of: g) : 0
      dram.noteGreatestFreeAsk(ask, of: g)
    }
  }

  /// The greatest ask per warp on a group's SMs; none of its blocks are held.
  private mutating func greatestAsk(of g: Int) -> Double {
    let level = groups.rows[g].smLevel
    let base = groups.cohorts(of: g)
    var greatest = 0.0
    for i in 0..<Int(groups.rows[g].cohortCount) {
      greatest = max(greatest, kernels.rows[Int(base[i].kernel)].askPerWarp(at: level))
    }
    return greatest
  }

  /// Sets the DRAM clock back to zero.
  mutating func rebaseDRAMClock() {
    rebase(.dramLevel, by: dram.clock, dram.targets)
    dram.clock = 0
  }

  /// Sets back the readings at which blocks of a pace end.
  mutating func rebase(_ pace: CohortPace, by clock: Double, _ targets: TournamentTree) {
    for i in 0..<groups.count {
      let g = Int(groups.live[i])
      let base = groups.cohorts(of: g)
      var next = Int64.max
      for j in 0..<Int(groups.rows[g].cohortCount) where base[j].pace == pace {
        base[j].rebase(by: clock)
        next = min(next, base[j].end)
      }
      if next < .max { targets.set(g, to: next) }
    }
  }
}
