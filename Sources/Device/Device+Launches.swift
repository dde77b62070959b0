extension Device {
  /// Makes a kernel known; its number is what `submit` takes.
  ///
  /// - Precondition: at least one block of it fits an idle SM, and its costs are below 2^18.
  package mutating func register(_ profile: BlockProfile) -> Int {
    precondition(profile.blocksPerSM >= 1 && profile.soloNS > 0, "a kernel must fit an SM")
    if kernelCount == kernelCapacity {
      kernels = Self.grown(kernels, count: kernelCount)
      kernelCapacity *= 2
    }
    let rate = profile.dramRate / dramRate
    let level = profile.smShare > 0 ? rate / profile.smShare * Double(profile.cost.warps) : 0
    // At the level are only blocks whose warps ask for more than their equal part of the SM, so
    // that none of theirs is clipped.
    (kernels + kernelCount).initialize(
      to: DeviceKernel(
        profile, dramUnits: Int64(min(rate, 2) * Double(dramUnits)),
        levelUnits: Int64(min(level, 2 * Double(limits.maxWarps)) * dramLevelUnits)))
    kernelCount += 1
    return kernelCount - 1
  }

  /// Makes a set of SMs known; its number is what `submit` takes. Number 0 is all SMs.
  package mutating func register(mask: SMSet) -> Int {
    precondition(!mask.isEmpty, "a launch needs SMs to run on")
    masks.append(mask.intersection(allSMs))
    return masks.count - 1
  }

  /// Submits a launch; its blocks are placed by the next `settle()`.
  ///
  /// - Parameters:
  ///   - kernel: a number from `register(_:)`.
  ///   - blocks: thread blocks, at least 1.
  ///   - scale: factor on the kernel's block time.
  ///   - tail: nanoseconds from the last block to the launch's end; the kernel's own when nil.
  ///   - priority: higher ones are placed first.
  ///   - mask: a number from `register(mask:)`.
  ///   - tag: comes back with the completion.
  package mutating func submit(
    kernel: Int, blocks: Int, scale: Double = 1, tail: Int64? = nil, priority: Int = 0,
    mask: Int = 0, tag: Int32
  ) -> LaunchID {
    precondition(blocks >= 1, "a launch has at least one block")
    precondition(kernel >= 0 && kernel < kernelCount, "a launch needs a registered kernel")
    sequence += 1
    let launch = DeviceLaunch(
      kernel: Int32(kernel), tag: tag, priority: Int32(priority), mask: Int32(mask),
      unplaced: blocks, outstanding: blocks, scale: scale, tailNS: tail ?? kernels[kernel].tailNS,
      sequence: sequence, isResident: false, isLive: true)
    let slot: Int32
    if let free = freeSlots.popLast() {
      slot = free
      launches[Int(slot)] = launch
    } else {
      if launchCount == launchCapacity {
        launches = Self.grown(launches, count: launchCount)
        launchCapacity *= 2
      }
      slot = Int32(launchCount)
      (launches + launchCount).initialize(to: launch)
      launchCount += 1
    }
    if residentGrids < maxResidentGrids, waiting.isEmpty {
      becomeResident(slot)
    } else {
      waiting.insert(slot, at: position(of: slot, in: waiting))
    }
    needsPlacement = true
    return LaunchID(slot: slot, sequence: sequence)
  }

  /// Ends a launch at once; its blocks vanish and it never completes.
  ///
  /// - Returns: whether it was still live.
  package mutating func kill(_ id: LaunchID) -> Bool {
    let slot = id.slot
    guard launches[Int(slot)].isLive, launches[Int(slot)].sequence == id.sequence else {
      return false
    }
    for i in 0..<groupCount { removeCohorts(of: slot, from: Int(liveGroups[i])) }
    queue.removeAll { $0 == slot }
    waiting.removeAll { $0 == slot }
    tails.removeAll { $0.slot == slot }
    nextTail = tails.map(\.time).min() ?? .max
    release(slot)
    needsPlacement = true
    return true
  }

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
