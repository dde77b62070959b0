extension Device {
  /// Places the head launch's blocks, then the next head's. A head that does not fit holds the SMs
  /// it may use: nothing behind it goes there, and the others are left to whoever is capped to them.
  mutating func placeBlocks() {
    var held = SMSet.empty
    var kept = 0
    var next = 0
    while next < queue.count, held != allSMs {
      let slot = queue[next]
      next += 1
      let mask = masks[Int(launches[Int(slot)].mask)]
      let open = mask.subtracting(held)
      if !open.isEmpty { place(slot, on: open) }
      if launches[Int(slot)].unplaced > 0 {
        held = held.union(mask)
        queue[kept] = slot
        kept += 1
      }
    }
    if kept < next { queue.removeSubrange(kept..<next) }
  }

  /// Most-room placement of one launch in closed form: block after block goes to the SM with the
  /// most room, so rooms sink to a common level from the top; what is left below a full level goes
  /// to the smallest indices.
  private mutating func place(_ slot: Int32, on mask: SMSet) {
    let kernelIndex = launches[Int(slot)].kernel
    let kernel = kernels[Int(kernelIndex)]
    let isMasked = mask != allSMs
    let limit = limits.maxBlocks
    var left = launches[Int(slot)].unplaced
    withUnsafeTemporaryAllocation(of: Int.self, capacity: limit + 1) { histogram in
      histogram.initialize(repeating: 0)
      var level = 0
      for g in 0..<groupCount {
        let room = self.room(for: kernelIndex, kernel, in: g)
        if room == 0 { continue }
        let count =
          isMasked ? groups[g].members.intersection(mask).count : Int(groups[g].count)
        histogram[room] += count
        if room > level { level = room }
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
        for g in 0..<groupCount where groups[g].cachedRoom >= level {
          candidates = candidates.union(groups[g].members)
        }
        if isMasked { candidates = candidates.intersection(mask) }
        chosen = candidates.first(left)
        left = 0
      }
      add(slot, mask: mask, isMasked: isMasked, level: level, chosen: chosen)
    }
    launches[Int(slot)].unplaced = left
  }

  /// Brings every SM of the mask with room above `level` down to it, and gives each chosen one a
  /// block more.
  private mutating func add(
    _ slot: Int32, mask: SMSet, isMasked: Bool, level: Int, chosen: SMSet
  ) {
    let total = groupCount
    for g in 0..<total {
      let room = Int(groups[g].cachedRoom)
      if room < max(level, 1) { continue }
      var target = g
      if isMasked {
        let inside = groups[g].members.intersection(mask)
        if inside.isEmpty { continue }
        if inside != groups[g].members {
          if room == level, inside.intersection(chosen).isEmpty { continue }
          target = split(inside, from: g)
        }
      }
      let base = room - level
      let extra = groups[target].members.intersection(chosen)
      if extra.isEmpty {
        if base > 0 { addCohort(slot, blocks: base, to: target) }
      } else if extra == groups[target].members {
        addCohort(slot, blocks: base + 1, to: target)
      } else {
        let part = split(extra, from: target)
        if base > 0 { addCohort(slot, blocks: base, to: target) }
        addCohort(slot, blocks: base + 1, to: part)
      }
    }
  }

  /// Blocks of the kernel that still fit each SM of the group.
  @inline(__always)
  private mutating func room(for index: Int32, _ kernel: DeviceKernel, in g: Int) -> Int {
    if groups[g].cachedKernel == index { return Int(groups[g].cachedRoom) }
    let group = groups[g]
    var room = UInt64(group.freeBlocks)
    room = min(room, (UInt64(group.freeWarps) &* kernel.warpsReciprocal) >> 40)
    if kernel.registers > 0 {
      room = min(room, (UInt64(group.freeRegisters) &* kernel.registersReciprocal) >> 40)
    }
    if kernel.sharedMemory > 0 {
      room = min(room, (UInt64(group.freeSharedMemory) &* kernel.sharedMemoryReciprocal) >> 40)
    }
    groups[g].cachedKernel = index
    groups[g].cachedRoom = Int32(room)
    return Int(room)
  }

  /// Moves some SMs of a group to a new group in the same state.
  private mutating func split(_ part: SMSet, from g: Int) -> Int {
    let new = groupCount
    groupCount += 1
    let count = Int32(part.count)
    groups[new] = groups[g]
    groups[new].members = part
    groups[new].count = count
    groups[g].members = groups[g].members.subtracting(part)
    groups[g].count -= count
    nextFinish[new] = nextFinish[g]
    (cohorts + new * cohortsPerGroup).update(
      from: cohorts + g * cohortsPerGroup, count: Int(groups[g].cohortCount))
    return new
  }

  private mutating func addCohort(_ slot: Int32, blocks: Int, to g: Int) {
    let launch = launches[Int(slot)]
    let kernel = kernels[Int(launch.kernel)]
    let index = Int(groups[g].cohortCount)
    let count = Int32(blocks)
    (cohorts + g * cohortsPerGroup + index).initialize(
      to: Cohort(
        launch: slot, blocks: count, left: kernel.soloNS * launch.scale, since: now, speed: -1,
        smSpeed: -1, finish: .max, ask: 0))
    groups[g].cohortCount += 1
    groups[g].freeWarps -= kernel.warps * count
    groups[g].freeBlocks -= count
    groups[g].freeRegisters -= kernel.registers * count
    groups[g].freeSharedMemory -= kernel.sharedMemory * count
    groups[g].cachedRoom -= count
    groups[g].isDirty = true
    hasDirtyGroups = true
    if index == 0 { activeSMs += Int64(groups[g].count) }
    residentWarps += Int64(kernel.warps) * Int64(count) * Int64(groups[g].count)
  }
}
