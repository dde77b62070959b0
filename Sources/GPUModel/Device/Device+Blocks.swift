extension Device {
  /// Ends every block whose finish is now.
  mutating func finishBlocks() {
    // Held blocks end where the clock has reached their reading, give or take the slack.
    var limit: Int64 = -1
    if heldFinish == now {
      let reached = dramClock + Self.roundingSlack * dramLevel
      limit = max(Int64(bitPattern: reached.bitPattern), targets.least)
    }
    if finishes.least == now {
      let count = finishes.findLeast(finishing)
      for i in 0..<count { finishBlocks(of: Int(finishing[i]), dramLimit: limit) }
    }
    if limit < 0 { return }
    while targets.least <= limit { finishBlocks(of: targets.leastIndex, dramLimit: limit) }
  }

  /// - Parameter dramLimit: the DRAM clock's reading up to which blocks end, as bits.
  private mutating func finishBlocks(of g: Int, dramLimit: Int64) {
    // The group is dirty from here on: what comes next is found out when it is refreshed.
    if isSharingDRAM { targets.set(g, to: .max) }
    let group = groups + g
    var smLimit: Int64 = -1
    if group.pointee.smFinish == now {
      advanceClock(of: group)
      let reached = group.pointee.smClock + Self.roundingSlack * group.pointee.smLevel
      smLimit = max(Int64(bitPattern: reached.bitPattern), group.pointee.smTarget)
    }
    let base = cohorts + g &* cohortsPerGroup
    var i = 0
    while i < Int(group.pointee.cohortCount) {
      let limit: Int64
      switch base[i].pace {
      case .smLevel: limit = smLimit
      case .dramLevel: limit = dramLimit
      case .full, .unknown: limit = now
      }
      if base[i].end > limit {
        i &+= 1
        continue
      }
      let slot = Int(base[i].launch)
      let ended = Int(base[i].blocks) &* Int(group.pointee.count)
      removeCohort(i, from: g)
      markDirty(g)
      launches[slot].outstanding &-= ended
      if launches[slot].outstanding == 0 { end(Int32(slot)) }
    }
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
    if i != last { base[i] = base[last] }
    // None of these can overflow: an SM's resources bound them.
    group.pointee.cohortCount = Int32(truncatingIfNeeded: last)
    group.pointee.freeWarps &+= kernel.pointee.warps &* blocks
    group.pointee.freeBlocks &+= blocks
    group.pointee.freeRegisters &+= kernel.pointee.registers &* blocks
    group.pointee.freeSharedMemory &+= kernel.pointee.sharedMemory &* blocks
    group.pointee.freeShare &+= kernel.pointee.shareUnits &* Int64(blocks)
    group.pointee.cachedKernel = -1
    let sms = Int64(group.pointee.count)
    residentWarps &-= Int64(kernel.pointee.warps &* blocks) &* sms
    if last == 0 {
      activeSMs &-= sms
      group.pointee.leastShare = .infinity
    }
  }
}
