extension Device {
  /// Goes on from instant to instant until launches complete or `limit` is reached: what happens
  /// at each is what `advance(to:)` and `settle()` do.
  ///
  /// - Returns: whether launches completed, in which case `settle()` has yet to end that instant;
  ///   else the next event is at `limit` or later.
  /// - Precondition: the present instant has been settled.
  public mutating func advance(before limit: Int64) -> Bool {
    while nextEvent < limit {
      if passPlainInstant() { continue }
      advance(to: nextEvent)
      if !completions.isEmpty { return true }
      settle()
    }
    return false
  }

  /// Handles the instant of the next event if it is of the kind nearly all are on a full device:
  /// the blocks of one cohort end, their launch has others, and the launch that waits for room
  /// takes what they leave. DRAM has enough for all.
  ///
  /// - Returns: whether it was of that kind; nothing has happened where it was not.
  @inline(__always)
  private mutating func passPlainInstant() -> Bool {
    let time = nextEvent
    guard finishes.least == time, nextTail > time, !isSharingDRAM else { return false }
    var head: Int32 = -1
    if let first = queue.first {
      head = first
      let launch = launches + Int(first)
      guard launch.pointee.mask == 0, launch.pointee.sequence == blockedSequence else {
        return false
      }
    }
    let g = finishes.leastGroup
    if g < 0 { return false }
    let group = groups + g
    let (index, smClock) = endingCohort(of: g, at: time)
    if index < 0 { return false }
    let cohort = cohorts + (g &* cohortsPerGroup &+ index)
    let launch = launches + Int(cohort.pointee.launch)
    let ended = Int(cohort.pointee.blocks) &* Int(group.pointee.count)
    if launch.pointee.outstanding == ended { return false }
    let others = finishes.others(than: g)
    if others.least == time {
      finishes.put(g, at: time, among: others)
      return false
    }

    addUp(until: time)
    group.pointee.smClock = smClock
    group.pointee.clockTime = time
    launch.pointee.outstanding &-= ended
    if head < 0 || !replace(cohort, of: group, from: head) {
      removeCohort(index, from: g)
      if head >= 0 && !fill(g, from: head) || group.pointee.cohortCount == 0 {
        finishes.put(g, at: .max, among: others)
        markDirty(g)
        placeBlocks()
        refreshSpeeds()
        return true
      }
    }
    setLevel(of: g)
    finishes.put(g, at: refresh(g, isSharingDRAM: false), among: others)
    if freeAsk > Int128(Self.dramUnits) { shareDRAM() }
    findNextEvent()
    return true
  }

  /// The cohort of a group whose blocks alone end at an instant, or -1, and the group's clock then.
  @inline(__always)
  private func endingCohort(of g: Int, at time: Int64) -> (index: Int, smClock: Double) {
    let group = groups + g
    var clock = group.pointee.smClock
    var smLimit: Int64 = -1
    if group.pointee.smTarget < .max {
      let level = group.pointee.smLevel
      clock += level * Double(time &- group.pointee.clockTime)
      if group.pointee.smFinish == time {
        let reached = clock + Self.roundingSlack * level
        smLimit = max(Int64(bitPattern: reached.bitPattern), group.pointee.smTarget)
      }
    }
    let base = cohorts + g &* cohortsPerGroup
    // Which one it is cannot be foreseen: no branch, but all ones where it is, and zero else.
    var index = 0
    var count = 0
    for i in 0..<Int(group.pointee.cohortCount) {
      let limit = base[i].pace == .smLevel ? smLimit : time
      let ones = Int(truncatingIfNeeded: ~((limit &- base[i].end) &>> 63))
      index |= i & ones
      count &-= ones
    }
    return (count == 1 ? index : -1, clock)
  }

  /// Puts blocks of the head launch in the place of as many that have ended and cost the same: no
  /// SM had room for another of them before, so there is room for just these.
  ///
  /// - Returns: whether they cost the same, and the launch has blocks left over; nothing has
  ///   happened where not.
  @inline(__always)
  private mutating func replace(
    _ cohort: UnsafeMutablePointer<Cohort>, of group: UnsafeMutablePointer<SMGroup>,
    from head: Int32
  ) -> Bool {
    let launch = launches + Int(head)
    let old = kernels + Int(cohort.pointee.kernel)
    let new = kernels + Int(launch.pointee.kernel)
    let blocks = cohort.pointee.blocks
    let total = Int(blocks) &* Int(group.pointee.count)
    let difference =
      (old.pointee.warps ^ new.pointee.warps) | (old.pointee.registers ^ new.pointee.registers)
      | (old.pointee.sharedMemory ^ new.pointee.sharedMemory)
    guard difference == 0, total < launch.pointee.unplaced else { return false }
    launch.pointee.unplaced &-= total
    cohort.pointee = newCohort(head, blocks: blocks, on: group)
    let change = old.pointee.shareUnits &- new.pointee.shareUnits
    group.pointee.freeShare &+= change &* Int64(blocks)
    group.pointee.leastShare = min(group.pointee.leastShare, new.pointee.sharePerWarp)
    return true
  }

  /// Gives a group's SMs all the blocks of the head launch that they have room for.
  ///
  /// - Returns: whether the launch has blocks left over; nothing has happened where it would not.
  @inline(__always)
  private mutating func fill(_ g: Int, from head: Int32) -> Bool {
    let launch = launches + Int(head)
    let room = room(for: launch.pointee.kernel, in: g)
    let total = room &* Int(groups[g].count)
    if total >= launch.pointee.unplaced { return false }
    if room > 0 {
      launch.pointee.unplaced &-= total
      addCohort(head, blocks: room, to: g)
    }
    return true
  }
}
