extension Device {
  /// One of 64 bits for an instant.
  @inline(__always)
  static func bit(of time: Int64) -> UInt64 { 1 &<< UInt64(bitPattern: time & 63) }

  /// Makes a group on which nothing runs part of the idle group, or the idle group.
  @inline(__always)
  mutating func joinIdle(_ g: Int) {
    let idle = Int(groups.idle)
    if idle >= 0, idle != g, groups.rows[idle].cohortCount == 0 {
      join(g, to: idle)
    } else {
      groups.idle = Int32(truncatingIfNeeded: g)
    }
  }

  /// Joins groups that came to the same state at this instant.
  mutating func mergeDirtyGroups() {
    var kept = 0
    var seen: UInt64 = 0
    for i in 0..<groups.dirtyCount {
      let g = groups.dirty[i]
      let bit = Self.bit(of: finishes[Int(g)])
      if seen & bit == 0 {
        seen |= bit
        groups.dirty[kept] = g
        kept &+= 1
        continue
      }
      // One that finishes then too; if there are several, the last will do.
      let finish = finishes[Int(g)]
      var twin = -1
      for j in 0..<kept {
        let other = Int(groups.dirty[j])
        twin = finishes[other] == finish ? other : twin
      }
      if twin >= 0, areTwins(Int(g), twin) {
        join(Int(g), to: twin)
      } else {
        groups.dirty[kept] = g
        kept += 1
      }
    }
  }

  /// Whether two refreshed groups are in the same state.
  @inline(__always)
  mutating func areTwins(_ a: Int, _ b: Int) -> Bool {
    let count = groups.rows[a].cohortCount
    guard finishes[a] == finishes[b], groups.rows[b].cohortCount == count,
      dram.targets[a] == dram.targets[b]
    else { return false }
    // Readings of clocks tell the same only where the clocks do.
    guard groups.rows[a].smTarget == groups.rows[b].smTarget,
      groups.rows[a].smTarget == .max || groups.rows[a].smClock == groups.rows[b].smClock
    else { return false }
    let first = groups.cohorts(of: a)
    let second = groups.cohorts(of: b)
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
    groups.rows[other].members = groups.rows[other].members.union(groups.rows[g].members)
    groups.rows[other].count += groups.rows[g].count
    if dram.isShared { dram.remove(g) }
    if ceiling.isOn { ceiling.confined.remove(g) }
    groups.count -= 1
    let position = Int(groups.rows[g].position)
    let last = groups.live[groups.count]
    finishes.set(g, position, to: .max)
    finishes.move(Int(last), from: groups.count, to: position)
    finishes.use(groups.count)
    groups.live[position] = last
    groups.rows[Int(last)].position = Int32(position)
    groups.live[groups.count] = Int32(g)
  }
}
