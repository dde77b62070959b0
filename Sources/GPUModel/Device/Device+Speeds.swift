extension Device {
  /// Sets the speed of every block that has a new neighbour, on its SM or at the DRAM, and finds
  /// the next event.
  mutating func refreshSpeeds() {
    if dirtyCount > 0 {
      for i in 0..<dirtyCount {
        let g = Int(dirtyGroups[i])
        advanceClock(of: groups + g)
        setLevel(of: g)
        if isSharingDRAM { refresh(g) } else { refreshUnheld(g) }
      }
      if isSharingDRAM || freeAsk > Int128(Self.dramUnits) { shareDRAM() }
      mergeDirtyGroups()
    }
    findNextEvent()
  }

  @inline(__always)
  mutating func findNextEvent() {
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
  private func finish(after span: Double) -> Int64 {
    let left = span - Self.roundingSlack
    // Later than every run ends: keeps the conversion in range for blocks that hardly move.
    let clipped = left < 4e18 ? left : 4e18
    let whole = Int64(clipped)
    return now &+ max(1, Double(whole) < clipped ? whole + 1 : whole)
  }

  // MARK: - Stage 1: the SM

  /// Brings a group's clock up to now.
  @inline(__always)
  func advanceClock(of group: UnsafeMutablePointer<SMGroup>) {
    let span = now &- group.pointee.clockTime
    if span == 0 { return }
    if group.pointee.smTarget < .max {
      group.pointee.smClock += group.pointee.smLevel * Double(span)
    }
    group.pointee.clockTime = now
  }

  @inline(__always)
  mutating func setLevel(of g: Int) {
    let group = groups + g
    if group.pointee.freeShare >= 0 {
      group.pointee.smLevel = .infinity
      return
    }
    // Nearly always nobody gets what it asks for.
    let warps = maxWarps &- group.pointee.freeWarps
    let level = inverses[Int(warps)]
    if group.pointee.leastShare > level {
      group.pointee.smLevel = level
      group.pointee.warpsPerLevel = Double(warps)
    } else {
      let level = mixedLevel(g)
      group.pointee.smLevel = level
      group.pointee.warpsPerLevel = 1 / level
    }
  }

  /// The level at which shares of at most that per warp use the SM up. What is shared out is a
  /// concave function of the level: a step of Newton's from anywhere lands at or below the
  /// solution, and further ones climb to it.
  private mutating func mixedLevel(_ g: Int) -> Double {
    let base = cohorts + g &* cohortsPerGroup
    let count = Int(groups[g].cohortCount)
    var level = groups[g].smLevel.isFinite ? groups[g].smLevel : 0
    var isClimbing = level == 0
    while true {
      var satisfied = 0.0
      var warps: Int32 = 0
      var greatestSatisfied = 0.0
      var leastHeld = Double.infinity
      var leastShare = Double.infinity
      for i in 0..<count {
        let kernel = kernels + Int(base[i].kernel)
        let ask = kernel.pointee.sharePerWarp
        let isSatisfied = ask <= level
        leastShare = min(leastShare, ask)
        satisfied += isSatisfied ? Double(base[i].blocks) * kernel.pointee.smShare : 0
        greatestSatisfied = max(greatestSatisfied, isSatisfied ? ask : 0)
        warps &+= isSatisfied ? 0 : base[i].blocks &* kernel.pointee.warps
        leastHeld = min(leastHeld, isSatisfied ? .infinity : ask)
      }
      groups[g].leastShare = leastShare
      let next = (1 - satisfied) / Double(warps)
      if isClimbing {
        if warps == 0 { return .infinity }
        if next <= level || next < leastHeld { return max(next, level) }
        level = next
      } else if warps == 0 || !(next > 0) {
        level = 0
        isClimbing = true
      } else {
        if next >= greatestSatisfied, next < leastHeld { return next }
        level = next
        isClimbing = true
      }
    }
  }

  // MARK: - Blocks

  /// Brings a group's blocks to the levels of its SMs and of the DRAM, and sums up what they ask.
  mutating func refresh(_ g: Int) {
    advanceClock(of: groups + g)
    finishes.set(g, to: refresh(g, isSharingDRAM: true))
  }

  /// The same while no block is held.
  private mutating func refreshUnheld(_ g: Int) {
    finishes.set(g, to: refresh(g, isSharingDRAM: false))
  }

  /// - Returns: when blocks that are not held finish next.
  @inline(__always)
  mutating func refresh(_ g: Int, isSharingDRAM: Bool) -> Int64 {
    let group = groups + g
    if group.pointee.smClock > Self.smClockRange { rebaseClock(of: g) }
    let base = cohorts + g &* cohortsPerGroup
    let smLevel = group.pointee.smLevel
    let smClock = group.pointee.smClock
    var nextFinish = Int64.max
    var nextSMTarget = Int64.max
    var nextTarget = Int64.max
    var levelAsk = 0.0
    var fullAsk = 0.0
    var heldWarps: Int32 = 0
    var greatestFree = 0.0
    var leastHeld = Double.infinity
    for i in 0..<Int(group.pointee.cohortCount) {
      let cohort = base + i
      let kernel = kernels + Int(cohort.pointee.kernel)
      let blocks = cohort.pointee.blocks
      if isSharingDRAM {
        let ask = kernel.pointee.askPerWarp(at: smLevel)
        if ask > dramLevel {
          if cohort.pointee.pace != .dramLevel { holdAtDRAM(cohort, kernel, smClock) }
          nextTarget = min(nextTarget, cohort.pointee.end)
          leastHeld = min(leastHeld, ask)
          heldWarps &+= kernel.pointee.warps &* blocks
          continue
        }
        greatestFree = max(greatestFree, ask)
      }
      if kernel.pointee.sharePerWarp > smLevel {
        if cohort.pointee.pace != .smLevel {
          let isNew = cohort.pointee.pace == .unknown
          let left = isNew ? cohort.pointee.rest : workLeft(cohort, kernel, smClock)
          let target = smClock + left * kernel.pointee.sharePerWarp
          cohort.pointee.end = Int64(bitPattern: target.bitPattern)
          cohort.pointee.pace = .smLevel
        }
        nextSMTarget = min(nextSMTarget, cohort.pointee.end)
        levelAsk += Double(blocks) * kernel.pointee.ratePerLevel
      } else {
        if cohort.pointee.pace != .full { free(cohort, kernel, smClock) }
        nextFinish = min(nextFinish, cohort.pointee.end)
        fullAsk += Double(blocks) * kernel.pointee.dramRate
      }
    }
    group.pointee.smTarget = nextSMTarget
    if nextSMTarget < .max {
      let target = Double(bitPattern: UInt64(bitPattern: nextSMTarget))
      let finish = finish(after: (target - smClock) * group.pointee.warpsPerLevel)
      group.pointee.smFinish = finish
      nextFinish = min(nextFinish, finish)
      fullAsk += levelAsk * smLevel
    } else {
      group.pointee.smFinish = .max
      group.pointee.smClock = 0
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
    let freeAsk = Int64(min(fullAsk * unitsPerRate, Self.mostUnits))
    let change = freeAsk &- group.pointee.freeAsk
    self.freeAsk &+= Int128(change) &* Int128(group.pointee.count)
    group.pointee.freeAsk = freeAsk
    return nextFinish
  }

  private mutating func rebaseClock(of g: Int) {
    let base = cohorts + g &* cohortsPerGroup
    let clock = groups[g].smClock
    for i in 0..<Int(groups[g].cohortCount) where base[i].pace == .smLevel {
      base[i].end = Self.rebased(base[i].end, by: clock)
    }
    groups[g].smClock = 0
  }

  /// Full-speed nanoseconds of a cohort's work that are left.
  @inline(never)
  private mutating func workLeft(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>,
    _ smClock: Double
  ) -> Double {
    let target = Double(bitPattern: UInt64(bitPattern: cohort.pointee.end))
    switch cohort.pointee.pace {
    case .unknown: return cohort.pointee.rest
    case .full: return max(0, Double(cohort.pointee.end &- now) - cohort.pointee.rest)
    case .smLevel: return max(0, (target - smClock) * kernel.pointee.warpsPerShare)
    case .dramLevel:
      return max(0, (target - dramClock - dramClockRest) * kernel.pointee.warpsPerRate)
    }
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
  private mutating func free(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>,
    _ smClock: Double
  ) {
    let isNew = cohort.pointee.pace == .unknown
    let left = isNew ? cohort.pointee.rest : workLeft(cohort, kernel, smClock)
    let finish = finish(after: left)
    cohort.pointee.end = finish
    cohort.pointee.rest = Double(finish &- now) - left
    cohort.pointee.pace = .full
  }
}
