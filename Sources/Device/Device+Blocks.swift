extension Device {
  /// Ends every block whose finish is now.
  mutating func finishBlocks() {
    // Held blocks end where the clock has reached their reading, give or take the slack.
    let limit = dram.limit(at: now, slack: Self.roundingSlack)
    if ceiling.isOn {
      ceiling.limit = ceiling.confined.limit(at: now, slack: Self.roundingSlack)
    }
    finishes.findFirst()
    while finishes.least == now {
      let g = finishes.leastGroup
      // What comes next for the group is found out when it is refreshed: it is dirty from here on.
      finishes.remove(g, Int(groups.rows[g].position))
      finishBlocks(of: g, dramLimit: limit)
    }
    while limit >= 0, dram.targets.least <= limit {
      finishBlocks(of: dram.targets.leastIndex, dramLimit: limit)
    }
    guard ceiling.isOn else { return }
    while ceiling.limit >= 0, ceiling.confined.targets.least <= ceiling.limit {
      finishBlocks(of: ceiling.confined.targets.leastIndex, dramLimit: limit)
    }
  }

  /// - Parameter dramLimit: the DRAM clock's reading up to which blocks end, as bits.
  private mutating func finishBlocks(of g: Int, dramLimit: Int64) {
    if dram.isShared { dram.targets.set(g, to: .max) }
    if ceiling.isOn { ceiling.confined.targets.set(g, to: .max) }
    let group = groups.rows + g
    let ending = endingCohorts(of: g, at: now)
    group.pointee.smClock = ending.smClock
    group.pointee.clockTime = now
    if dram.isShared {
      groups.markDirty(g)
    } else {
      noteOthers(ending.others, of: g)
      if ending.count == 1 {
        endCohort(ending.index, of: g)
        return
      }
    }
    let base = groups.cohorts(of: g)
    var i = 0
    while i < Int(group.pointee.cohortCount) {
      let limit: Int64
      switch base[i].pace {
      case .smLevel: limit = ending.smLimit
      case .dramLevel: limit = dramLimit
      case .ceilingLevel: limit = ceiling.limit
      case .full, .unknown, .none: limit = now
      }
      if base[i].end > limit { i &+= 1 } else { endCohort(i, of: g) }
    }
  }

  /// Marks a group of whose blocks some end, and notes when the others do.
  @inline(__always)
  mutating func noteOthers(_ others: NextEnds, of g: Int) {
    groups.rows[g].smTarget = others.target
    groups.rows[g].fullEnd = others.full
    groups.markDirty(g)
  }

  @inline(__always)
  mutating func endCohort(_ i: Int, of g: Int) {
    let cohort = groups.cohort(i, of: g)
    let slot = Int(cohort.pointee.launch)
    let ended = Int(cohort.pointee.blocks) &* Int(groups.rows[g].count)
    removeCohort(i, from: g)
    launches.rows[slot].outstanding &-= ended
    if launches.rows[slot].outstanding == 0 { end(Int32(slot)) }
  }

  private mutating func end(_ slot: Int32) {
    let tail = launches.rows[Int(slot)].tailNS
    if tail == 0 {
      complete(slot)
    } else {
      queues.addTail(of: slot, endingAt: now + tail)
    }
  }

  mutating func removeCohorts(of slot: Int32, from g: Int) {
    let base = groups.cohorts(of: g)
    var i = 0
    while i < Int(groups.rows[g].cohortCount) {
      if base[i].launch == slot {
        removeCohort(i, from: g)
        groups.rows[g].knowsEnds = false
        groups.markDirty(g)
      } else {
        i += 1
      }
    }
  }

  @inline(__always)
  mutating func removeCohort(_ i: Int, from g: Int) {
    let base = groups.cohorts(of: g)
    let group = groups.rows + g
    let blocks = base[i].blocks
    let kernel = kernels.rows + Int(base[i].kernel)
    let last = Int(group.pointee.cohortCount) &- 1
    group.pointee.sums.discount(base[i], of: kernel)
    base[i] = base[last]
    base[last].pace = .none
    group.pointee.cohortCount = Int32(truncatingIfNeeded: last)
    group.pointee.free.giveBack(blocks, of: kernel)
    group.pointee.freeShare &+= kernel.pointee.shareUnits &* Int64(blocks)
    let sms = Int64(group.pointee.count)
    busy.countWarps(0 &- Int64(kernel.pointee.warps &* blocks) &* sms, at: now)
    if last == 0 {
      busy.countActive(0 &- sms, at: now)
      watch.sms?.note(group.pointee.members, areActive: false, at: now)
    }
  }
}
