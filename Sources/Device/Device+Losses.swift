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
  /// - Complexity: O(cohorts + launches on the device).
  package mutating func look(_ table: inout LossTable) {
    table.integrate(to: now)
    beginLook(&table)
    addSpeeds(&table)
    table.activeSMs = Int(busy.activeSMs)
    let coRunner = busy.residentGrids > 1 ? 1 - 1 / coRunnerFactor : 0
    var bytes = 0.0
    for slot in table.live {
      bytes += setRate(&table.rows[slot], launches.rows[slot], coRunner: coRunner)
    }
    table.dramUse = dram.rate > 0 ? min(1, bytes / dram.rate) : 0
  }

  /// The set of SMs that has a number, as `register(mask:)` gave it; 0 is all.
  package func sms(ofMask mask: Int) -> SMSet { masks[mask] }

  private mutating func beginLook(_ table: inout LossTable) {
    while table.rows.count < launches.count { table.rows.append(LossTable.Row()) }
    table.live.removeAll(keepingCapacity: true)
    for slot in 0..<launches.count where launches.rows[slot].isLive {
      let launch = launches.rows[slot]
      if table.rows[slot].sequence != launch.sequence {
        table.rows[slot] = LossTable.Row()
        table.rows[slot].sequence = launch.sequence
        table.rows[slot].tag = launch.tag
      }
      table.rows[slot].speeds = LossTable.Speeds()
      table.rows[slot].warps = 0
      table.rows[slot].isBehind = !launch.isResident
      table.live.append(slot)
    }
    var held = SMSet.empty
    table.head = -1
    for slot in queues.placing where launches.rows[Int(slot)].unplaced > 0 {
      let mask = masks[Int(launches.rows[Int(slot)].mask)]
      if !held.intersection(mask).isEmpty { table.rows[Int(slot)].isBehind = true }
      held = held.union(mask)
      if table.head < 0 { table.head = Int(slot) }
    }
  }

  private mutating func addSpeeds(_ table: inout LossTable) {
    table.rows.withUnsafeMutableBufferPointer { rows in
      for i in 0..<groups.count {
        let g = Int(groups.live[i])
        let count = Int(groups.rows[g].cohortCount)
        let sms = Double(groups.rows[g].count)
        let level = groups.rows[g].smLevel
        let base = groups.cohorts(of: g)
        for j in 0..<count {
          let cohort = base[j]
          let kernel = kernels.rows + Int(cohort.kernel)
          var own = cohort.blocks
          for k in 0..<count where k != j && base[k].launch == cohort.launch {
            own &+= base[k].blocks
          }
          let blocks = sms * Double(cohort.blocks)
          let perWarp = kernel.pointee.sharePerWarp
          let shared = perWarp > level ? level / perWarp : 1
          var actual = shared
          if cohort.pace == .dramLevel {
            actual = min(shared, dram.level * kernel.pointee.warpsPerRate)
          }
          let row = Int(cohort.launch)
          rows[row].speeds.ownSM += blocks * Self.speed(kernel.pointee.smShare, Double(own))
          rows[row].speeds.sharedSM += blocks * shared
          rows[row].speeds.actual += blocks * actual
          rows[row].warps &+=
            Int64(groups.rows[g].count) &* Int64(cohort.blocks &* kernel.pointee.warps)
        }
      }
    }
  }

  /// The speed of blocks that have an SM to themselves.
  @inline(__always)
  private static func speed(_ share: Double, _ blocks: Double) -> Double {
    let asked = share * blocks
    return asked > 1 ? 1 / asked : 1
  }

  /// Sets what a launch loses of a nanosecond; returns the DRAM bytes it moves in it.
  private mutating func setRate(
    _ row: inout LossTable.Row, _ launch: DeviceLaunch, coRunner: Double
  ) -> Double {
    row.rate = LaunchLosses()
    // Its blocks are done; the tail is its own.
    if launch.outstanding == 0 { return 0 }
    let kernel = kernels.rows[Int(launch.kernel)]
    /// What blocks of that speed in sum do if DRAM serves nobody else.
    func alone(_ speed: Double) -> Double {
      let bytes = speed * kernel.dramRate
      return bytes > dram.rate ? dram.rate / kernel.dramRate : speed
    }
    let sms = masks[Int(launch.mask)].count
    let most = Int(FreeResources(limits).room(for: kernel))
    let resident = min(launch.outstanding, most * sms)
    let (each, more) = resident.quotientAndRemainder(dividingBy: sms)
    let (few, many) = (Double(each), Double(each + 1))
    let spread =
      Double(sms - more) * few * Self.speed(kernel.smShare, few)
      + Double(more) * many * Self.speed(kernel.smShare, many)
    let placed = alone(row.speeds.ownSM)
    let whole = max(alone(spread), placed)
    let onSM = min(alone(row.speeds.sharedSM), placed)
    let actual = min(row.speeds.actual, onSM)
    guard whole > 0 else { return 0 }
    let room = (whole - placed) / whole
    if row.isBehind { row.rate.order = room } else { row.rate.full = room }
    row.rate.sm = (placed - onSM + actual * coRunner) / whole
    row.rate.dram = (onSM - actual) / whole
    return row.speeds.actual * kernel.dramRate
  }
}
