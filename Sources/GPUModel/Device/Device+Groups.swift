extension Device {
  @inline(__always)
  mutating func markDirty(_ g: Int) {
    if groups[g].isDirty { return }
    groups[g].isDirty = true
    dirtyGroups[dirtyCount] = Int32(g)
    dirtyCount &+= 1
  }

  /// Moves some SMs of a group to a new group in the same state, which is dirty.
  mutating func split(_ part: SMSet, from g: Int) -> Int {
    let new = Int(liveGroups[groupCount])
    let count = Int32(part.count)
    groups[new] = groups[g]
    groups[new].members = part
    groups[new].count = count
    groups[new].position = Int32(groupCount)
    groups[new].isDirty = false
    groupCount += 1
    finishes.use(groupCount)
    groups[g].members = groups[g].members.subtracting(part)
    groups[g].count -= count
    (cohorts + new * cohortsPerGroup).update(
      from: cohorts + g * cohortsPerGroup, count: Int(groups[g].cohortCount) + 1)
    markDirty(new)
    return new
  }

  /// One of 64 bits for an instant.
  @inline(__always)
  static func bit(of time: Int64) -> UInt64 { 1 &<< UInt64(bitPattern: time & 63) }

  /// Makes a group on which nothing runs part of the idle group, or the idle group.
  @inline(__always)
  mutating func joinIdle(_ g: Int) {
    let idle = Int(idleGroup)
    if idle >= 0, idle != g, groups[idle].cohortCount == 0 {
      join(g, to: idle)
    } else {
      idleGroup = Int32(truncatingIfNeeded: g)
    }
  }

  /// Joins groups that came to the same state at this instant.
  mutating func mergeDirtyGroups() {
    var kept = 0
    var seen: UInt64 = 0
    for i in 0..<dirtyCount {
      let g = dirtyGroups[i]
      let bit = Self.bit(of: finishes[Int(g)])
      if seen & bit == 0 {
        seen |= bit
        dirtyGroups[kept] = g
        kept &+= 1
        continue
      }
      // One that finishes then too; if there are several, the last will do.
      let finish = finishes[Int(g)]
      var twin = -1
      for j in 0..<kept {
        let other = Int(dirtyGroups[j])
        twin = finishes[other] == finish ? other : twin
      }
      if twin >= 0, areTwins(Int(g), twin) {
        join(Int(g), to: twin)
      } else {
        dirtyGroups[kept] = g
        kept += 1
      }
    }
  }

  /// Whether two refreshed groups are in the same state.
  @inline(__always)
  mutating func areTwins(_ a: Int, _ b: Int) -> Bool {
    let count = groups[a].cohortCount
    guard finishes[a] == finishes[b], groups[b].cohortCount == count, targets[a] == targets[b]
    else { return false }
    // Readings of clocks tell the same only where the clocks do.
    guard groups[a].smTarget == groups[b].smTarget,
      groups[a].smTarget == .max || groups[a].smClock == groups[b].smClock
    else { return false }
    let first = cohorts + a * cohortsPerGroup
    let second = cohorts + b * cohortsPerGroup
    for i in 0..<Int(count) where !Self.areTwins(first + i, second + i) { return false }
    return true
  }

  @inline(__always)
  private static func areTwins(
    _ a: UnsafePointer<Cohort>, _ b: UnsafePointer<Cohort>
  ) -> Bool {
    let (a, b) = (a.pointee, b.pointee)
    return a.launch == b.launch && a.blocks == b.blocks && a.pace == b.pace && a.end == b.end
      && (a.pace != .full || a.rest == b.rest)
  }

  /// Moves all SMs of a group to another in the same state.
  mutating func join(_ g: Int, to other: Int) {
    groups[other].members = groups[other].members.union(groups[g].members)
    groups[other].count += groups[g].count
    if isSharingDRAM {
      targets.set(g, to: .max)
      heldAsks.set(g, to: .max)
      freeAsks.set(g, to: .max)
    }
    groupCount -= 1
    let position = Int(groups[g].position)
    let last = liveGroups[groupCount]
    finishes.set(g, position, to: .max)
    finishes.move(Int(last), from: groupCount, to: position)
    finishes.use(groupCount)
    liveGroups[position] = last
    groups[Int(last)].position = Int32(position)
    liveGroups[groupCount] = Int32(g)
  }
}
