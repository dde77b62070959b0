extension Device {
  /// Places the head launch's blocks, then the next head's. A head that does not fit holds the SMs
  /// it may use: nothing behind it goes there, and the others are left to whoever is capped to them.
  mutating func placeBlocks() {
    var held = SMSet.empty
    var kept = 0
    var next = 0
    while next < queue.count, held != allSMs {
      let slot = queue[next]
      let launch = launches + Int(slot)
      let mask = masks[Int(launch.pointee.mask)]
      let isFirst = next == 0
      next += 1
      if isFirst, launch.pointee.sequence == blockedSequence {
        if dirtyCount > 0 { place(slot, on: mask, among: dirtyGroups, dirtyCount) }
      } else {
        let open = mask.subtracting(held)
        if !open.isEmpty { place(slot, on: open, among: liveGroups, groupCount) }
      }
      if launch.pointee.unplaced > 0 {
        if kept == 0 { blockedSequence = isFirst ? launch.pointee.sequence : 0 }
        held = held.union(mask)
        queue[kept] = slot
        kept += 1
      }
    }
    if kept < next { queue.removeSubrange(kept..<next) }
  }

  /// Most-room placement of one launch in closed form: block after block goes to the SM with the
  /// most room, so rooms sink to a common level from the top; what is left below a full level goes
  /// to the smallest indices. Groups that are not listed are known to have no room.
  private mutating func place(
    _ slot: Int32, on mask: SMSet, among list: UnsafeMutablePointer<Int32>, _ listCount: Int
  ) {
    let kernel = launches[Int(slot)].kernel
    let isMasked = mask != allSMs
    var left = launches[Int(slot)].unplaced
    if listCount == 1, !isMasked, groups[Int(list[0])].count == 1 {
      let room = self.room(for: kernel, in: Int(list[0]))
      if room == 0 { return }
      addCohort(slot, blocks: min(room, left), to: Int(list[0]))
      launches[Int(slot)].unplaced = left - min(room, left)
      return
    }
    var level = 0
    for i in 0..<listCount {
      let g = Int(list[i])
      let room = self.room(for: kernel, in: g)
      if room == 0 { continue }
      let count =
        isMasked ? groups[g].members.intersection(mask).count : Int(groups[g].count)
      while level < room {
        level += 1
        histogram[level] = 0
      }
      histogram[room] += count
    }
    if level == 0 { return }
    // SMs with room above `level` sink to it; `sinking` counts those at it.
    var sinking = histogram[level]
    while level > 0, left >= sinking {
      left -= sinking
      level -= 1
      if level > 0 { sinking += histogram[level] }
      if left == 0 { break }
    }
    // The last, partial row: one block each for the first SMs among those at the level.
    var chosen = SMSet.empty
    if level > 0, left > 0 {
      var candidates = SMSet.empty
      for i in 0..<listCount where groups[Int(list[i])].cachedRoom >= level {
        candidates = candidates.union(groups[Int(list[i])].members)
      }
      if isMasked { candidates = candidates.intersection(mask) }
      chosen = candidates.first(left)
      left = 0
    }
    // Groups split off meanwhile go to the lists' ends.
    for i in 0..<listCount {
      let g = Int(list[i])
      if groups[g].cachedRoom >= max(level, 1) {
        add(slot, mask: mask, isMasked: isMasked, level: level, chosen: chosen, to: g)
      }
    }
    launches[Int(slot)].unplaced = left
  }

  /// Brings every SM of a group with room for `level` blocks or more that is in the mask down to
  /// that room, and gives each chosen one a block more.
  @inline(__always)
  private mutating func add(
    _ slot: Int32, mask: SMSet, isMasked: Bool, level: Int, chosen: SMSet, to g: Int
  ) {
    let base = Int(groups[g].cachedRoom) - level
    let extra = groups[g].members.intersection(chosen)
    if base == 0, extra.isEmpty { return }
    var target = g
    if isMasked {
      let inside = groups[g].members.intersection(mask)
      if inside.isEmpty { return }
      if inside != groups[g].members { target = split(inside, from: g) }
    }
    if extra.isEmpty {
      addCohort(slot, blocks: base, to: target)
    } else if extra == groups[target].members {
      addCohort(slot, blocks: base + 1, to: target)
    } else {
      let part = split(extra, from: target)
      if base > 0 { addCohort(slot, blocks: base, to: target) }
      addCohort(slot, blocks: base + 1, to: part)
    }
  }

  /// Blocks of the kernel that still fit each SM of the group.
  @inline(__always)
  private mutating func room(for index: Int32, in g: Int) -> Int {
    let group = groups + g
    if group.pointee.cachedKernel == index { return Int(group.pointee.cachedRoom) }
    let kernel = kernels + Int(index)
    var room = UInt64(group.pointee.freeBlocks)
    room = min(
      room, (UInt64(group.pointee.freeWarps) &* kernel.pointee.warpsReciprocal) >> 40)
    if kernel.pointee.registers > 0 {
      room = min(
        room, (UInt64(group.pointee.freeRegisters) &* kernel.pointee.registersReciprocal) >> 40)
    }
    if kernel.pointee.sharedMemory > 0 {
      room = min(
        room,
        (UInt64(group.pointee.freeSharedMemory) &* kernel.pointee.sharedMemoryReciprocal) >> 40)
    }
    group.pointee.cachedKernel = index
    group.pointee.cachedRoom = Int32(room)
    return Int(room)
  }

  @inline(__always)
  private mutating func addCohort(_ slot: Int32, blocks: Int, to g: Int) {
    let launch = launches + Int(slot)
    let kernel = kernels + Int(launch.pointee.kernel)
    let group = groups + g
    let index = Int(group.pointee.cohortCount)
    let count = Int32(blocks)
    (cohorts + g * cohortsPerGroup + index).initialize(
      to: Cohort(
        launch: slot, kernel: launch.pointee.kernel, blocks: count, pace: .unknown, end: .max,
        rest: kernel.pointee.soloNS * launch.pointee.scale))
    group.pointee.cohortCount += 1
    group.pointee.freeWarps -= kernel.pointee.warps * count
    group.pointee.freeBlocks -= count
    group.pointee.freeRegisters -= kernel.pointee.registers * count
    group.pointee.freeSharedMemory -= kernel.pointee.sharedMemory * count
    group.pointee.freeShare -= kernel.pointee.shareUnits * Int64(count)
    group.pointee.leastShare = min(group.pointee.leastShare, kernel.pointee.sharePerWarp)
    group.pointee.cachedRoom -= count
    markDirty(g)
    if index == 0 { activeSMs += Int64(group.pointee.count) }
    residentWarps += Int64(kernel.pointee.warps) * Int64(count) * Int64(group.pointee.count)
  }
}
