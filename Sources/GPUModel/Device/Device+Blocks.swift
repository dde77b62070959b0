extension Device {
  /// Ends every block whose finish is now.
  mutating func finishBlocks() {
    // Held blocks end where the clock has reached their reading, give or take the slack.
    var limit = -Double.infinity
    if heldFinish == now {
      limit = max(
        dramClock + Self.roundingSlack * dramLevel,
        Double(bitPattern: UInt64(bitPattern: targets.least)))
    }
    while finishes.least == now { finishBlocks(of: finishes.leastIndex, limit: limit) }
    if limit < 0 { return }
    let limitBits = Int64(bitPattern: limit.bitPattern)
    while targets.least <= limitBits { finishBlocks(of: targets.leastIndex, limit: limit) }
  }

  private mutating func finishBlocks(of g: Int, limit: Double) {
    // The group is dirty from here on: what comes next is found out when it is refreshed.
    finishes.set(g, to: .max)
    if isSharingDRAM { targets.set(g, to: .max) }
    let base = cohorts + g * cohortsPerGroup
    var i = 0
    while i < Int(groups[g].cohortCount) {
      if base[i].finish != now, !(base[i].isHeld && base[i].target <= limit) {
        i += 1
        continue
      }
      let slot = Int(base[i].launch)
      let ended = Int(base[i].blocks) * Int(groups[g].count)
      removeCohort(i, from: g)
      launches[slot].outstanding -= ended
      if launches[slot].outstanding == 0 {
        let tail = launches[slot].tailNS
        if tail == 0 {
          complete(Int32(slot))
        } else {
          tails.append((now + tail, Int32(slot)))
          nextTail = min(nextTail, now + tail)
        }
      }
    }
  }

  mutating func removeCohorts(of slot: Int32, from g: Int) {
    let base = cohorts + g * cohortsPerGroup
    var i = 0
    while i < Int(groups[g].cohortCount) {
      if base[i].launch == slot { removeCohort(i, from: g) } else { i += 1 }
    }
  }

  @inline(__always)
  private mutating func removeCohort(_ i: Int, from g: Int) {
    let base = cohorts + g * cohortsPerGroup
    let group = groups + g
    let blocks = base[i].blocks
    let kernel = kernels + Int(base[i].kernel)
    let last = Int(group.pointee.cohortCount) - 1
    if i != last { base[i] = base[last] }
    group.pointee.cohortCount = Int32(last)
    group.pointee.freeWarps += kernel.pointee.warps * blocks
    group.pointee.freeBlocks += blocks
    group.pointee.freeRegisters += kernel.pointee.registers * blocks
    group.pointee.freeSharedMemory += kernel.pointee.sharedMemory * blocks
    group.pointee.freeShare += kernel.pointee.shareUnits * Int64(blocks)
    group.pointee.cachedKernel = -1
    markDirty(g)
    residentWarps -= Int64(kernel.pointee.warps) * Int64(blocks) * Int64(group.pointee.count)
    if last == 0 { activeSMs -= Int64(group.pointee.count) }
  }
}
