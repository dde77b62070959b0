extension Device {
  /// Sets the speed of every block that has a new neighbour, on its SM or at the DRAM, and finds
  /// the next event.
  mutating func refreshSpeeds() {
    if dirtyCount > 0 {
      // Twins finish together: a bit for each instant seen spares most comparisons.
      var seen: UInt64 = 0
      var repeated: UInt64 = 0
      var kept = 0
      for i in 0..<dirtyCount {
        let g = Int(dirtyGroups[i])
        let group = groups + g
        group.pointee.isDirty = false
        if isSharingDRAM {
          advanceClock(of: group)
          setLevel(of: g)
          refresh(g)
        } else {
          finishes.set(g, Int(group.pointee.position), to: refreshUnheld(g))
        }
        if group.pointee.cohortCount == 0 {
          joinIdle(g)
          continue
        }
        if idleGroup == g { idleGroup = -1 }
        dirtyGroups[kept] = Int32(truncatingIfNeeded: g)
        kept &+= 1
        let bit = Self.bit(of: finishes[g])
        repeated |= seen & bit
        seen |= bit
      }
      dirtyCount = kept
      if isSharingDRAM || freeAsk > Int128(dramUnits) {
        shareDRAM()
        repeated = .max
      }
      if repeated != 0 { mergeDirtyGroups() }
      dirtyCount = 0
    }
    findNextEvent()
  }

  @inline(__always)
  mutating func findNextEvent() {
    finishes.findFirst()
    var next = min(finishes.least, nextTail)
    if heldWarps > 0 {
      let target = Double(bitPattern: UInt64(bitPattern: targets.least))
      heldFinish = finish(after: (target - dramClock - dramClockRest) / dramLevel)
      next = min(next, heldFinish)
    } else {
      heldFinish = .max
    }
    nextEvent = next
  }

  /// The instant so many nanoseconds from now, rounded up.
  @inline(__always)
  mutating func finish(after span: Double) -> Int64 {
    let left = span - Self.roundingSlack
    if left < 0x1p51 {
      // Added to 2^52, it is rounded to the nearest whole number, which the sum's bits show. A
      // sign bit tells whether that is below it: no branch, as nothing could foresee it.
      let shifted = left + 0x1p52
      let nearest = Int64(bitPattern: shifted.bitPattern &- (0x1p52 as Double).bitPattern)
      let isBelow = Int64(bitPattern: (shifted - 0x1p52 - left).bitPattern) &>> 63
      return now &+ max(1, nearest &- isBelow)
    }
    // Later than every run ends: keeps the conversion in range for blocks that hardly move.
    return now &+ Int64(min(left, 4e18).rounded(.up))
  }

  /// Brings a group's blocks to the levels of its SMs and of the DRAM, and sums up what they ask.
  mutating func refresh(_ g: Int) {
    let group = groups + g
    advanceClock(of: group)
    finishes.set(g, Int(group.pointee.position), to: refresh(g, isSharingDRAM: true))
  }

  /// The same while DRAM holds no block.
  ///
  /// - Returns: when blocks finish next.
  @inline(__always)
  private mutating func refreshUnheld(_ g: Int) -> Int64 {
    let group = groups + g
    advanceClock(of: group)
    if group.pointee.cohortCount < 2 { return refreshFew(g) }
    // From blocks at their own pace to blocks at a level, and back, all change.
    if (group.pointee.freeShare < 0) != (group.pointee.sums.levelWarps > 0) {
      return refreshAll(g)
    }
    if group.pointee.newCohorts < 2 {
      if !group.pointee.knowsEnds { findEnds(of: g) }
      var next = NextEnds(target: group.pointee.smTarget, full: group.pointee.fullEnd)
      let last = cohorts + (g &* cohortsPerGroup &+ Int(group.pointee.cohortCount &- 1))
      let new = group.pointee.newCohorts == 0 ? nil : last
      if keepsPaces(of: group, new, &next) { return noteEnds(next, of: group) }
    }
    return refreshAll(g)
  }

  /// Finds out when blocks of known pace end next, where some were taken away.
  @inline(never)
  private mutating func findEnds(of g: Int) {
    var next = NextEnds()
    var cohort = cohorts + g &* cohortsPerGroup
    while cohort.pointee.pace != .none {
      let end = cohort.pointee.end
      if cohort.pointee.pace == .smLevel {
        next.target = min(next.target, end)
      } else {
        next.full = min(next.full, end)
      }
      cohort += 1
    }
    (groups[g].smTarget, groups[g].fullEnd) = (next.target, next.full)
  }

  /// The same of a group whose clock is up to date and all of whose paces may change.
  mutating func refreshAll(_ g: Int) -> Int64 {
    setLevel(of: g)
    let group = groups + g
    if group.pointee.smLevel.isFinite { return refresh(g, isSharingDRAM: false) }
    var next = NextEnds()
    var sums = PaceSums()
    var cohort = cohorts + g &* cohortsPerGroup
    while cohort.pointee.pace != .none {
      let kernel = kernels + Int(cohort.pointee.kernel)
      if cohort.pointee.pace != .full { free(cohort, kernel, group.pointee.smClock) }
      next.full = min(next.full, cohort.pointee.end)
      sums.addFull(cohort.pointee.blocks, of: kernel)
      cohort += 1
    }
    group.pointee.sums = sums
    return noteEnds(next, of: group)
  }

  /// The same of a group with one cohort or none.
  @inline(__always)
  mutating func refreshFew(_ g: Int) -> Int64 {
    let group = groups + g
    var next = NextEnds()
    var sums = PaceSums()
    group.pointee.smLevel = .infinity
    if group.pointee.cohortCount == 0 {
      group.pointee.sums = sums
      return noteEnds(next, of: group)
    }
    if group.pointee.smClock > Self.smClockRange { rebaseClock(of: g) }
    let cohort = cohorts + g &* cohortsPerGroup
    let kernel = kernels + Int(cohort.pointee.kernel)
    let blocks = cohort.pointee.blocks
    let warps = kernel.pointee.warps &* blocks
    let level = inverses[Int(warps)]
    if group.pointee.freeShare < 0, kernel.pointee.sharePerWarp > level {
      group.pointee.smLevel = level
      group.pointee.warpsPerLevel = Double(warps)
      if cohort.pointee.pace != .smLevel { hold(cohort, kernel, group.pointee.smClock) }
      next.target = cohort.pointee.end
      sums.addAtLevel(blocks, of: kernel)
    } else {
      if cohort.pointee.pace != .full { free(cohort, kernel, group.pointee.smClock) }
      next.full = cohort.pointee.end
      sums.addFull(blocks, of: kernel)
    }
    group.pointee.sums = sums
    return noteEnds(next, of: group)
  }

  /// - Returns: when blocks that are not held finish next.
  @inline(__always)
  mutating func refresh(_ g: Int, isSharingDRAM: Bool) -> Int64 {
    let group = groups + g
    if group.pointee.smClock > Self.smClockRange { rebaseClock(of: g) }
    let base = cohorts + g &* cohortsPerGroup
    let smLevel = group.pointee.smLevel
    let smClock = group.pointee.smClock
    var next = NextEnds()
    var nextTarget = Int64.max
    var heldWarps: Int32 = 0
    var greatestFree = 0.0
    var leastHeld = Double.infinity
    var sums = PaceSums()
    for i in 0..<Int(group.pointee.cohortCount) {
      let cohort = base + i
      let kernel = kernels + Int(cohort.pointee.kernel)
      if isSharingDRAM {
        let ask = kernel.pointee.askPerWarp(at: smLevel)
        if ask > dramLevel {
          if cohort.pointee.pace != .dramLevel { holdAtDRAM(cohort, kernel, smClock) }
          nextTarget = min(nextTarget, cohort.pointee.end)
          leastHeld = min(leastHeld, ask)
          heldWarps &+= kernel.pointee.warps &* cohort.pointee.blocks
          continue
        }
        greatestFree = max(greatestFree, ask)
      }
      if kernel.pointee.sharePerWarp > smLevel {
        if cohort.pointee.pace != .smLevel { hold(cohort, kernel, smClock) }
        next.target = min(next.target, cohort.pointee.end)
        sums.addAtLevel(cohort.pointee.blocks, of: kernel)
      } else {
        if cohort.pointee.pace != .full { free(cohort, kernel, smClock) }
        next.full = min(next.full, cohort.pointee.end)
        sums.addFull(cohort.pointee.blocks, of: kernel)
      }
    }
    if isSharingDRAM {
      freeAsks.set(g, to: Self.bits(ofGreatestFree: greatestFree))
      targets.set(g, to: nextTarget)
      heldAsks.set(
        g, to: heldWarps == 0 ? .max : Int64(bitPattern: leastHeld.bitPattern))
      let change = Int64(heldWarps) &- group.pointee.heldWarps
      self.heldWarps &+= change &* Int64(group.pointee.count)
      group.pointee.heldWarps = Int64(heldWarps)
    }
    group.pointee.sums = sums
    return noteEnds(next, of: group)
  }

  /// Notes when blocks of a group end next and what it asks of DRAM.
  ///
  /// - Returns: when blocks that are not held finish next.
  @inline(__always)
  mutating func noteEnds(
    _ next: NextEnds, of group: UnsafeMutablePointer<SMGroup>
  ) -> Int64 {
    var freeAsk = group.pointee.sums.fullAsk
    var nextFinish = next.full
    group.pointee.smTarget = next.target
    group.pointee.fullEnd = next.full
    group.pointee.newCohorts = 0
    group.pointee.knowsEnds = true
    if next.target < .max {
      let target = Double(bitPattern: UInt64(bitPattern: next.target))
      let span = (target - group.pointee.smClock) * group.pointee.warpsPerLevel
      let finish = finish(after: span)
      group.pointee.smFinish = finish
      nextFinish = min(nextFinish, finish)
      let level = group.pointee.smLevel * unitsPerLevelUnit
      freeAsk &+= Int64(Double(group.pointee.sums.levelAsk) * level)
    } else {
      group.pointee.smFinish = .max
      group.pointee.smClock = 0
    }
    let change = freeAsk &- group.pointee.freeAsk
    self.freeAsk &+= Int128(change) &* Int128(group.pointee.count)
    group.pointee.freeAsk = freeAsk
    return nextFinish
  }

  /// Full-speed nanoseconds of a cohort's work that are left.
  @inline(never)
  mutating func workLeft(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>,
    _ smClock: Double
  ) -> Double {
    let target = Double(bitPattern: UInt64(bitPattern: cohort.pointee.end))
    switch cohort.pointee.pace {
    case .unknown, .none: return cohort.pointee.rest
    case .full: return max(0, Double(cohort.pointee.end &- now) - cohort.pointee.rest)
    case .smLevel: return max(0, (target - smClock) * kernel.pointee.warpsPerShare)
    case .dramLevel:
      return max(0, (target - dramClock - dramClockRest) * kernel.pointee.warpsPerRate)
    }
  }

  /// The same without a call for blocks that were placed at this instant.
  @inline(__always)
  private mutating func workToDo(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>,
    _ smClock: Double
  ) -> Double {
    cohort.pointee.pace == .unknown ? cohort.pointee.rest : workLeft(cohort, kernel, smClock)
  }

  @inline(__always)
  mutating func hold(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>,
    _ smClock: Double
  ) {
    let left = workToDo(cohort, kernel, smClock)
    let target = smClock + left * kernel.pointee.sharePerWarp
    cohort.pointee.end = Int64(bitPattern: target.bitPattern)
    cohort.pointee.pace = .smLevel
  }

  private mutating func holdAtDRAM(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>,
    _ smClock: Double
  ) {
    let left = workLeft(cohort, kernel, smClock)
    let target = max(0, dramClock + (dramClockRest + left * kernel.pointee.ratePerWarp))
    cohort.pointee.end = Int64(bitPattern: target.bitPattern)
    cohort.pointee.pace = .dramLevel
  }

  @inline(__always)
  mutating func free(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>,
    _ smClock: Double
  ) {
    let left = workToDo(cohort, kernel, smClock)
    let finish = finish(after: left)
    cohort.pointee.end = finish
    cohort.pointee.rest = Double(finish &- now) - left
    cohort.pointee.pace = .full
  }
}
