extension Device {
  mutating func becomeResident(_ slot: Int32) {
    if residentGrids == 0 { busyStart = now }
    residentGrids += 1
    launches[Int(slot)].isResident = true
    let at = position(of: slot, in: queue)
    if at == queue.count { queue.append(slot) } else { queue.insert(slot, at: at) }
  }

  mutating func admitWaiting() {
    while residentGrids < maxResidentGrids, let first = waiting.first {
      waiting.removeFirst()
      becomeResident(first)
    }
  }

  /// Behind every launch of the same or a higher priority.
  mutating func position(of slot: Int32, in list: [Int32]) -> Int {
    let priority = launches[Int(slot)].priority
    var at = list.count
    while at > 0, launches[Int(list[at - 1])].priority < priority { at -= 1 }
    return at
  }

  mutating func release(_ slot: Int32) {
    if launches[Int(slot)].isResident {
      residentGrids -= 1
      if residentGrids == 0 { busyTime += now - busyStart }
    }
    launches[Int(slot)].isLive = false
    freeSlots.append(slot)
  }

  mutating func complete(_ slot: Int32) {
    let launch = launches[Int(slot)]
    completions.append(
      LaunchCompletion(
        launch: LaunchID(slot: slot, sequence: launch.sequence), tag: launch.tag))
    release(slot)
  }

  mutating func finishTails() {
    var kept: [(time: Int64, slot: Int32)] = []
    for tail in tails {
      if tail.time == now { complete(tail.slot) } else { kept.append(tail) }
    }
    tails = kept
    nextTail = tails.map(\.time).min() ?? .max
  }

  /// A table of twice the capacity with the same content; the old one is gone.
  static func grown<Row>(
    _ table: UnsafeMutablePointer<Row>, count: Int
  ) -> UnsafeMutablePointer<Row> {
    let new = UnsafeMutablePointer<Row>.allocate(capacity: 2 * count)
    new.moveInitialize(from: table, count: count)
    table.deallocate()
    return new
  }
}
