/// Who loses what to whom, for those who ask at the end of an instant; the device itself keeps
/// nothing of it.
///
/// A launch alone would have as many blocks resident as it has left and as fit its SMs, spread
/// evenly, at the speed at which they leave each other the SM and the DRAM. Three steps lead from
/// there to what it has: fewer blocks are resident, or more on one SM (others hold the room); they
/// get less of their SM (others' warps take their part); they get less of the DRAM. What each step
/// takes of the rate alone is the part of this nanosecond that it costs.
extension Device {
  /// Looks at the device: adds up what launches lost since the last look, and finds out what each
  /// loses from now on.
  ///
  /// - Precondition: the present instant has been settled.
  /// - Complexity: O(groups + launches + cohorts of groups that have changed).
  package mutating func look(_ table: inout LossTable) {
    // A second look at one instant finds what has changed between the two.
    if table.time == now { table.time -= 1 }
    findLaunches(&table)
    takeAwayOld(&table)
    addNew(&table)
    table.time = now
    table.activeSMs = Int(busy.activeSMs)
    let hasCompany = busy.residentGrids > 1
    let levels = levelsOfHeld()
    let changesAll = hasCompany != table.hasCompany
    let changesHeld = levels != table.dramLevels
    (table.hasCompany, table.dramLevels) = (hasCompany, levels)
    for slot in table.live
    where changesAll || changesHeld && table.rows[slot].residents.held > 0 {
      table.rows[slot].isStale = true
    }
    setRates(&table)
    let bytes = table.live.reduce(0.0) { $0 + table.rows[$1].bytes }
    table.dramUse = dram.rate > 0 ? min(1, bytes / dram.rate) : 0
  }

  /// The DRAM's levels for blocks that are not confined, and for those that are: equal while no ceiling
  /// is in force, and infinite where nobody is held.
  private mutating func levelsOfHeld() -> LossTable.DRAMLevels {
    let open = dram.heldWarps > 0 ? dram.level : .infinity
    let confined = ceiling.confined.heldWarps > 0 ? ceiling.confined.level : .infinity
    return LossTable.DRAMLevels(open: open, confined: ceiling.isOn ? confined : open)
  }

  /// Adds up what launches have lost whose losses change now, and finds out what they lose from now on.
  private mutating func setRates(_ table: inout LossTable) {
    let levels = levelsOfHeld()
    let coRunner = busy.residentGrids > 1 ? 1 - 1 / coRunnerFactor : 0
    table.rows.withUnsafeMutableBufferPointer { rows in
      for slot in table.live where rows[slot].isStale {
        rows[slot].sum.add(rows[slot].rate, Double(now &- rows[slot].since))
        rows[slot].since = now
        rows[slot].isStale = false
        let launch = launches.rows[slot]
        let level = launch.isConfined ? levels.confined : levels.open
        setRate(&rows[slot], launch, level: level, coRunner: coRunner)
      }
    }
  }

  /// Has a table looked at, until the device is gone, at each instant that passes in
  /// `advance(before:)`; those that end there are the caller's to look at, once they are settled.
  package mutating func look(always table: UnsafeMutablePointer<LossTable>) {
    watch.losses = table
  }

  /// Looks at the device for the table that is looked at always, if there is one.
  package mutating func lookAgain() {
    if let losses = watch.losses { look(&losses.pointee) }
  }

  /// The same after a group's part of a plain instant, which changed it, and perhaps another that it
  /// joined, and no launch's place among others.
  @inline(never)
  mutating func glance(at g: Int, _ other: Int) {
    guard let losses = watch.losses else { return }
    recount(g, &losses.pointee)
    if other != g { recount(other, &losses.pointee) }
    losses.pointee.time = now
    setRates(&losses.pointee)
  }

  /// Has a table know what a group has now.
  private mutating func recount(_ g: Int, _ table: inout LossTable) {
    table.takeAway(g)
    let position = Int(groups.rows[g].position)
    let isLive = position < groups.count && Int(groups.live[position]) == g
    if isLive, groups.rows[g].cohortCount > 0 { add(g, &table) }
  }

  /// The set of SMs that has a number, as `register(mask:)` gave it; 0 is all.
  package func sms(ofMask mask: Int) -> SMSet { masks[mask] }

  /// Finds the launches on the device, and which of them stand behind others.
  private mutating func findLaunches(_ table: inout LossTable) {
    while table.rows.count < launches.count { table.rows.append(LossTable.Row()) }
    table.live.removeAll(keepingCapacity: true)
    for slot in 0..<launches.count where launches.rows[slot].isLive {
      let launch = launches.rows + slot
      if table.rows[slot].sequence != launch.pointee.sequence {
        // What groups still have of the slot's last launch is taken away from these.
        let residents = table.rows[slot].residents
        table.rows[slot] = LossTable.Row()
        table.rows[slot].residents = residents
        table.rows[slot].sequence = launch.pointee.sequence
        table.rows[slot].tag = launch.pointee.tag
        table.rows[slot].since = now
      }
      table.rows[slot].standsBehind = false
      table.live.append(slot)
    }
    var held = SMSet.empty
    table.head = -1
    for slot in queues.placing where launches.rows[Int(slot)].unplaced > 0 {
      let mask = masks[Int(launches.rows[Int(slot)].mask)]
      table.rows[Int(slot)].standsBehind = !held.intersection(mask).isEmpty
      held = held.union(mask)
      if table.head < 0 { table.head = Int(slot) }
    }
    for slot in queues.waiting { table.rows[Int(slot)].standsBehind = true }
    for slot in table.live where table.rows[slot].isBehind != table.rows[slot].standsBehind {
      table.rows[slot].isBehind = table.rows[slot].standsBehind
      table.rows[slot].isStale = true
    }
  }

  /// Takes away what groups added that have changed since, or are no more.
  private mutating func takeAwayOld(_ table: inout LossTable) {
    while table.groups.count < smCount {
      table.groups.append([])
      table.sizes.append(0)
    }
    var kept = 0
    for i in table.counted.indices {
      let g = table.counted[i]
      let position = Int(groups.rows[g].position)
      let isLive = position < groups.count && Int(groups.live[position]) == g
      // Whatever is done to a group's blocks brings its clock up to the instant; SMs may leave it
      // without.
      if isLive, groups.rows[g].clockTime <= table.time, groups.rows[g].count == table.sizes[g],
        !table.groups[g].isEmpty
      {
        table.counted[kept] = g
        kept += 1
        continue
      }
      table.takeAway(g)
      table.sizes[g] = 0
    }
    table.counted.removeLast(table.counted.count - kept)
  }

  /// Adds what groups have that have changed.
  private mutating func addNew(_ table: inout LossTable) {
    for i in 0..<groups.count {
      let g = Int(groups.live[i])
      if groups.rows[g].cohortCount > 0, table.groups[g].isEmpty { add(g, &table) }
    }
  }

  /// Adds what a group has, which has added nothing.
  private mutating func add(_ g: Int, _ table: inout LossTable) {
    let count = Int(groups.rows[g].cohortCount)
    let sms = Int64(groups.rows[g].count)
    let level = groups.rows[g].smLevel
    let base = groups.cohorts(of: g)
    for j in 0..<count {
      let cohort = base[j]
      let kernel = kernels.rows + Int(cohort.kernel)
      var own = cohort.blocks
      for k in 0..<count where k != j && base[k].launch == cohort.launch {
        own &+= base[k].blocks
      }
      let blocks = sms &* Int64(cohort.blocks)
      let perWarp = kernel.pointee.sharePerWarp
      let shared = perWarp > level ? level / perWarp : 1
      let alone = Self.speed(kernel.pointee.smShare, Double(own))
      var part = LossTable.Residents()
      part.ownSM = blocks &* Int64((alone * LossTable.Residents.unit).rounded())
      part.sharedSM = blocks &* Int64((shared * LossTable.Residents.unit).rounded())
      switch cohort.pace {
      case .dramLevel, .ceilingLevel: part.held = blocks
      case .full, .smLevel, .unknown, .none: part.free = part.sharedSM
      }
      part.warps = blocks &* Int64(kernel.pointee.warps)
      let slot = Int(cohort.launch)
      table.groups[g].append((slot, part))
      table.rows[slot].residents.add(part, 1)
      table.rows[slot].isStale = true
    }
    // Its size tells too whether it is among those that added something.
    if table.sizes[g] == 0 { table.counted.append(g) }
    table.sizes[g] = groups.rows[g].count
  }

  /// The speed of blocks that have an SM to themselves.
  @inline(__always)
  private static func speed(_ share: Double, _ blocks: Double) -> Double {
    let asked = share * blocks
    return asked > 1 ? 1 / asked : 1
  }

  /// Sets what a launch loses of a nanosecond, and the DRAM bytes it moves in it.
  private mutating func setRate(
    _ row: inout LossTable.Row, _ launch: DeviceLaunch, level: Double, coRunner: Double
  ) {
    row.rate = LaunchLosses()
    row.bytes = 0
    // Its blocks are done; the tail is its own.
    if launch.outstanding == 0 { return }
    let kernel = kernels.rows + Int(launch.kernel)
    let rate = kernel.pointee.dramRate
    /// What blocks of that speed in sum do if DRAM serves nobody else.
    func alone(_ speed: Double) -> Double {
      speed * rate > dram.rate ? dram.rate / rate : speed
    }
    let sms = masks[Int(launch.mask)].count
    let most = Int(FreeResources(limits).room(for: kernel.pointee))
    let resident = min(launch.outstanding, most * sms)
    let (each, more) = resident.quotientAndRemainder(dividingBy: sms)
    let (few, many) = (Double(each), Double(each + 1))
    let share = kernel.pointee.smShare
    let spread =
      Double(sms - more) * few * Self.speed(share, few)
      + Double(more) * many * Self.speed(share, many)
    let speeds = row.residents
    let unit = 1 / LossTable.Residents.unit
    var actual = Double(speeds.free) * unit
    if speeds.held > 0 { actual += Double(speeds.held) * level * kernel.pointee.warpsPerRate }
    row.bytes = actual * rate
    let placed = alone(Double(speeds.ownSM) * unit)
    let whole = max(alone(spread), placed)
    let onSM = min(alone(Double(speeds.sharedSM) * unit), placed)
    actual = min(actual, onSM)
    guard whole > 0 else { return }
    // Less is the rounding of speeds.
    let room = whole - placed > whole * 1e-9 ? (whole - placed) / whole : 0
    if row.isBehind { row.rate.order = room } else { row.rate.full = room }
    row.rate.sm = (placed - onSM + actual * coRunner) / whole
    row.rate.dram = (onSM - actual) / whole
  }
}
