extension Device {
  /// Sets the speed of every block that has a new neighbour, on its SM or at the DRAM, and finds
  /// the next event.
  mutating func refreshSpeeds() {
    if ceiling.hasMoved { moveCeiling() }
    if groups.dirtyCount > 0 {
      // Twins finish together: a bit for each instant seen spares most comparisons.
      var seen: UInt64 = 0
      var repeated: UInt64 = 0
      var kept = 0
      for i in 0..<groups.dirtyCount {
        let g = Int(groups.dirty[i])
        let group = groups.rows + g
        group.pointee.isDirty = false
        if dram.isShared {
          advanceClock(of: group)
          setLevel(of: g)
          refresh(g)
        } else {
          finishes.set(g, Int(group.pointee.position), to: refreshUnheld(g))
        }
        if group.pointee.cohortCount == 0 {
          joinIdle(g)
          continue
        }
        if groups.idle == g { groups.idle = -1 }
        groups.dirty[kept] = Int32(truncatingIfNeeded: g)
        kept &+= 1
        let bit = Self.bit(of: finishes[g])
        repeated |= seen & bit
        seen |= bit
      }
      groups.dirtyCount = kept
      if dram.isShared || dram.isShort {
        shareDRAM()
        repeated = .max
      }
      if repeated != 0 { mergeDirtyGroups() }
      groups.dirtyCount = 0
    }
    findNextEvent()
  }

  @inline(__always)
  mutating func findNextEvent() {
    finishes.findFirst()
    var next = min(finishes.least, queues.nextTail)
    if dram.heldWarps > 0 {
      dram.heldFinish = finish(after: dram.span(to: dram.targets.least))
      next = min(next, dram.heldFinish)
    } else {
      dram.heldFinish = .max
    }
    if ceiling.isOn { next = min(next, findConfinedFinish()) }
    nextEvent = next
  }

  /// Brings a group's blocks to the levels of its SMs and of the DRAM, and sums up what they ask.
  mutating func refresh(_ g: Int) {
    let group = groups.rows + g
    advanceClock(of: group)
    let next = ceiling.isOn ? refreshUnderCeiling(g) : refresh(g, isSharingDRAM: true)
    finishes.set(g, Int(group.pointee.position), to: next)
  }

  /// The same while DRAM holds no block.
  ///
  /// - Returns: when blocks finish next.
  @inline(__always)
  private mutating func refreshUnheld(_ g: Int) -> Int64 {
    let group = groups.rows + g
    advanceClock(of: group)
    if group.pointee.cohortCount < 2 { return refreshFew(g) }
    // From blocks at their own pace to blocks at a level, and back, all change.
    if (group.pointee.freeShare < 0) != (group.pointee.sums.levelWarps > 0) {
      return refreshAll(g)
    }
    if group.pointee.newCohorts < 2 {
      if !group.pointee.knowsEnds { findEnds(of: g) }
      var next = NextEnds(target: group.pointee.smTarget, full: group.pointee.fullEnd)
      let last = groups.cohort(Int(group.pointee.cohortCount &- 1), of: g)
      let new = group.pointee.newCohorts == 0 ? nil : last
      if keepsPaces(of: group, new, &next) { return noteEnds(next, of: group) }
    }
    return refreshAll(g)
  }

  /// Finds out when blocks of known pace end next, where some were taken away.
  @inline(never)
  private mutating func findEnds(of g: Int) {
    var next = NextEnds()
    var cohort = groups.cohorts(of: g)
    while cohort.pointee.pace != .none {
      let end = cohort.pointee.end
      if cohort.pointee.pace == .smLevel {
        next.target = min(next.target, end)
      } else {
        next.full = min(next.full, end)
      }
      cohort += 1
    }
    (groups.rows[g].smTarget, groups.rows[g].fullEnd) = (next.target, next.full)
  }

  /// The same of a group whose clock is up to date and all of whose paces may change.
  mutating func refreshAll(_ g: Int) -> Int64 {
    setLevel(of: g)
    let group = groups.rows + g
    if group.pointee.smLevel.isFinite { return refresh(g, isSharingDRAM: false) }
    var next = NextEnds()
    var sums = PaceSums()
    var cohort = groups.cohorts(of: g)
    while cohort.pointee.pace != .none {
      let kernel = kernels.rows + Int(cohort.pointee.kernel)
      if cohort.pointee.pace != .full { free(cohort, kernel, group.pointee.smClock) }
      next.full = min(next.full, cohort.pointee.end)
      sums.addFull(cohort.pointee.blocks, of: kernel)
      cohort += 1
    }
    group.pointee.sums = sums
    return noteEnds(next, of: group)
  }

  /// The same of a group with one cohort or none.
  @inline(__always)
  mutating func refreshFew(_ g: Int) -> Int64 {
    let group = groups.rows + g
    var next = NextEnds()
    var sums = PaceSums()
    group.pointee.smLevel = .infinity
    if group.pointee.cohortCount == 0 {
      group.pointee.sums = sums
      return noteEnds(next, of: group)
    }
    if group.pointee.smClock > Self.smClockRange { rebaseClock(of: g) }
    let cohort = groups.cohorts(of: g)
    let kernel = kernels.rows + Int(cohort.pointee.kernel)
    let blocks = cohort.pointee.blocks
    let warps = kernel.pointee.warps &* blocks
    let level = inverses[Int(warps)]
    if group.pointee.freeShare < 0, kernel.pointee.sharePerWarp > level {
      group.pointee.smLevel = level
      group.pointee.warpsPerLevel = Double(warps)
      if cohort.pointee.pace != .smLevel { hold(cohort, kernel, group.pointee.smClock) }
      next.target = cohort.pointee.end
      sums.addAtLevel(blocks, of: kernel)
    } else {
      if cohort.pointee.pace != .full { free(cohort, kernel, group.pointee.smClock) }
      next.full = cohort.pointee.end
      sums.addFull(blocks, of: kernel)
    }
    group.pointee.sums = sums
    return noteEnds(next, of: group)
  }

  /// - Returns: when blocks that are not held finish next.
  @inline(__always)
  mutating func refresh(_ g: Int, isSharingDRAM: Bool) -> Int64 {
    let group = groups.rows + g
    if group.pointee.smClock > Self.smClockRange { rebaseClock(of: g) }
    let base = groups.cohorts(of: g)
    let smLevel = group.pointee.smLevel
    let smClock = group.pointee.smClock
    var next = NextEnds()
    var nextTarget = Int64.max
    var heldWarps: Int32 = 0
    var greatestFree = 0.0
    var leastHeld = Double.infinity
    var sums = PaceSums()
    for i in 0..<Int(group.pointee.cohortCount) {
      let cohort = base + i
      let kernel = kernels.rows + Int(cohort.pointee.kernel)
      if isSharingDRAM {
        let ask = kernel.pointee.askPerWarp(at: smLevel)
        if ask > dram.level {
          if cohort.pointee.pace != .dramLevel { holdAtDRAM(cohort, kernel, smClock) }
          nextTarget = min(nextTarget, cohort.pointee.end)
          leastHeld = min(leastHeld, ask)
          heldWarps &+= kernel.pointee.warps &* cohort.pointee.blocks
          continue
        }
        greatestFree = max(greatestFree, ask)
      }
      if kernel.pointee.sharePerWarp > smLevel {
        if cohort.pointee.pace != .smLevel { hold(cohort, kernel, smClock) }
        next.target = min(next.target, cohort.pointee.end)
        sums.addAtLevel(cohort.pointee.blocks, of: kernel)
      } else {
        if cohort.pointee.pace != .full { free(cohort, kernel, smClock) }
        next.full = min(next.full, cohort.pointee.end)
        sums.addFull(cohort.pointee.blocks, of: kernel)
      }
    }
    if isSharingDRAM {
      dram.noteGreatestFreeAsk(greatestFree, of: g)
      dram.targets.set(g, to: nextTarget)
      dram.heldAsks.set(
        g, to: heldWarps == 0 ? .max : Int64(bitPattern: leastHeld.bitPattern))
      let change = Int64(heldWarps) &- group.pointee.heldWarps
      dram.heldWarps &+= change &* Int64(group.pointee.count)
      group.pointee.heldWarps = Int64(heldWarps)
    }
    group.pointee.sums = sums
    return noteEnds(next, of: group)
  }

  /// Notes when blocks of a group end next and what it asks of DRAM.
  ///
  /// - Returns: when blocks that are not held finish next.
  @inline(__always)
  mutating func noteEnds(
    _ next: NextEnds, of group: UnsafeMutablePointer<SMGroup>
  ) -> Int64 {
    var freeAsk = group.pointee.sums.fullAsk
    var nextFinish = next.full
    group.pointee.smTarget = next.target
    group.pointee.fullEnd = next.full
    group.pointee.newCohorts = 0
    group.pointee.knowsEnds = true
    if next.target < .max {
      let target = Double(bitPattern: UInt64(bitPattern: next.target))
      let span = (target - group.pointee.smClock) * group.pointee.warpsPerLevel
      let finish = finish(after: span)
      group.pointee.smFinish = finish
      nextFinish = min(nextFinish, finish)
      let level = group.pointee.smLevel * dram.unitsPerLevelUnit
      freeAsk &+= Int64(Double(group.pointee.sums.levelAsk) * level)
    } else {
      group.pointee.smFinish = .max
      group.pointee.smClock = 0
    }
    let change = freeAsk &- group.pointee.freeAsk
    dram.freeAsk &+= Int128(change) &* Int128(group.pointee.count)
    group.pointee.freeAsk = freeAsk
    return nextFinish
  }
}
