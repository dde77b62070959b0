extension Device {
  /// Places the head launch's blocks, then the next head's. A head that does not fit holds the SMs
  /// it may use: nothing behind it goes there, and the others are left to whoever is capped to them.
  mutating func placeBlocks() {
    guard let first = queues.placing.first else { return }
    let launch = launches.rows + Int(first)
    if launch.pointee.mask == 0, launch.pointee.sequence == queues.blockedSequence {
      // Nearly always on a full device: the head takes what room there is, and nobody else does.
      if groups.dirtyCount == 0 { return }
      place(first, on: nil, among: groups.dirty, groups.dirtyCount)
      if launch.pointee.unplaced > 0 { return }
    }
    // Where others wait behind it, or it may not go everywhere, who holds which SM matters.
    if queues.placing.count > 1 || launch.pointee.mask != 0 {
      placeQueue()
      return
    }
    if launch.pointee.unplaced > 0 { place(first, on: nil, among: groups.live, groups.count) }
    if launch.pointee.unplaced > 0 {
      queues.blockedSequence = launch.pointee.sequence
    } else {
      queues.placing.removeLast()
    }
  }

  private mutating func placeQueue() {
    var held = SMSet.empty
    var kept = 0
    var next = 0
    while next < queues.placing.count, held != allSMs {
      let slot = queues.placing[next]
      let launch = launches.rows + Int(slot)
      let mask = masks[Int(launch.pointee.mask)]
      let isFirst = next == 0
      next += 1
      if launch.pointee.unplaced == 0 { continue }
      if isFirst, launch.pointee.sequence == queues.blockedSequence {
        if groups.dirtyCount > 0 { place(slot, on: mask, among: groups.dirty, groups.dirtyCount) }
      } else {
        let open = mask.subtracting(held)
        if !open.isEmpty {
          place(slot, on: open == allSMs ? nil : open, among: groups.live, groups.count)
        }
      }
      if launch.pointee.unplaced > 0 {
        // The first to be left over has seen every group it may use.
        if kept == 0 { queues.blockedSequence = launch.pointee.sequence }
        held = held.union(mask)
        queues.placing[kept] = slot
        kept += 1
      }
    }
    if kept == next { return }
    for i in next..<queues.placing.count {
      queues.placing[kept] = queues.placing[i]
      kept += 1
    }
    while queues.placing.count > kept { queues.placing.removeLast() }
  }

  /// Places blocks of one launch on the SMs of a mask, or on all; groups that are not listed are
  /// known to have no room.
  @inline(__always)
  private mutating func place(
    _ slot: Int32, on mask: SMSet?, among list: UnsafeMutablePointer<Int32>, _ listCount: Int
  ) {
    let launch = launches.rows + Int(slot)
    let kernel = kernels.rows[Int(launch.pointee.kernel)]
    let (rows, roomy) = (groups.rows, rooms.groups)
    var count = 0
    var total = 0
    var greatest: Int32 = 0
    for i in 0..<listCount {
      let g = Int(list[i])
      let group = rows + g
      // On a full device that is all there is to it.
      let warpsLeft = group.pointee.free.warps &- kernel.warps
      let registersLeft = group.pointee.free.registers &- kernel.registers
      let sharedMemoryLeft = group.pointee.free.sharedMemory &- kernel.sharedMemory
      if (warpsLeft | registersLeft | sharedMemoryLeft) < 0 { continue }
      let room = group.pointee.free.room(for: kernel)
      if room == 0 { continue }
      var sms = group.pointee.count
      if let mask {
        sms = Int32(group.pointee.members.intersection(mask).count)
        if sms == 0 { continue }
      }
      roomy[count] = RoomyGroup(group: Int32(truncatingIfNeeded: g), room: room, count: sms)
      count &+= 1
      total &+= Int(room) &* Int(sms)
      greatest = max(greatest, room)
    }
    if count == 0 { return }
    if mask == nil, total <= launch.pointee.unplaced {
      for i in 0..<count { addBlocks(slot, Int(roomy[i].room), to: Int(roomy[i].group)) }
      launch.pointee.unplaced &-= total
      return
    }
    sink(slot, on: mask, among: count, from: Int(greatest))
  }

  /// Most-room placement of one launch in closed form: block after block goes to the SM with the
  /// most room, so rooms sink to a common level from the top; what is left below a full level goes
  /// to the smallest indices.
  ///
  /// - Parameters:
  ///   - listCount: the groups are the first so many of `rooms.groups`.
  ///   - greatest: the most room an SM has.
  private mutating func sink(
    _ slot: Int32, on given: SMSet?, among listCount: Int, from greatest: Int
  ) {
    for i in 0..<listCount {
      let row = rooms.rows + Int(rooms.groups[i].room)
      row.pointee.count &+= Int(rooms.groups[i].count)
      let members = groups.rows[Int(rooms.groups[i].group)].members
      row.pointee.members = row.pointee.members.union(members)
    }
    var left = launches.rows[Int(slot)].unplaced
    var level = greatest
    // The SMs with that much room or more.
    var open = RoomRow()
    while level > 0, left > 0 {
      open.count &+= rooms.rows[level].count
      open.members = open.members.union(rooms.rows[level].members)
      if left < open.count { break }
      level &-= 1
      left &-= open.count
    }
    // The last, partial row: one block each for the first SMs among those at the level.
    var chosen = SMSet.empty
    var least = level &+ 1
    if left > 0, level > 0 {
      if let given { open.members = open.members.intersection(given) }
      chosen = open.members.first(left)
      left = 0
      least = level
    }
    for i in 0..<listCount {
      rooms.rows[Int(rooms.groups[i].room)] = RoomRow()
      if Int(rooms.groups[i].room) >= least {
        add(slot, mask: given, level: level, chosen: chosen, to: rooms.groups[i])
      }
    }
    launches.rows[Int(slot)].unplaced = left
  }

  /// Brings every SM of a group with room for `level` blocks or more that is in the mask down to
  /// that room, and gives each chosen one a block more.
  @inline(__always)
  private mutating func add(
    _ slot: Int32, mask: SMSet?, level: Int, chosen: SMSet, to roomy: RoomyGroup
  ) {
    let g = Int(roomy.group)
    let base = Int(roomy.room) - level
    let extra = groups.rows[g].members.intersection(chosen)
    if base == 0, extra.isEmpty { return }
    var target = g
    if let mask {
      let inside = groups.rows[g].members.intersection(mask)
      if inside.isEmpty { return }
      if inside != groups.rows[g].members { target = split(inside, from: g) }
    }
    if extra.isEmpty {
      addBlocks(slot, base, to: target)
    } else if extra == groups.rows[target].members {
      addBlocks(slot, base + 1, to: target)
    } else {
      let part = split(extra, from: target)
      if base > 0 { addBlocks(slot, base, to: target) }
      addBlocks(slot, base + 1, to: part)
    }
  }

  @inline(never)
  private mutating func split(_ part: SMSet, from g: Int) -> Int {
    let new = groups.split(part, from: g)
    if ceiling.isOn { ceiling.copy(g, to: new) }
    finishes.use(groups.count)
    return new
  }

  private mutating func addBlocks(_ slot: Int32, _ blocks: Int, to g: Int) {
    addCohort(slot, blocks: blocks, to: g)
    groups.markDirty(g)
  }

  /// Blocks placed now, on each SM of a group.
  @inline(__always)
  mutating func newCohort(_ slot: Int32, blocks: Int32) -> Cohort {
    let launch = launches.rows + Int(slot)
    let kernel = launch.pointee.kernel
    let co = busy.residentGrids > 1 ? coRunnerFactor : 1
    let work = kernels.rows[Int(kernel)].soloNS * co
    return Cohort(
      launch: slot, kernel: kernel, blocks: blocks, pace: .unknown, end: .max, rest: work)
  }

  @inline(__always)
  mutating func addCohort(_ slot: Int32, blocks: Int, to g: Int) {
    let launch = launches.rows + Int(slot)
    let kernel = kernels.rows + Int(launch.pointee.kernel)
    let group = groups.rows + g
    let index = Int(group.pointee.cohortCount)
    let count = Int32(truncatingIfNeeded: blocks)
    groups.cohort(index, of: g).initialize(
      to: newCohort(slot, blocks: count))
    groups.cohort(index &+ 1, of: g).pointee.pace = .none
    group.pointee.cohortCount &+= 1
    group.pointee.newCohorts &+= 1
    group.pointee.free.take(count, of: kernel)
    group.pointee.freeShare &-= kernel.pointee.shareUnits &* Int64(count)
    let sms = Int64(group.pointee.count)
    if index == 0 {
      busy.countActive(sms, at: now)
      watch.sms?.note(group.pointee.members, areActive: true, at: now)
    }
    busy.countWarps(Int64(kernel.pointee.warps &* count) &* sms, at: now)
  }
}
