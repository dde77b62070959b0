extension Device {
  /// Ends every block whose finish is now.
  mutating func finishBlocks() {
    // Held blocks end where the clock has reached their reading, give or take the slack.
    var limit: Int64 = -1
    if heldFinish == now {
      let reached = dramClock + Self.roundingSlack * dramLevel
      limit = max(Int64(bitPattern: reached.bitPattern), targets.least)
    }
    finishes.findFirst()
    while finishes.least == now {
      let g = finishes.leastGroup
      // What comes next for the group is found out when it is refreshed: it is dirty from here on.
      finishes.remove(g, Int(groups[g].position))
      finishBlocks(of: g, dramLimit: limit)
    }
    if limit < 0 { return }
    while targets.least <= limit { finishBlocks(of: targets.leastIndex, dramLimit: limit) }
  }

  /// - Parameter dramLimit: the DRAM clock's reading up to which blocks end, as bits.
  private mutating func finishBlocks(of g: Int, dramLimit: Int64) {
    if isSharingDRAM { targets.set(g, to: .max) }
    let group = groups + g
    let ending = endingCohorts(of: g, at: now)
    group.pointee.smClock = ending.smClock
    group.pointee.clockTime = now
    if isSharingDRAM {
      markDirty(g)
    } else {
      noteOthers(ending.others, of: g)
      if ending.count == 1 {
        endCohort(ending.index, of: g)
        return
      }
    }
    let base = cohorts + g &* cohortsPerGroup
    var i = 0
    while i < Int(group.pointee.cohortCount) {
      let limit: Int64
      switch base[i].pace {
      case .smLevel: limit = ending.smLimit
      case .dramLevel: limit = dramLimit
      case .full, .unknown, .none: limit = now
      }
      if base[i].end > limit { i &+= 1 } else { endCohort(i, of: g) }
    }
  }

  /// Marks a group of whose blocks some end, and notes when the others do.
  @inline(__always)
  mutating func noteOthers(_ others: NextEnds, of g: Int) {
    groups[g].smTarget = others.target
    groups[g].fullEnd = others.full
    markDirty(g)
  }

  @inline(__always)
  mutating func endCohort(_ i: Int, of g: Int) {
    let cohort = cohorts + (g &* cohortsPerGroup &+ i)
    let slot = Int(cohort.pointee.launch)
    let ended = Int(cohort.pointee.blocks) &* Int(groups[g].count)
    removeCohort(i, from: g)
    launches[slot].outstanding &-= ended
    if launches[slot].outstanding == 0 { end(Int32(slot)) }
  }

  private mutating func end(_ slot: Int32) {
    let tail = launches[Int(slot)].tailNS
    if tail == 0 {
      complete(slot)
    } else {
      tails.append((now + tail, slot))
      nextTail = min(nextTail, now + tail)
    }
  }

  mutating func removeCohorts(of slot: Int32, from g: Int) {
    let base = cohorts + g &* cohortsPerGroup
    var i = 0
    while i < Int(groups[g].cohortCount) {
      if base[i].launch == slot {
        removeCohort(i, from: g)
        groups[g].knowsEnds = false
        markDirty(g)
      } else {
        i += 1
      }
    }
  }

  @inline(__always)
  mutating func removeCohort(_ i: Int, from g: Int) {
    let base = cohorts + g &* cohortsPerGroup
    let group = groups + g
    let blocks = base[i].blocks
    let kernel = kernels + Int(base[i].kernel)
    let last = Int(group.pointee.cohortCount) &- 1
    group.pointee.sums.discount(base[i], of: kernel)
    base[i] = base[last]
    base[last].pace = .none
    // None of these can overflow: an SM's resources bound them.
    group.pointee.cohortCount = Int32(truncatingIfNeeded: last)
    group.pointee.freeWarps &+= kernel.pointee.warps &* blocks
    group.pointee.freeBlocks &+= blocks
    group.pointee.freeRegisters &+= kernel.pointee.registers &* blocks
    group.pointee.freeSharedMemory &+= kernel.pointee.sharedMemory &* blocks
    group.pointee.freeShare &+= kernel.pointee.shareUnits &* Int64(blocks)
    let sms = Int64(group.pointee.count)
    countWarps(0 &- Int64(kernel.pointee.warps &* blocks) &* sms)
    if last == 0 {
      countActive(0 &- sms)
    }
  }
}
