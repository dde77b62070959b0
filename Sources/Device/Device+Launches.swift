extension Device {
  /// Makes a kernel known; its number is what `submit` takes.
  ///
  /// - Precondition: at least one block of it fits an idle SM, and its costs are below 2^18.
  package mutating func register(_ profile: BlockProfile) -> Int {
    kernels.append(deviceKernel(profile))
    return kernels.count - 1
  }

  mutating func deviceKernel(_ profile: BlockProfile) -> DeviceKernel {
    precondition(profile.blocksPerSM >= 1 && profile.soloNS > 0, "a kernel must fit an SM")
    let rate = profile.dramRate / dram.rate
    let level = profile.smShare > 0 ? rate / profile.smShare * Double(profile.cost.warps) : 0
    // At the level are only blocks whose warps ask for more than their equal part of the SM, so
    // that none of theirs is clipped.
    return DeviceKernel(
      profile, dramUnits: Int64(min(rate, 2) * Double(dram.units)),
      levelUnits: Int64(min(level, 2 * Double(limits.maxWarps)) * dram.levelUnits))
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
  ///   - tail: nanoseconds from the last block to the launch's end; the kernel's own when nil.
  ///   - priority: higher ones are placed first.
  ///   - mask: a number from `register(mask:)`.
  ///   - isConfined: whether the DRAM's ceiling is for it (`setCeiling(_:)`).
  ///   - tag: comes back with the completion.
  package mutating func submit(
    kernel: Int, blocks: Int, tail: Int64? = nil, priority: Int = 0, mask: Int = 0,
    isConfined: Bool = false, tag: Int32
  ) -> LaunchID {
    precondition(blocks >= 1, "a launch has at least one block")
    precondition(kernel >= 0 && kernel < kernels.count, "a launch needs a registered kernel")
    let id = launches.add(
      DeviceLaunch(
        kernel: Int32(kernel), tag: tag, priority: Int32(priority), mask: Int32(mask),
        unplaced: blocks, outstanding: blocks,
        tailNS: tail ?? kernels.rows[kernel].tailNS, isConfined: isConfined))
    if isConfined { countConfined(1) }
    if busy.residentGrids < maxResidentGrids, queues.waiting.isEmpty {
      becomeResident(id.slot)
    } else {
      let at = launches.position(of: id.slot, in: queues.waiting)
      queues.waiting.insert(id.slot, at: at)
    }
    queues.needsPlacement = true
    return id
  }

  /// A live launch's blocks that have not ended.
  package func outstandingBlocks(of id: LaunchID) -> Int {
    launches.rows[Int(id.slot)].outstanding
  }

  /// What a live launch's blocks that run have done at the present instant, which has been advanced
  /// to, in 2^-20 of a block; each rounded down.
  package mutating func workOfRunningBlocks(of id: LaunchID) -> Int64 {
    var sum: Int64 = 0
    for i in 0..<groups.count {
      let g = Int(groups.live[i])
      let group = groups.rows + g
      let base = groups.cohorts(of: g)
      for j in 0..<Int(group.pointee.cohortCount) where base[j].launch == id.slot {
        advanceClock(of: group)
        let kernel = kernels.rows + Int(base[j].kernel)
        let left = workLeft(base + j, kernel, group.pointee.smClock) / kernel.pointee.soloNS
        let done = Int64(max(0, 1 - left) * 0x1p20)
        sum += done * Int64(base[j].blocks) * Int64(group.pointee.count)
      }
    }
    return sum
  }

  /// Ends a launch at once; its blocks vanish and it never completes.
  ///
  /// - Returns: whether it was still live.
  package mutating func kill(_ id: LaunchID) -> Bool {
    let slot = id.slot
    guard launches.rows[Int(slot)].isLive, launches.rows[Int(slot)].sequence == id.sequence else {
      return false
    }
    for i in 0..<groups.count { removeCohorts(of: slot, from: Int(groups.live[i])) }
    queues.remove(slot)
    release(slot)
    queues.needsPlacement = true
    return true
  }

  /// Takes back the blocks of a launch that no SM has yet: it completes with those that run, and never
  /// where there are none.
  ///
  /// - Returns: how many blocks, and whether the launch is still to complete.
  package mutating func withdraw(_ id: LaunchID) -> (blocks: Int, runsOn: Bool) {
    let launch = launches.rows + Int(id.slot)
    guard launch.pointee.isLive, launch.pointee.sequence == id.sequence else { return (0, false) }
    let blocks = launch.pointee.unplaced
    if blocks == 0 { return (0, true) }
    if launch.pointee.outstanding == blocks { return (blocks, !kill(id)) }
    launch.pointee.unplaced = 0
    launch.pointee.outstanding -= blocks
    queues.remove(id.slot)
    queues.needsPlacement = true
    return (blocks, true)
  }

  mutating func becomeResident(_ slot: Int32) {
    busy.addGrid(at: now)
    launches.rows[Int(slot)].isResident = true
    let at = launches.position(of: slot, in: queues.placing)
    if at == queues.placing.count {
      queues.placing.append(slot)
    } else {
      queues.placing.insert(slot, at: at)
    }
  }

  /// Not inlined: it is rare, and what it needs would be set up for all the others too.
  @inline(never)
  mutating func admitWaiting() {
    while busy.residentGrids < maxResidentGrids, let first = queues.waiting.first {
      queues.waiting.removeFirst()
      becomeResident(first)
    }
  }

  mutating func release(_ slot: Int32) {
    if launches.rows[Int(slot)].isResident { busy.removeGrid(at: now) }
    if launches.rows[Int(slot)].isConfined { countConfined(-1) }
    launches.remove(slot)
  }

  mutating func complete(_ slot: Int32) {
    let launch = launches.rows[Int(slot)]
    completions.append(
      LaunchCompletion(
        launch: LaunchID(slot: slot, sequence: launch.sequence), tag: launch.tag))
    release(slot)
  }

  @inline(never)
  mutating func finishTails() {
    while let slot = queues.removeTail(endingAt: now) { complete(slot) }
  }
}
