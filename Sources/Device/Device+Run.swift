extension Device {
  /// Goes on from instant to instant until launches complete or `limit` is reached: what happens
  /// at each is what `advance(to:)` and `settle()` do.
  ///
  /// - Returns: whether launches completed, in which case `settle()` has yet to end that instant;
  ///   else the next event is at `limit` or later.
  /// - Precondition: the present instant has been settled.
  package mutating func advance(before limit: Int64) -> Bool {
    while nextEvent < limit {
      switch passPlainInstants(before: limit) {
      case .changed: lookAgain()
      case .completed: return true
      case .stopped:
        if nextEvent >= limit { return false }
        advance(to: nextEvent)
        if !completions.isEmpty { return true }
        settle()
        lookAgain()
      }
    }
    return false
  }

  /// How a row of plain instants ended.
  private enum PlainEnd {
    /// The next is not plain, or not before the limit.
    case stopped
    /// The last one changed more than its group; the next may be plain again.
    case changed
    /// At the last one a launch completed; that instant is not settled.
    case completed
  }

  /// Handles instants before `limit` as long as they are of the kind nearly all are: the blocks of
  /// one cohort of a group end, and the launch that waits for room, if one does, takes what they
  /// leave. DRAM has enough for all. Where several groups finish at an instant, each is handled by
  /// itself if nobody waits: what they leave is not handed on before it is known whether a launch
  /// completes, as another of a higher priority may then come at the same instant.
  private mutating func passPlainInstants(before limit: Int64) -> PlainEnd {
    if dram.isShared { return .stopped }
    var headSlot: Int32 = -1
    if let first = queues.placing.first {
      headSlot = first
      let launch = launches.rows + Int(first)
      if launch.pointee.mask != 0 || launch.pointee.sequence != queues.blockedSequence {
        return .stopped
      }
    }
    let bound = min(limit, queues.nextTail, FinishTimes.horizon)
    // The last group that was handled, which others may come to be like at the same instant.
    var last: (time: Int64, group: Int, finish: Int64) = (-1, 0, 0)
    while finishes.first.time < bound {
      let (time, g) = finishes.first
      let group = groups.rows + g
      var ending = endingCohorts(of: g, at: time)
      if ending.count != 1 { break }
      let cohort = groups.cohort(ending.index, of: g)
      let ended = Int(cohort.pointee.blocks) &* Int(group.pointee.count)
      let place = Int(group.pointee.position)
      let others = finishes.others(than: place)
      let isLast = others.time != time
      let completes = launches.rows[Int(cohort.pointee.launch)].outstanding == ended
      if !isLast, completes || headSlot >= 0 {
        finishes.put(g, place, at: time, among: others)
        break
      }

      now = time
      group.pointee.smClock = ending.smClock
      group.pointee.clockTime = time
      if completes {
        finishes.put(g, place, at: .max, among: others)
        noteOthers(ending.others, of: g)
        return endLaunch(ending.index, of: g)
      }
      launches.rows[Int(cohort.pointee.launch)].outstanding &-= ended
      let finish = passOn(ending.index, of: g, to: headSlot, &ending.others)
      if finish < 0 {
        finishes.put(g, place, at: .max, among: others)
        noteOthers(ending.others, of: g)
        placeBlocks()
        refreshSpeeds()
        return .changed
      }
      finishes.put(g, place, at: finish, among: others)
      var changed = g
      if finish == .max {
        // Nobody waits, or it would have found room.
        joinIdle(g)
        finishes.findFirstOfRows()
      } else if last.time == time, last.finish == finish, areTwins(g, last.group) {
        join(g, to: last.group)
        finishes.findFirst()
        changed = last.group
      } else {
        last = (time, g, finish)
      }
      if watch.losses != nil { glance(at: g, changed) }
      if isLast, dram.isShort {
        shareDRAM()
        findNextEvent()
        return .changed
      }
    }
    findNextEvent()
    return .stopped
  }

  /// Ends the last blocks of a launch, after whatever else ends at the instant.
  private mutating func endLaunch(_ index: Int, of g: Int) -> PlainEnd {
    while !completions.isEmpty { completions.removeLast() }
    endCohort(index, of: g)
    queues.needsPlacement = true
    if completions.isEmpty {
      settle()
      return .changed
    }
    nextEvent = .max
    return .completed
  }

  /// Hands what a cohort leaves on to the launch that waits for room, if one does.
  ///
  /// - Returns: when the group finishes next; -1 where the launch has no more blocks than that: the
  ///   cohort is gone then, and nothing else has happened.
  @inline(__always)
  private mutating func passOn(
    _ index: Int, of g: Int, to headSlot: Int32, _ others: inout NextEnds
  ) -> Int64 {
    let group = groups.rows + g
    let cohort = groups.cohort(index, of: g)
    let gone = cohort.pointee
    let placed = replace(cohort, of: group, byBlocksOf: headSlot)
    if placed > 0 {
      group.pointee.sums.discount(gone, of: kernels.rows + Int(gone.kernel))
    } else {
      removeCohort(index, from: g)
      if placed < 0 { return -1 }
      if group.pointee.cohortCount == 0 { return refreshFew(g) }
    }
    if keepsPaces(of: group, placed > 0 ? cohort : nil, &others) {
      return noteEnds(others, of: group)
    }
    return refreshAll(g)
  }

  /// How many cohorts of a group end at an instant, one of them, the group's clock then, and when
  /// the others end.
  @inline(__always)
  mutating func endingCohorts(
    of g: Int, at time: Int64
  ) -> (count: Int, index: Int, smClock: Double, smLimit: Int64, others: NextEnds) {
    let group = groups.rows + g
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
    // Which one it is cannot be foreseen: no branches, but masks that are all ones or zero. The end
    // mark, not a count, ends the loop: unrolled, it takes twice as long for the few there are.
    var cohort = groups.cohorts(of: g)
    var index = 0
    var count = 0
    var i = 0
    var others = NextEnds()
    if smLimit >= 0, !dram.isShared, group.pointee.sums.fullBlocks == 0 {
      // All are at the level, as they mostly are on a full device.
      while cohort.pointee.pace != .none {
        let end = cohort.pointee.end
        let stays = (smLimit &- end) &>> 63
        index |= i & Int(truncatingIfNeeded: ~stays)
        count &+= 1 &+ Int(truncatingIfNeeded: stays)
        others.target = min(others.target, end | (~stays & .max))
        cohort += 1
        i &+= 1
      }
      return (count, index, clock, smLimit, others)
    }
    let difference = smLimit ^ time
    while cohort.pointee.pace != .none {
      let end = cohort.pointee.end
      let atLevel: Int64 = cohort.pointee.pace == .smLevel ? -1 : 0
      let limit = time ^ (difference & atLevel)
      let stays = (limit &- end) &>> 63
      index |= i & Int(truncatingIfNeeded: ~stays)
      count &+= 1 &+ Int(truncatingIfNeeded: stays)
      others.target = min(others.target, end | ((~(atLevel & stays)) & .max))
      others.full = min(others.full, end | ((~(~atLevel & stays)) & .max))
      cohort += 1
      i &+= 1
    }
    return (count, index, clock, smLimit, others)
  }

  /// Puts as many blocks of a launch as there is room for in the place of a cohort that has ended,
  /// if the launch has more than that. There was no room for any beside it.
  ///
  /// - Returns: how many on each SM; -1 where the launch has no more: nothing has happened then.
  @inline(__always)
  private mutating func replace(
    _ cohort: UnsafeMutablePointer<Cohort>, of group: UnsafeMutablePointer<SMGroup>,
    byBlocksOf slot: Int32
  ) -> Int32 {
    if slot < 0 { return 0 }
    let launch = launches.rows + Int(slot)
    let old = kernels.rows + Int(cohort.pointee.kernel)
    let new = kernels.rows + Int(launch.pointee.kernel)
    let ended = cohort.pointee.blocks
    let sms = group.pointee.count
    let freedShare = old.pointee.shareUnits &* Int64(ended)
    let difference =
      (old.pointee.warps ^ new.pointee.warps) | (old.pointee.registers ^ new.pointee.registers)
      | (old.pointee.sharedMemory ^ new.pointee.sharedMemory)
    var blocks = ended
    if difference == 0 {
      let total = Int(blocks) &* Int(sms)
      if total >= launch.pointee.unplaced { return -1 }
      launch.pointee.unplaced &-= total
    } else {
      blocks = group.pointee.free.room(for: new.pointee, after: ended, of: old)
      let total = Int(blocks) &* Int(sms)
      if total >= launch.pointee.unplaced { return -1 }
      if blocks == 0 { return 0 }
      launch.pointee.unplaced &-= total
      let change = new.pointee.warps &* blocks &- old.pointee.warps &* ended
      group.pointee.free.giveBack(ended, of: old)
      group.pointee.free.take(blocks, of: new)
      busy.countWarps(Int64(change) &* Int64(sms), at: now)
    }
    group.pointee.freeShare &+= freedShare &- new.pointee.shareUnits &* Int64(blocks)
    cohort.pointee = newCohort(slot, blocks: blocks)
    return blocks
  }
}
