extension Device {
  /// Places the head launch's blocks, then the next head's. A head that does not fit holds the SMs
  /// it may use: nothing behind it goes there, and the others are left to whoever is capped to them.
  mutating func placeBlocks() {
    guard let first = queue.first else { return }
    let launch = launches + Int(first)
    if launch.pointee.mask == 0, launch.pointee.sequence == blockedSequence {
      // Nearly always on a full device: the head takes what room there is, and nobody else does.
      if dirtyCount == 0 { return }
      place(first, on: nil, among: dirtyGroups, dirtyCount)
      if launch.pointee.unplaced > 0 { return }
    }
    placeQueue()
  }

  private mutating func placeQueue() {
    var held = SMSet.empty
    var kept = 0
    var next = 0
    while next < queue.count, held != allSMs {
      let slot = queue[next]
      let launch = launches + Int(slot)
      let mask = masks[Int(launch.pointee.mask)]
      let isFirst = next == 0
      next += 1
      if launch.pointee.unplaced == 0 { continue }
      if isFirst, launch.pointee.sequence == blockedSequence {
        if dirtyCount > 0 { place(slot, on: mask, among: dirtyGroups, dirtyCount) }
      } else {
        let open = mask.subtracting(held)
        if !open.isEmpty {
          place(slot, on: open == allSMs ? nil : open, among: liveGroups, groupCount)
        }
      }
      if launch.pointee.unplaced > 0 {
        // The first to be left over has seen every group it may use.
        if kept == 0 { blockedSequence = launch.pointee.sequence }
        held = held.union(mask)
        queue[kept] = slot
        kept += 1
      }
    }
    if kept == next { return }
    for i in next..<queue.count {
      queue[kept] = queue[i]
      kept += 1
    }
    while queue.count > kept { queue.removeLast() }
  }

  /// Places blocks of one launch on the SMs of a mask, or on all; groups that are not listed are
  /// known to have no room.
  @inline(__always)
  private mutating func place(
    _ slot: Int32, on mask: SMSet?, among list: UnsafeMutablePointer<Int32>, _ listCount: Int
  ) {
    let launch = launches + Int(slot)
    var count = 0
    var total = 0
    var greatest = 0
    for i in 0..<listCount {
      let g = Int(list[i])
      let room = self.room(for: launch.pointee.kernel, in: g)
      if room == 0 { continue }
      roomy[count] = Int32(truncatingIfNeeded: g)
      count &+= 1
      total &+= room &* Int(groups[g].count)
      greatest = max(greatest, room)
    }
    if count == 0 { return }
    if mask == nil, total <= launch.pointee.unplaced {
      for i in 0..<count {
        let g = Int(roomy[i])
        addBlocks(slot, Int(groups[g].cachedRoom), to: g)
      }
      launch.pointee.unplaced &-= total
      return
    }
    if mask != nil || !placeRow(slot, greatest, among: count) {
      sink(slot, on: mask, among: count)
    }
  }

  /// Places a launch that has no more blocks than there are SMs with the most room: one each for
  /// the first of them. The groups are among those listed in `roomy`.
  ///
  /// - Returns: whether it had no more; nothing has happened where it has.
  private mutating func placeRow(_ slot: Int32, _ greatest: Int, among listCount: Int) -> Bool {
    var sms: Int32 = 0
    for i in 0..<listCount {
      let group = groups + Int(roomy[i])
      sms &+= group.pointee.cachedRoom == Int32(greatest) ? group.pointee.count : 0
    }
    if launches[Int(slot)].unplaced > Int(sms) { return false }
    var count = 0
    var candidates = SMSet.empty
    for i in 0..<listCount {
      let g = roomy[i]
      roomy[count] = g
      if groups[Int(g)].cachedRoom != greatest { continue }
      count &+= 1
      candidates = candidates.union(groups[Int(g)].members)
    }
    let chosen = candidates.first(launches[Int(slot)].unplaced)
    for i in 0..<count {
      let g = Int(roomy[i])
      let part = groups[g].members.intersection(chosen)
      if part.isEmpty { continue }
      addBlocks(slot, 1, to: part == groups[g].members ? g : split(part, from: g))
    }
    launches[Int(slot)].unplaced = 0
    return true
  }

  /// Most-room placement of one launch in closed form: block after block goes to the SM with the
  /// most room, so rooms sink to a common level from the top; what is left below a full level goes
  /// to the smallest indices. The groups are those listed in `roomy`.
  private mutating func sink(_ slot: Int32, on given: SMSet?, among listCount: Int) {
    let isMasked = given != nil
    let mask = given ?? allSMs
    var left = launches[Int(slot)].unplaced
    var level = 0
    for i in 0..<listCount {
      let g = Int(roomy[i])
      let room = Int(groups[g].cachedRoom)
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
      for i in 0..<listCount where groups[Int(roomy[i])].cachedRoom >= level {
        candidates = candidates.union(groups[Int(roomy[i])].members)
      }
      if isMasked { candidates = candidates.intersection(mask) }
      chosen = candidates.first(left)
      left = 0
    }
    for i in 0..<listCount {
      let g = Int(roomy[i])
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
      addBlocks(slot, base, to: target)
    } else if extra == groups[target].members {
      addBlocks(slot, base + 1, to: target)
    } else {
      let part = split(extra, from: target)
      if base > 0 { addBlocks(slot, base, to: target) }
      addBlocks(slot, base + 1, to: part)
    }
  }

  /// Blocks of the kernel that still fit each SM of the group; `cachedRoom` has it if any do.
  @inline(__always)
  mutating func room(for index: Int32, in g: Int) -> Int {
    let group = groups + g
    let kernel = kernels + Int(index)
    // On a full device that is all there is to it.
    let warpsLeft = group.pointee.freeWarps &- kernel.pointee.warps
    let registersLeft = group.pointee.freeRegisters &- kernel.pointee.registers
    let sharedMemoryLeft = group.pointee.freeSharedMemory &- kernel.pointee.sharedMemory
    if (warpsLeft | registersLeft | sharedMemoryLeft) < 0 { return 0 }
    if group.pointee.cachedKernel == index { return Int(group.pointee.cachedRoom) }
    let room = Self.room(
      for: kernel, warps: group.pointee.freeWarps, blocks: group.pointee.freeBlocks,
      registers: group.pointee.freeRegisters, sharedMemory: group.pointee.freeSharedMemory)
    group.pointee.cachedKernel = index
    group.pointee.cachedRoom = room
    return Int(room)
  }

  /// Blocks of a kernel that fit what is free.
  @inline(__always)
  static func room(
    for kernel: UnsafePointer<DeviceKernel>, warps: Int32, blocks: Int32, registers: Int32,
    sharedMemory: Int32
  ) -> Int32 {
    var room = min(blocks, quotient(warps, kernel.pointee.warpsReciprocal))
    if kernel.pointee.registers > 0 {
      room = min(room, quotient(registers, kernel.pointee.registersReciprocal))
    }
    if kernel.pointee.sharedMemory > 0 {
      room = min(room, quotient(sharedMemory, kernel.pointee.sharedMemoryReciprocal))
    }
    return room
  }

  @inline(__always)
  private static func quotient(_ free: Int32, _ reciprocal: UInt64) -> Int32 {
    Int32(truncatingIfNeeded: (UInt64(truncatingIfNeeded: free) &* reciprocal) &>> 40)
  }

  private mutating func addBlocks(_ slot: Int32, _ blocks: Int, to g: Int) {
    addCohort(slot, blocks: blocks, to: g)
    markDirty(g)
  }

  /// Blocks placed now, on each SM of a group.
  @inline(__always)
  mutating func newCohort(_ slot: Int32, blocks: Int32) -> Cohort {
    let launch = launches + Int(slot)
    let kernel = launch.pointee.kernel
    let work = kernels[Int(kernel)].soloNS * launch.pointee.scale
    return Cohort(
      launch: slot, kernel: kernel, blocks: blocks, pace: .unknown, end: .max, rest: work)
  }

  @inline(__always)
  mutating func addCohort(_ slot: Int32, blocks: Int, to g: Int) {
    let launch = launches + Int(slot)
    let kernel = kernels + Int(launch.pointee.kernel)
    let group = groups + g
    let index = Int(group.pointee.cohortCount)
    let count = Int32(truncatingIfNeeded: blocks)
    (cohorts + (g &* cohortsPerGroup &+ index)).initialize(
      to: newCohort(slot, blocks: count))
    cohorts[g &* cohortsPerGroup &+ index &+ 1].pace = .none
    // None of these can overflow: an SM's resources bound them.
    group.pointee.cohortCount &+= 1
    group.pointee.freeWarps &-= kernel.pointee.warps &* count
    group.pointee.freeBlocks &-= count
    group.pointee.freeRegisters &-= kernel.pointee.registers &* count
    group.pointee.freeSharedMemory &-= kernel.pointee.sharedMemory &* count
    group.pointee.freeShare &-= kernel.pointee.shareUnits &* Int64(count)
    group.pointee.cachedRoom &-= count
    let sms = Int64(group.pointee.count)
    if index == 0 { countActive(sms) }
    countWarps(Int64(kernel.pointee.warps &* count) &* sms)
  }
}
