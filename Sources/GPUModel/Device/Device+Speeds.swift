extension Device {
  /// Sets the speed of every block that has a new neighbour, on its SM or at the DRAM, and finds
  /// the next event.
  mutating func refreshSpeeds() {
    if hasDirtyGroups {
      hasDirtyGroups = false
      mergeDirtyGroups()
      for g in 0..<groupCount where groups[g].isDirty { shareSM(g) }
      if demand > dramRateUnits {
        isSaturated = true
        shareDRAM()
        for g in 0..<groupCount { groups[g].isDirty = false }
      } else if isSaturated {
        isSaturated = false
        for g in 0..<groupCount { applySMSpeeds(g) }
      } else {
        for g in 0..<groupCount where groups[g].isDirty { applySMSpeeds(g) }
      }
    }
    var next = nextTail
    for g in 0..<groupCount { next = min(next, nextFinish[g]) }
    nextEvent = next
  }

  // MARK: - Stage 1: the SM

  /// Sets `smSpeed` and `ask` of a group's cohorts: max-min fair shares of the SM, by warps.
  private mutating func shareSM(_ g: Int) {
    let base = cohorts + g * cohortsPerGroup
    let count = Int(groups[g].cohortCount)
    var asked = 0.0
    for i in 0..<count {
      asked += Double(base[i].blocks) * kernels[Int(launches[Int(base[i].launch)].kernel)].smShare
    }
    let level = asked <= 1 ? Double.infinity : smLevel(base, count)
    let smCount = Int64(groups[g].count)
    for i in 0..<count {
      let kernel = kernels[Int(launches[Int(base[i].launch)].kernel)]
      let share = level * Double(kernel.warps)
      let speed = share < kernel.smShare ? share / kernel.smShare : 1
      if speed == base[i].smSpeed { continue }
      base[i].smSpeed = speed
      if kernel.dramRate > 0 {
        let ask = Int64(speed * kernel.dramRate * Self.rateUnit + 0.5)
        demand += (ask - base[i].ask) * Int64(base[i].blocks) * smCount
        base[i].ask = ask
      }
    }
  }

  /// The level λ at which shares of at most λ per warp use the SM up.
  private func smLevel(_ base: UnsafeMutablePointer<Cohort>, _ count: Int) -> Double {
    var level = 0.0
    while true {
      var satisfied = 0.0
      var warps = 0.0
      for i in 0..<count {
        let kernel = kernels[Int(launches[Int(base[i].launch)].kernel)]
        let blocks = Double(base[i].blocks)
        if kernel.smShare <= level * Double(kernel.warps) {
          satisfied += blocks * kernel.smShare
        } else {
          warps += blocks * Double(kernel.warps)
        }
      }
      if warps == 0 { return .infinity }
      let next = (1 - satisfied) / warps
      if next <= level { return level }
      level = next
    }
  }

  // MARK: - Stage 2: the DRAM

  /// Sets every block's speed under the level λ at which rates of at most λ per warp use the
  /// DRAM up.
  private mutating func shareDRAM() {
    var level = 0.0
    while true {
      var satisfied = 0.0
      var warps = 0.0
      for g in 0..<groupCount {
        let base = cohorts + g * cohortsPerGroup
        let count = Double(groups[g].count)
        for i in 0..<Int(groups[g].cohortCount) {
          let kernel = kernels[Int(launches[Int(base[i].launch)].kernel)]
          if kernel.dramRate == 0 { continue }
          let blocks = Double(base[i].blocks) * count
          let ask = base[i].smSpeed * kernel.dramRate
          if ask <= level * Double(kernel.warps) {
            satisfied += blocks * ask
          } else {
            warps += blocks * Double(kernel.warps)
          }
        }
      }
      if warps == 0 {
        level = .infinity
        break
      }
      let next = (dramRate - satisfied) / warps
      if next <= level { break }
      level = next
    }
    for g in 0..<groupCount { apply(level: level, to: g) }
  }

  private mutating func apply(level: Double, to g: Int) {
    let base = cohorts + g * cohortsPerGroup
    var next = Int64.max
    for i in 0..<Int(groups[g].cohortCount) {
      let kernel = kernels[Int(launches[Int(base[i].launch)].kernel)]
      let got = level * Double(kernel.warps)
      let isHeld = kernel.dramRate > 0 && got < base[i].smSpeed * kernel.dramRate
      setSpeed(isHeld ? got / kernel.dramRate : base[i].smSpeed, of: base + i)
      next = min(next, base[i].finish)
    }
    nextFinish[g] = next
  }

  private mutating func applySMSpeeds(_ g: Int) {
    let base = cohorts + g * cohortsPerGroup
    var next = Int64.max
    for i in 0..<Int(groups[g].cohortCount) {
      setSpeed(base[i].smSpeed, of: base + i)
      next = min(next, base[i].finish)
    }
    nextFinish[g] = next
    groups[g].isDirty = false
  }

  @inline(__always)
  private func setSpeed(_ speed: Double, of cohort: UnsafeMutablePointer<Cohort>) {
    if cohort.pointee.speed == speed { return }
    if cohort.pointee.since < now {
      let done = cohort.pointee.speed * Double(now - cohort.pointee.since)
      cohort.pointee.left = max(0, cohort.pointee.left - done)
      cohort.pointee.since = now
    }
    cohort.pointee.speed = speed
    let span = cohort.pointee.left / speed - Self.roundingSlack
    // Later than every run ends: keeps the conversion in range for blocks that hardly move.
    let clipped = min(span, 4e18)
    let whole = Int64(clipped)
    let up = Double(whole) < clipped ? whole + 1 : whole
    cohort.pointee.finish = now &+ max(1, up)
  }

  // MARK: - Groups

  /// Joins groups that came to the same state at this instant; the idle ones first of all.
  private mutating func mergeDirtyGroups() {
    var g = 0
    while g < groupCount {
      if groups[g].isDirty, let twin = twin(of: g) {
        groups[twin].members = groups[twin].members.union(groups[g].members)
        groups[twin].count += groups[g].count
        removeGroup(g)
      } else {
        g += 1
      }
    }
  }

  /// An earlier group (or, for an idle one, any group) in the same state.
  private func twin(of g: Int) -> Int? {
    let count = groups[g].cohortCount
    if count == 0 {
      for other in 0..<groupCount where other != g && groups[other].cohortCount == 0 {
        return other
      }
      return nil
    }
    let base = cohorts + g * cohortsPerGroup
    for other in 0..<g where groups[other].isDirty && groups[other].cohortCount == count {
      let otherBase = cohorts + other * cohortsPerGroup
      var isTwin = true
      for i in 0..<Int(count) where !Self.areTwins(base[i], otherBase[i]) {
        isTwin = false
        break
      }
      if isTwin { return other }
    }
    return nil
  }

  @inline(__always)
  private static func areTwins(_ a: Cohort, _ b: Cohort) -> Bool {
    a.launch == b.launch && a.blocks == b.blocks && a.finish == b.finish && a.left == b.left
      && a.since == b.since && a.speed == b.speed && a.smSpeed == b.smSpeed
  }

  private mutating func removeGroup(_ g: Int) {
    let last = groupCount - 1
    if g != last {
      groups[g] = groups[last]
      nextFinish[g] = nextFinish[last]
      (cohorts + g * cohortsPerGroup).update(
        from: cohorts + last * cohortsPerGroup, count: Int(groups[last].cohortCount))
    }
    groupCount = last
  }
}
