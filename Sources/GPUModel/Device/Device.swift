/// A GPU's SMs, DRAM and block scheduler, exact to the nanosecond.
///
/// What is modelled: leftover block scheduling with most-room placement, max-min fair sharing of
/// an SM's issue slots and of the DRAM, both weighted by warps (`Deviations.md` lists what is not).
/// What makes it fast: SMs in the same state are handled as one group.
///
/// At one instant the caller goes through three steps, in this order: `advance(to:)`, any number
/// of `submit`s and `kill`s, `settle()`.
public struct Device: ~Copyable {
  /// DRAM rates are summed in units of 2^-20 bytes/ns.
  static let rateUnit = 1_048_576.0
  /// Completions round up to whole nanoseconds, past this much rounding error of doubles.
  static let roundingSlack = 1e-6

  /// The number of SMs.
  public let smCount: Int
  /// Every SM.
  public let allSMs: SMSet
  /// The present instant in nanoseconds.
  public private(set) var now: Int64 = 0
  /// The earliest instant at which blocks finish; `Int64.max` when none run.
  public internal(set) var nextEvent: Int64 = .max
  /// What the device did up to `now`.
  public private(set) var integrals = DeviceIntegrals()
  /// Launches completed by the last `advance(to:)`, in submission order.
  public private(set) var completions: [LaunchCompletion] = []

  let limits: SMLimits
  let dramRate: Double
  let dramRateUnits: Int64
  let maxResidentGrids: Int
  let cohortsPerGroup: Int

  var groups: UnsafeMutablePointer<SMGroup>
  var groupCount = 1
  var nextFinish: UnsafeMutablePointer<Int64>
  var cohorts: UnsafeMutablePointer<Cohort>

  var kernels: [DeviceKernel] = []
  var launches: [DeviceLaunch] = []
  var freeSlots: [Int32] = []
  var masks: [SMSet] = []
  /// Resident launches with unplaced blocks: priority descending, then submission order.
  var queue: [Int32] = []
  /// Launches without a resident-grid slot, in the same order.
  var waiting: [Int32] = []
  /// Launches whose blocks are done and whose tail is not.
  var tails: [(time: Int64, slot: Int32)] = []
  var nextTail: Int64 = .max
  var residentGrids = 0
  var sequence: UInt64 = 0

  var activeSMs: Int64 = 0
  var residentWarps: Int64 = 0
  /// Exact sum of all asks.
  var demand: Int64 = 0
  var isSaturated = false
  var hasDirtyGroups = false
  var needsPlacement = false

  /// Creates an idle device.
  ///
  /// - Precondition: `smCount` is 1...256.
  public init(smCount: Int, limits: SMLimits, dramRate: Double, maxResidentGrids: Int) {
    precondition(smCount >= 1 && smCount <= SMSet.capacity, "a device has 1 to 256 SMs")
    self.smCount = smCount
    self.limits = limits
    self.dramRate = dramRate
    self.maxResidentGrids = maxResidentGrids
    // Asks are rounded to units, half a unit off at most: where they might exceed the rate they
    // are shared out exactly, which leaves them alone if they do not.
    dramRateUnits = Int64(dramRate * Self.rateUnit) - Int64(smCount * limits.maxBlocks)
    allSMs = SMSet(0..<smCount)
    masks = [allSMs]
    cohortsPerGroup = limits.maxBlocks
    groups = .allocate(capacity: smCount + 1)
    nextFinish = .allocate(capacity: smCount + 1)
    cohorts = .allocate(capacity: (smCount + 1) * limits.maxBlocks)
    groups[0] = SMGroup(
      members: allSMs, count: Int32(smCount), cohortCount: 0, freeWarps: Int32(limits.maxWarps),
      freeBlocks: Int32(limits.maxBlocks), freeRegisters: Int32(limits.registers),
      freeSharedMemory: Int32(limits.sharedMemory), cachedKernel: -1, cachedRoom: 0,
      isDirty: false)
    nextFinish[0] = .max
  }

  /// Creates an idle device of a GPU.
  public init(gpu: GPUSpec) {
    self.init(
      smCount: gpu.smCount, limits: gpu.limits, dramRate: gpu.dramRate,
      maxResidentGrids: gpu.maxResidentGrids)
  }

  deinit {
    groups.deallocate()
    nextFinish.deallocate()
    cohorts.deallocate()
  }

  /// Makes a kernel known; its number is what `submit` takes.
  ///
  /// - Precondition: at least one block of it fits an idle SM, and its costs are below 2^18.
  public mutating func register(_ profile: BlockProfile) -> Int {
    precondition(profile.blocksPerSM >= 1 && profile.soloNS > 0, "a kernel must fit an SM")
    kernels.append(DeviceKernel(profile))
    return kernels.count - 1
  }

  /// Makes a set of SMs known; its number is what `submit` takes. Number 0 is all SMs.
  public mutating func register(mask: SMSet) -> Int {
    precondition(!mask.isEmpty, "a launch needs SMs to run on")
    masks.append(mask.intersection(allSMs))
    return masks.count - 1
  }

  /// Launches that were submitted and have not completed.
  public var liveLaunches: Int { residentGrids + waiting.count }

  /// Moves the clock, ends the blocks that finish at `time`, and refills `completions`.
  ///
  /// - Precondition: `time` is not before `now` nor after `nextEvent`.
  public mutating func advance(to time: Int64) {
    precondition(time >= now && time <= nextEvent, "the device's clock cannot go there")
    let span = time - now
    if span > 0 {
      integrals.activeSMTime += activeSMs * span
      integrals.warpTime += residentWarps * span
      if residentGrids > 0 { integrals.busyTime += span }
      now = time
    }
    if !completions.isEmpty { completions.removeAll(keepingCapacity: true) }
    guard time == nextEvent else { return }
    for g in 0..<groupCount where nextFinish[g] == time { finishBlocks(of: g) }
    if nextTail == time { finishTails() }
    if completions.count > 1 {
      completions.sort { $0.launch.sequence < $1.launch.sequence }
    }
    nextEvent = .max
    needsPlacement = true
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
  public mutating func submit(
    kernel: Int, blocks: Int, scale: Double = 1, tail: Int64? = nil, priority: Int = 0,
    mask: Int = 0, tag: Int32
  ) -> LaunchID {
    precondition(blocks >= 1, "a launch has at least one block")
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
      slot = Int32(launches.count)
      launches.append(launch)
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
  public mutating func kill(_ id: LaunchID) -> Bool {
    let slot = id.slot
    guard launches[Int(slot)].isLive, launches[Int(slot)].sequence == id.sequence else {
      return false
    }
    for g in 0..<groupCount { removeCohorts(of: slot, from: g) }
    queue.removeAll { $0 == slot }
    waiting.removeAll { $0 == slot }
    tails.removeAll { $0.slot == slot }
    nextTail = tails.map(\.time).min() ?? .max
    release(slot)
    needsPlacement = true
    return true
  }

  /// Places blocks and sets speeds: the last step of an instant.
  public mutating func settle() {
    if needsPlacement {
      needsPlacement = false
      admitWaiting()
      placeBlocks()
    }
    refreshSpeeds()
  }

  // MARK: - Launches

  mutating func becomeResident(_ slot: Int32) {
    residentGrids += 1
    launches[Int(slot)].isResident = true
    queue.insert(slot, at: position(of: slot, in: queue))
  }

  private mutating func admitWaiting() {
    while residentGrids < maxResidentGrids, let first = waiting.first {
      waiting.removeFirst()
      becomeResident(first)
    }
  }

  /// Behind every launch of the same or a higher priority.
  private func position(of slot: Int32, in list: [Int32]) -> Int {
    let priority = launches[Int(slot)].priority
    var at = list.count
    while at > 0, launches[Int(list[at - 1])].priority < priority { at -= 1 }
    return at
  }

  mutating func release(_ slot: Int32) {
    if launches[Int(slot)].isResident { residentGrids -= 1 }
    launches[Int(slot)].isLive = false
    freeSlots.append(slot)
  }

  private mutating func complete(_ slot: Int32) {
    let launch = launches[Int(slot)]
    completions.append(
      LaunchCompletion(
        launch: LaunchID(slot: slot, sequence: launch.sequence), tag: launch.tag))
    release(slot)
  }

  private mutating func finishTails() {
    var kept: [(time: Int64, slot: Int32)] = []
    for tail in tails {
      if tail.time == now { complete(tail.slot) } else { kept.append(tail) }
    }
    tails = kept
    nextTail = tails.map(\.time).min() ?? .max
  }

  // MARK: - Blocks leaving

  private mutating func finishBlocks(of g: Int) {
    let base = cohorts + g * cohortsPerGroup
    var i = 0
    while i < Int(groups[g].cohortCount) {
      if base[i].finish > now {
        i += 1
        continue
      }
      let slot = base[i].launch
      let ended = Int(base[i].blocks) * Int(groups[g].count)
      removeCohort(i, from: g)
      launches[Int(slot)].outstanding -= ended
      if launches[Int(slot)].outstanding == 0 {
        let tail = launches[Int(slot)].tailNS
        if tail == 0 {
          complete(slot)
        } else {
          tails.append((now + tail, slot))
          nextTail = min(nextTail, now + tail)
        }
      }
    }
  }

  private mutating func removeCohorts(of slot: Int32, from g: Int) {
    let base = cohorts + g * cohortsPerGroup
    var i = 0
    while i < Int(groups[g].cohortCount) {
      if base[i].launch == slot { removeCohort(i, from: g) } else { i += 1 }
    }
  }

  private mutating func removeCohort(_ i: Int, from g: Int) {
    let base = cohorts + g * cohortsPerGroup
    let cohort = base[i]
    let kernel = kernels[Int(launches[Int(cohort.launch)].kernel)]
    let last = Int(groups[g].cohortCount) - 1
    if i != last { base[i] = base[last] }
    groups[g].cohortCount = Int32(last)
    groups[g].freeWarps += kernel.warps * cohort.blocks
    groups[g].freeBlocks += cohort.blocks
    groups[g].freeRegisters += kernel.registers * cohort.blocks
    groups[g].freeSharedMemory += kernel.sharedMemory * cohort.blocks
    groups[g].cachedKernel = -1
    groups[g].isDirty = true
    hasDirtyGroups = true
    let onAll = Int64(cohort.blocks) * Int64(groups[g].count)
    residentWarps -= Int64(kernel.warps) * onAll
    demand -= cohort.ask * onAll
    if last == 0 { activeSMs -= Int64(groups[g].count) }
  }
}
