/// A ceiling on what some launches get of the DRAM together.
///
/// What is modelled: max-min fair shares of the DRAM, weighted by warps, of which confined blocks get
/// no more than the ceiling together; where it binds, they share that out among them in the same way,
/// and the others what is left. While no confined launch is on the device, or the ceiling is 1, none
/// of this is looked at.
extension Device {
  /// Has confined launches get at most a part of the DRAM's bandwidth together, from this instant on.
  ///
  /// - Parameter fraction: 1 is no ceiling.
  /// - Precondition: `fraction` is more than 0, and 1 at most.
  package mutating func setCeiling(_ fraction: Double) {
    precondition(fraction > 0 && fraction <= 1, "a ceiling is a part of the DRAM's bandwidth")
    ceiling.fraction = fraction
    ceiling.capacity = Int128(Double(dram.units) * fraction)
    ceiling.hasMoved = true
  }

  /// One more confined launch is on the device, or one less.
  mutating func countConfined(_ change: Int) {
    ceiling.launches += change
    ceiling.hasMoved = true
  }

  /// Brings the ceiling into force or out of it where launches or it have changed.
  @inline(never)
  mutating func moveCeiling() {
    ceiling.hasMoved = false
    let isOn = ceiling.fraction < 1 && ceiling.launches > 0
    if !isOn, !ceiling.isOn { return }
    if isOn, !ceiling.isOn {
      if !dram.isShared { startSharing() }
      ceiling.begin(level: dram.level, smCount: smCount, limits: limits)
    }
    ceiling.isOn = isOn
    for i in 0..<groups.count { groups.markDirty(Int(groups.live[i])) }
  }

  /// Moves the clock of confined blocks.
  mutating func advanceConfined(by span: Int64) {
    if ceiling.confined.heldWarps > 0, ceiling.confined.advanceClock(by: span) {
      rebase(.ceilingLevel, by: ceiling.confined.clock, ceiling.confined.targets)
      ceiling.confined.clock = 0
    }
  }

  /// When the first confined blocks that are held end.
  mutating func findConfinedFinish() -> Int64 {
    ceiling.confined.heldFinish =
      ceiling.confined.heldWarps > 0
      ? finish(after: ceiling.confined.span(to: ceiling.confined.targets.least)) : .max
    return ceiling.confined.heldFinish
  }

  /// Brings a group's blocks to the levels of its SMs and to the two of the DRAM, and sums up what they
  /// ask.
  ///
  /// - Returns: when blocks that are not held finish next.
  mutating func refreshUnderCeiling(_ g: Int) -> Int64 {
    let group = groups.rows + g
    if group.pointee.smClock > Self.smClockRange { rebaseClock(of: g) }
    let base = groups.cohorts(of: g)
    let (smLevel, smClock) = (group.pointee.smLevel, group.pointee.smClock)
    var next = NextEnds()
    var sums = PaceSums()
    var confinedSums = PaceSums()
    var open = AskingBlocks()
    var confined = AskingBlocks()
    for i in 0..<Int(group.pointee.cohortCount) {
      let cohort = base + i
      let kernel = kernels.rows + Int(cohort.pointee.kernel)
      let (blocks, warps) = (cohort.pointee.blocks, kernel.pointee.warps)
      let ask = kernel.pointee.askPerWarp(at: smLevel)
      let isConfined = launches.rows[Int(cohort.pointee.launch)].isConfined
      if isConfined {
        if ask > ceiling.confined.level {
          if cohort.pointee.pace != .ceilingLevel { holdAtCeiling(cohort, kernel, smClock) }
          confined.addHeld(cohort.pointee, ask: ask, warps: warps)
          continue
        }
        confined.greatestFree = max(confined.greatestFree, ask)
      } else {
        if ask > dram.level {
          if cohort.pointee.pace != .dramLevel { holdAtDRAM(cohort, kernel, smClock) }
          open.addHeld(cohort.pointee, ask: ask, warps: warps)
          continue
        }
        open.greatestFree = max(open.greatestFree, ask)
      }
      if kernel.pointee.sharePerWarp > smLevel {
        if cohort.pointee.pace != .smLevel { hold(cohort, kernel, smClock) }
        next.target = min(next.target, cohort.pointee.end)
        sums.addAtLevel(blocks, of: kernel)
        if isConfined { confinedSums.addAtLevel(blocks, of: kernel) }
      } else {
        if cohort.pointee.pace != .full { free(cohort, kernel, smClock) }
        next.full = min(next.full, cohort.pointee.end)
        sums.addFull(blocks, of: kernel)
        if isConfined { confinedSums.addFull(blocks, of: kernel) }
      }
    }
    open.note(of: g, in: dram)
    dram.heldWarps &+=
      (Int64(open.warps) &- group.pointee.heldWarps) &* Int64(group.pointee.count)
    group.pointee.heldWarps = Int64(open.warps)
    var ask = confinedSums.fullAsk
    if confinedSums.levelWarps > 0 {
      ask &+= Int64(Double(confinedSums.levelAsk) * (smLevel * dram.unitsPerLevelUnit))
    }
    ceiling.note(confined, ask: ask, of: g, count: group.pointee.count)
    group.pointee.sums = sums
    return noteEnds(next, of: group)
  }

  private mutating func holdAtCeiling(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>,
    _ smClock: Double
  ) {
    let left = workLeft(cohort, kernel, smClock)
    cohort.pointee.end = ceiling.confined.target(after: left * kernel.pointee.ratePerWarp)
    cohort.pointee.pace = .ceilingLevel
  }
}
