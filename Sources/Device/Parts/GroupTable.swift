import Hardware

/// The SM groups, their cohorts, and which of them an instant has changed.
struct GroupTable {
  /// Groups by number; those in use are in `live`, the others in what follows there.
  let rows: UnsafeMutablePointer<SMGroup>
  let live: UnsafeMutablePointer<Int32>
  /// How many are in use.
  var count = 1
  /// The group of idle SMs, or -1.
  var idle: Int32 = 0
  /// Groups whose residents changed at this instant.
  let dirty: UnsafeMutablePointer<Int32>
  var dirtyCount = 0
  /// `cohortsPerGroup` places for each group.
  private let cohorts: UnsafeMutablePointer<Cohort>
  private let cohortsPerGroup: Int

  /// Creates a table with one group, of idle SMs. Its owner calls `deallocate()`.
  init(of sms: SMSet, limits: SMLimits) {
    let smCount = sms.count
    // Two more, so that groups' first places do not all fall into the same few cache sets.
    cohortsPerGroup = limits.maxBlocks + 2
    rows = .allocate(capacity: smCount)
    live = .allocate(capacity: smCount)
    for g in 0..<smCount { live[g] = Int32(g) }
    dirty = .allocate(capacity: smCount)
    cohorts = .allocate(capacity: smCount * cohortsPerGroup)
    cohorts.initialize(repeating: .none, count: smCount * cohortsPerGroup)
    rows[0] = SMGroup(
      members: sms, count: Int32(smCount), free: FreeResources(limits), position: 0)
  }

  func deallocate() {
    rows.deallocate()
    live.deallocate()
    dirty.deallocate()
    cohorts.deallocate()
  }

  /// A group's cohorts, behind the last of which one of no pace stands.
  @inline(__always)
  func cohorts(of g: Int) -> UnsafeMutablePointer<Cohort> { cohorts + g &* cohortsPerGroup }

  @inline(__always)
  func cohort(_ i: Int, of g: Int) -> UnsafeMutablePointer<Cohort> {
    cohorts + (g &* cohortsPerGroup &+ i)
  }

  @inline(__always)
  mutating func markDirty(_ g: Int) {
    if rows[g].isDirty { return }
    rows[g].isDirty = true
    dirty[dirtyCount] = Int32(g)
    dirtyCount &+= 1
  }

  /// Moves some SMs of a group to a new group in the same state, which is dirty.
  @inline(__always)
  mutating func split(_ part: SMSet, from g: Int) -> Int {
    let new = Int(live[count])
    let moved = Int32(part.count)
    rows[new] = rows[g]
    rows[new].members = part
    rows[new].count = moved
    rows[new].position = Int32(count)
    rows[new].isDirty = false
    count += 1
    rows[g].members = rows[g].members.subtracting(part)
    rows[g].count -= moved
    cohorts(of: new).update(from: cohorts(of: g), count: Int(rows[g].cohortCount) + 1)
    markDirty(new)
    return new
  }
}
