extension Device {
  /// Sets the speed of every block that has a new neighbour, on its SM or at the DRAM, and finds
  /// the next event.
  mutating func refreshSpeeds() {
    if dirtyCount > 0 {
      for i in 0..<dirtyCount {
        let g = Int(dirtyGroups[i])
        groups[g].smLevel = groups[g].freeShare < 0 ? smLevel(g) : .infinity
        refresh(g)
      }
      if isSharingDRAM || freeAsk > Int128(Self.dramUnits) { shareDRAM() }
      mergeDirtyGroups()
    }
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

  /// The level at which shares of at most that per warp use the SM up. What is shared out is a
  /// concave function of the level: a step of Newton's from anywhere lands at or below the
  /// solution, and further ones climb to it.
  private func smLevel(_ g: Int) -> Double {
    let base = cohorts + g * cohortsPerGroup
    let count = Int(groups[g].cohortCount)
    var level = groups[g].smLevel.isFinite ? groups[g].smLevel : 0
    var isClimbing = level == 0
    while true {
      var satisfied = 0.0
      var warps = 0.0
      var greatestSatisfied = 0.0
      var leastHeld = Double.infinity
      for i in 0..<count {
        let kernel = kernels + Int(base[i].kernel)
        let blocks = Double(base[i].blocks)
        let ask = kernel.pointee.sharePerWarp
        if ask <= level {
          satisfied += blocks * kernel.pointee.smShare
          greatestSatisfied = max(greatestSatisfied, ask)
        } else {
          warps += blocks * kernel.pointee.weight
          leastHeld = min(leastHeld, ask)
        }
      }
      let next = (1 - satisfied) / warps
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
    let base = cohorts + g * cohortsPerGroup
    let smLevel = groups[g].smLevel
    let invertedLevel = 1 / smLevel
    var nextFinish = Int64.max
    var nextTarget = Double.infinity
    var freeAsk: Int128 = 0
    var heldWarps: Int64 = 0
    var greatestFree = 0.0
    var leastHeld = Double.infinity
    for i in 0..<Int(groups[g].cohortCount) {
      let cohort = base + i
      let kernel = kernels + Int(cohort.pointee.kernel)
      let isContended = kernel.pointee.sharePerWarp > smLevel
      let speed = isContended ? smLevel * kernel.pointee.warpsPerShare : 1
      var isNew = false
      if speed != cohort.pointee.smSpeed {
        if !cohort.pointee.isHeld { bringUpToNow(cohort) }
        cohort.pointee.smSpeed = speed
        cohort.pointee.askPerWarp = speed * kernel.pointee.ratePerWarp
        isNew = true
      }
      let ask = cohort.pointee.askPerWarp
      if ask > dramLevel {
        if !cohort.pointee.isHeld { hold(cohort, kernel) }
        nextTarget = min(nextTarget, cohort.pointee.target)
        leastHeld = min(leastHeld, ask)
        heldWarps &+= Int64(kernel.pointee.warps &* cohort.pointee.blocks)
        continue
      }
      if cohort.pointee.isHeld {
        free(cohort, kernel)
        isNew = true
      }
      if isNew {
        let slowness = isContended ? invertedLevel * kernel.pointee.sharePerWarp : 1
        cohort.pointee.finish = finish(after: cohort.pointee.left * slowness)
      }
      nextFinish = min(nextFinish, cohort.pointee.finish)
      if ask > 0 {
        greatestFree = max(greatestFree, ask)
        let units = min(ask * kernel.pointee.weight * unitsPerRate, Self.mostUnits)
        freeAsk &+= Int128(Int64(units)) &* Int128(cohort.pointee.blocks)
      }
    }
    finishes.set(g, to: nextFinish)
    groups[g].greatestFree = greatestFree
    if isSharingDRAM {
      freeAsks.set(g, to: Self.bits(ofGreatestFree: greatestFree))
      targets.set(g, to: heldWarps == 0 ? .max : Int64(bitPattern: nextTarget.bitPattern))
      heldAsks.set(g, to: heldWarps == 0 ? .max : Int64(bitPattern: leastHeld.bitPattern))
    }
    if freeAsk == groups[g].freeAsk, heldWarps == groups[g].heldWarps { return }
    let count = Int64(groups[g].count)
    self.freeAsk &+= (freeAsk &- groups[g].freeAsk) &* Int128(count)
    self.heldWarps &+= (heldWarps &- groups[g].heldWarps) &* count
    groups[g].freeAsk = freeAsk
    groups[g].heldWarps = heldWarps
  }

  @inline(__always)
  private func bringUpToNow(_ cohort: UnsafeMutablePointer<Cohort>) {
    if cohort.pointee.since == now { return }
    let done = cohort.pointee.smSpeed * Double(now - cohort.pointee.since)
    cohort.pointee.left = max(0, cohort.pointee.left - done)
    cohort.pointee.since = now
  }

  @inline(__always)
  private func hold(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>
  ) {
    bringUpToNow(cohort)
    cohort.pointee.isHeld = true
    cohort.pointee.finish = .max
    cohort.pointee.target = max(
      0, dramClock + (dramClockRest + cohort.pointee.left * kernel.pointee.ratePerWarp))
  }

  @inline(__always)
  private func free(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>
  ) {
    let bytes = cohort.pointee.target - dramClock - dramClockRest
    cohort.pointee.left = max(0, bytes * kernel.pointee.warpsPerRate)
    cohort.pointee.since = now
    cohort.pointee.isHeld = false
  }
}
