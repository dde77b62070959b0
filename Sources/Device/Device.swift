import Hardware

/// A GPU's SMs, DRAM and block scheduler, exact to the nanosecond.
///
/// What is modelled: leftover block scheduling with most-room placement, max-min fair sharing of
/// an SM's issue slots and of the DRAM, both weighted by warps; `Deviations.md` in `Device.docc`
/// lists what is not, and `Design.md` there what was tried.
/// What makes it fast: SMs in the same state are handled as one group; blocks that DRAM holds back
/// finish at readings of one clock, so that a moving level touches none of them; an event works on
/// the groups it changes only; and an SM's level follows from sums where no block's pace changes.
///
/// Its own methods are mutating even where they change nothing: Swift 6.3 copies the whole value
/// where a borrowing one is inlined.
///
/// At one instant the caller goes through three steps, in this order: `advance(to:)`, any number
/// of `submit`s and `kill`s, `settle()`.
package struct Device: ~Copyable {
  /// Nanoseconds of DRAM's whole rate, for a warp, after which the DRAM clock starts anew.
  static var clockRange: Double { 1024 }
  /// Reading of an SM's clock at which it starts anew.
  static var smClockRange: Double { 32_768 }
  /// Completions round up to whole nanoseconds, past this much rounding error of doubles.
  static var roundingSlack: Double { 1e-6 }

  /// The number of SMs.
  package let smCount: Int
  /// Every SM.
  package let allSMs: SMSet
  /// The present instant in nanoseconds.
  package internal(set) var now: Int64 = 0
  /// The earliest instant at which blocks finish; `Int64.max` when none run.
  package internal(set) var nextEvent: Int64 = .max
  /// What the device did up to `now`.
  package var integrals: DeviceIntegrals {
    var sum = DeviceIntegrals()
    sum.activeSMTime = activeSMs &* now &- activeSMStarts
    sum.warpTime = residentWarps &* now &- residentWarpStarts
    sum.busyTime = busyTime &+ (residentGrids > 0 ? now &- busyStart : 0)
    return sum
  }
  /// Launches completed by the last `advance(to:)`, in submission order.
  package internal(set) var completions: [LaunchCompletion] = []

  let limits: SMLimits
  let dramRate: Double
  /// What DRAM gives, in the units in which asks are summed: whole numbers, so that sums are exact
  /// in any order. An SM full of blocks that each ask for twice as much is within range.
  let dramUnits: Int64
  let ratePerUnit: Double
  /// What DRAM gives, in the units of `DeviceKernel.levelUnits`, and those to `dramUnits`.
  let dramLevelUnits: Double
  let unitsPerLevelUnit: Double
  let maxResidentGrids: Int
  let cohortsPerGroup: Int
  let maxWarps: Int32
  /// One over each number of warps an SM may hold.
  let inverses: UnsafeMutablePointer<Double>

  /// SM groups by number; those in use are in `liveGroups`, the others in what follows there.
  let groups: UnsafeMutablePointer<SMGroup>
  let liveGroups: UnsafeMutablePointer<Int32>
  var groupCount = 1
  /// The group of idle SMs, or -1.
  var idleGroup: Int32 = 0
  /// Groups whose residents changed at this instant.
  let dirtyGroups: UnsafeMutablePointer<Int32>
  var dirtyCount = 0
  /// For placement: groups with room.
  let roomy: UnsafeMutablePointer<RoomyGroup>
  /// For placement: SMs by their room; empty between two launches.
  let rooms: UnsafeMutablePointer<RoomRow>
  /// `cohortsPerGroup` places for each group.
  let cohorts: UnsafeMutablePointer<Cohort>

  /// When blocks that are not held finish, by group.
  var finishes: FinishTimes
  /// Readings of the DRAM clock at which held blocks finish, by group, as bits: the order of
  /// doubles that are not negative is that of their bits.
  let targets: TournamentTree
  /// The least ask per warp of held blocks by group, as bits.
  let heldAsks: TournamentTree
  /// The greatest ask per warp of blocks that are not held by group, as bits, negated.
  let freeAsks: TournamentTree

  var kernels: UnsafeMutablePointer<DeviceKernel>
  var kernelCount = 0
  var kernelCapacity = 16
  var launches: UnsafeMutablePointer<DeviceLaunch>
  var launchCount = 0
  var launchCapacity = 64
  var freeSlots: [Int32] = []
  var masks: [SMSet] = []
  /// Resident launches with unplaced blocks: priority descending, then submission order.
  var queue: [Int32] = []
  /// The launch that was first in the queue and found no room in the last placement pass, or 0:
  /// only groups that changed since can have room for it.
  var blockedSequence: UInt64 = 0
  /// Launches without a resident-grid slot, in the same order.
  var waiting: [Int32] = []
  /// Launches whose blocks are done and whose tail is not.
  var tails: [(time: Int64, slot: Int32)] = []
  var nextTail: Int64 = .max
  var residentGrids = 0
  var sequence: UInt64 = 0

  /// SMs with blocks, and the sum of the instants since when they have had them: what a sum over
  /// time grew by is then known without adding up at every instant.
  var activeSMs: Int64 = 0
  var activeSMStarts: Int64 = 0
  /// The same of warps.
  var residentWarps: Int64 = 0
  var residentWarpStarts: Int64 = 0
  /// Nanoseconds with a resident launch before `busyStart`, since when there has been one.
  var busyTime: Int64 = 0
  var busyStart: Int64 = 0

  /// DRAM bytes/ns each held warp gets; infinite where none is held.
  var dramLevel = Double.infinity
  /// Whether blocks are held: `targets`, `heldAsks` and `freeAsks` are kept only then.
  var isSharingDRAM = false
  /// Bytes each warp held all along has got: held blocks finish at a reading of this clock.
  var dramClock = 0.0
  /// What `dramClock` lost to rounding.
  var dramClockRest = 0.0
  /// When the first held blocks finish.
  var heldFinish: Int64 = .max
  /// Exact sum of what all blocks that are not held ask for.
  var freeAsk: Int128 = 0
  /// Sum of all held warps.
  var heldWarps: Int64 = 0
  var needsPlacement = false

  /// Creates an idle device.
  ///
  /// - Precondition: `smCount` is 1...256.
  package init(smCount: Int, limits: SMLimits, dramRate: Double, maxResidentGrids: Int) {
    precondition(smCount >= 1 && smCount <= SMSet.capacity, "a device has 1 to 256 SMs")
    self.smCount = smCount
    self.limits = limits
    self.dramRate = dramRate
    dramUnits = 1 << (61 - Self.bits(for: limits.maxBlocks))
    ratePerUnit = dramRate / Double(dramUnits)
    let levelBits = 61 - Self.bits(for: limits.maxBlocks) - Self.bits(for: limits.maxWarps)
    dramLevelUnits = Double(Int64(1) << levelBits)
    unitsPerLevelUnit = Double(dramUnits) / dramLevelUnits
    self.maxResidentGrids = maxResidentGrids
    allSMs = SMSet(0..<smCount)
    masks = [allSMs]
    // Two more, so that groups' first places do not all fall into the same few cache sets.
    cohortsPerGroup = limits.maxBlocks + 2
    maxWarps = Int32(limits.maxWarps)
    groups = .allocate(capacity: smCount)
    liveGroups = .allocate(capacity: smCount)
    for g in 0..<smCount { liveGroups[g] = Int32(g) }
    dirtyGroups = .allocate(capacity: smCount)
    roomy = .allocate(capacity: smCount)
    rooms = .allocate(capacity: limits.maxBlocks + 1)
    rooms.initialize(repeating: RoomRow(), count: limits.maxBlocks + 1)
    inverses = .allocate(capacity: limits.maxWarps + 1)
    for warps in 0...limits.maxWarps {
      (inverses + warps).initialize(to: 1 / Double(warps))
    }
    cohorts = .allocate(capacity: smCount * cohortsPerGroup)
    cohorts.initialize(repeating: .none, count: smCount * cohortsPerGroup)
    finishes = FinishTimes()
    targets = TournamentTree(count: smCount)
    heldAsks = TournamentTree(count: smCount)
    freeAsks = TournamentTree(count: smCount)
    kernels = .allocate(capacity: kernelCapacity)
    launches = .allocate(capacity: launchCapacity)
    groups[0] = SMGroup(
      members: allSMs, count: Int32(smCount), freeWarps: Int32(limits.maxWarps),
      freeBlocks: Int32(limits.maxBlocks), freeRegisters: Int32(limits.registers),
      freeSharedMemory: Int32(limits.sharedMemory), position: 0)
  }

  /// The bits of a number's next power of two.
  private static func bits(for number: Int) -> Int {
    Int.bitWidth - (max(number, 1) - 1).leadingZeroBitCount
  }

  /// Creates an idle device of a GPU.
  package init(gpu: GPUSpec) {
    self.init(
      smCount: gpu.smCount, limits: gpu.limits, dramRate: gpu.dramRate,
      maxResidentGrids: gpu.maxResidentGrids)
  }

  deinit {
    groups.deallocate()
    liveGroups.deallocate()
    dirtyGroups.deallocate()
    roomy.deallocate()
    rooms.deallocate()
    inverses.deallocate()
    cohorts.deallocate()
    finishes.deallocate()
    targets.deallocate()
    heldAsks.deallocate()
    freeAsks.deallocate()
    kernels.deallocate()
    launches.deallocate()
  }

  /// Launches that were submitted and have not completed.
  package var liveLaunches: Int { residentGrids + waiting.count }

  /// Moves the clock, ends the blocks that finish at `time`, and refills `completions`.
  ///
  /// - Precondition: `time` is not before `now` nor after `nextEvent`.
  package mutating func advance(to time: Int64) {
    precondition(time >= now && time <= nextEvent, "the device's clock cannot go there")
    if heldWarps > 0 { advanceDRAMClock(by: time &- now) }
    now = time
    while !completions.isEmpty { completions.removeLast() }
    guard time == nextEvent else { return }
    finishBlocks()
    if nextTail == time { finishTails() }
    if completions.count > 1 {
      completions.sort { $0.launch.sequence < $1.launch.sequence }
    }
    nextEvent = .max
    needsPlacement = true
  }

  /// Counts SMs that become active, or, where there are less than none, idle.
  @inline(__always)
  mutating func countActive(_ sms: Int64) {
    activeSMs &+= sms
    activeSMStarts &+= sms &* now
  }

  /// The same of warps that become resident.
  @inline(__always)
  mutating func countWarps(_ warps: Int64) {
    residentWarps &+= warps
    residentWarpStarts &+= warps &* now
  }

  /// Places blocks and sets speeds: the last step of an instant.
  package mutating func settle() {
    if needsPlacement {
      needsPlacement = false
      if !waiting.isEmpty { admitWaiting() }
      placeBlocks()
    }
    refreshSpeeds()
  }
}
