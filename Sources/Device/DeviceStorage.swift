/// What sets the speed of a cohort's blocks.
enum CohortPace: UInt8 {
  /// Not known yet: the cohort was placed at this instant.
  case unknown
  /// There are no further cohorts in this group.
  case none
  /// The blocks get what they ask for.
  case full
  /// Their SM gives each warp its level: they progress with the group's `smClock`.
  case smLevel
  /// DRAM gives each warp its level: they progress with `Device.dramClock`.
  case dramLevel
}

/// Blocks of one launch that were placed together on each SM of a group: they progress as one.
struct Cohort {
  /// The launch's slot.
  var launch: Int32
  /// Its kernel's number.
  var kernel: Int32
  /// Its blocks on each SM of the group.
  var blocks: Int32
  var pace: CohortPace
  /// When the blocks finish: an instant at full pace, else bits of the reading of the clock they
  /// progress with. The order of doubles that are not negative is that of their bits.
  var end: Int64
  /// At full pace, nanoseconds by which the blocks' work is done before `end`; while the pace is
  /// unknown, full-speed nanoseconds of work.
  var rest: Double
}

/// A group with room for blocks of the launch that is being placed.
struct RoomyGroup {
  var group: Int32
  /// For how many of them each SM has room.
  var room: Int32
  /// How many SMs the launch may use there.
  var count: Int32
}

/// The SMs with room for as many blocks of the launch that is being placed.
struct RoomRow {
  var count = 0
  var members = SMSet.empty
}

extension Cohort {
  /// What stands after a group's last cohort.
  static var none: Cohort {
    Cohort(launch: -1, kernel: -1, blocks: 0, pace: .none, end: .max, rest: 0)
  }
}

/// SMs in the same state: same residents, same work left.
struct SMGroup {
  var members: SMSet
  /// Share of the SM, in nanoseconds of the whole of it, that each warp at the SM's level has got
  /// up to `clockTime`.
  var smClock = 0.0
  var clockTime: Int64 = 0
  /// The share of the SM a warp gets at most; infinite where every block gets what it asks for.
  var smLevel = Double.infinity
  /// One over `smLevel`.
  var warpsPerLevel = 0.0
  /// The least reading of `smClock` at which blocks finish, as bits, and when that will be.
  var smTarget = Int64.max
  var smFinish = Int64.max
  /// When blocks at full pace finish next.
  var fullEnd = Int64.max
  /// What blocks leave of an SM's issue slots, in 2^-52; negative where they ask for more.
  var freeShare: Int64 = 1 << 52
  /// What the blocks of one SM whose pace is known add up to.
  var sums = PaceSums()
  /// DRAM asked for by the blocks of one SM that are not held, as of the last refresh.
  var freeAsk: Int64 = 0
  /// Warps of one SM that are held, as of the last refresh.
  var heldWarps: Int64 = 0
  var count: Int32
  var cohortCount: Int32 = 0
  var freeWarps: Int32
  var freeBlocks: Int32
  var freeRegisters: Int32
  var freeSharedMemory: Int32
  /// Where `Device.liveGroups` has it.
  var position: Int32
  /// Cohorts of unknown pace; they are the last ones.
  var newCohorts: Int32 = 0
  /// Whether residents changed at this instant.
  var isDirty = false
  /// Whether `smTarget` and `fullEnd` are those of the blocks whose pace is known.
  var knowsEnds = true
}

/// What blocks of an SM add up to, by their pace: whole numbers, so that any order adds up to the
/// same.
struct PaceSums {
  /// Of the blocks at the SM's level: what they ask of its issue slots, in 2^-52.
  var levelShare: Int64 = 0
  /// What they get of DRAM at a level of one, in units of `Device.dramLevelUnits`.
  var levelAsk: Int64 = 0
  /// None of them asks for less of the SM per warp.
  var leastAtLevel = Double.infinity
  var levelWarps: Int64 = 0
  /// How many blocks are at full pace.
  var fullBlocks: Int64 = 0
  /// What they ask of DRAM, in units of `Device.dramUnits`.
  var fullAsk: Int64 = 0
  /// None of them asks for more of the SM per warp.
  var greatestFull = 0.0

  @inline(__always)
  mutating func addAtLevel(_ blocks: Int32, of kernel: UnsafePointer<DeviceKernel>) {
    levelShare &+= kernel.pointee.shareUnits &* Int64(blocks)
    levelAsk &+= kernel.pointee.levelUnits &* Int64(blocks)
    levelWarps &+= Int64(kernel.pointee.warps &* blocks)
    leastAtLevel = min(leastAtLevel, kernel.pointee.sharePerWarp)
  }

  @inline(__always)
  mutating func addFull(_ blocks: Int32, of kernel: UnsafePointer<DeviceKernel>) {
    fullBlocks &+= Int64(blocks)
    fullAsk &+= kernel.pointee.dramUnits &* Int64(blocks)
    greatestFull = max(greatestFull, kernel.pointee.sharePerWarp)
  }

  /// Takes a cohort out of the sums; the bounds of what single blocks ask stay.
  @inline(__always)
  mutating func discount(_ cohort: Cohort, of kernel: UnsafePointer<DeviceKernel>) {
    let blocks = Int64(cohort.blocks)
    if cohort.pace == .smLevel {
      levelShare &-= kernel.pointee.shareUnits &* blocks
      levelAsk &-= kernel.pointee.levelUnits &* blocks
      levelWarps &-= Int64(kernel.pointee.warps) &* blocks
    } else if cohort.pace == .full {
      fullBlocks &-= blocks
      fullAsk &-= kernel.pointee.dramUnits &* blocks
    }
  }
}

/// When blocks of a group end next: a reading of its clock, as bits, and an instant.
struct NextEnds {
  var target = Int64.max
  var full = Int64.max
}

/// A registered kernel, with what placement and progress need of it.
struct DeviceKernel {
  var warps: Int32
  var registers: Int32
  var sharedMemory: Int32
  var soloNS: Double
  var smShare: Double
  var dramRate: Double
  /// `smShare` in 2^-52, rounded down: what just fills an SM does not seem to ask for more.
  var shareUnits: Int64
  /// `smShare` a warp, and one over that.
  var sharePerWarp: Double
  var warpsPerShare: Double
  /// `dramRate` a warp, and one over that.
  var ratePerWarp: Double
  var warpsPerRate: Double
  /// `dramRate` for a share of the SM.
  var ratePerShare: Double
  /// `dramRate` in units of `Device.dramUnits`, rounded down.
  var dramUnits: Int64
  /// What a block gets of DRAM for a level of one, in units of `Device.dramLevelUnits`, rounded
  /// down.
  var levelUnits: Int64
  var tailNS: Int64
  /// 2^40 over each cost, rounded up: `free * reciprocal >> 40` is the exact quotient for
  /// quotients of numbers below 2^18.
  var warpsReciprocal: UInt64
  var registersReciprocal: UInt64
  var sharedMemoryReciprocal: UInt64

  /// DRAM bytes/ns that a warp asks for where its SM gives it `level` at most.
  @inline(__always)
  func askPerWarp(at level: Double) -> Double {
    sharePerWarp > level ? level * ratePerShare : ratePerWarp
  }

  init(_ profile: BlockProfile, dramUnits: Int64, levelUnits: Int64) {
    func reciprocal(_ cost: Int) -> UInt64 {
      cost == 0 ? 0 : ((1 << 40) + UInt64(cost) - 1) / UInt64(cost)
    }
    warps = Int32(profile.cost.warps)
    registers = Int32(profile.cost.registers)
    sharedMemory = Int32(profile.cost.sharedMemory)
    soloNS = profile.soloNS
    smShare = profile.smShare
    dramRate = profile.dramRate
    shareUnits = Int64(profile.smShare * 0x1p52)
    let weight = Double(profile.cost.warps)
    sharePerWarp = smShare / weight
    warpsPerShare = weight / smShare
    ratePerWarp = dramRate / weight
    warpsPerRate = weight / dramRate
    ratePerShare = dramRate / smShare
    self.dramUnits = dramUnits
    self.levelUnits = levelUnits
    tailNS = profile.tailNS
    warpsReciprocal = reciprocal(profile.cost.warps)
    registersReciprocal = reciprocal(profile.cost.registers)
    sharedMemoryReciprocal = reciprocal(profile.cost.sharedMemory)
  }
}

/// A launch from its submission to its completion.
struct DeviceLaunch {
  var kernel: Int32
  var tag: Int32
  var priority: Int32
  var mask: Int32
  var unplaced: Int
  var outstanding: Int
  var scale: Double
  var tailNS: Int64
  var sequence: UInt64
  var isResident: Bool
  var isLive: Bool
}

/// A launch as the device's caller names it.
package struct LaunchID: Hashable, Sendable {
  @usableFromInline var slot: Int32
  @usableFromInline var sequence: UInt64
}

/// A launch that has ended.
package struct LaunchCompletion: Sendable {
  /// The launch.
  package var launch: LaunchID
  /// The tag it was submitted with.
  package var tag: Int32
}

/// What the device did, summed over time.
package struct DeviceIntegrals: Hashable, Sendable {
  /// Sum over SMs of the nanoseconds with at least one resident block.
  package var activeSMTime: Int64 = 0
  /// Sum over resident warps of their nanoseconds.
  package var warpTime: Int64 = 0
  /// Nanoseconds with at least one resident launch.
  package var busyTime: Int64 = 0

  /// Creates integrals of nothing.
  package init() {}

  /// Adds another device's or interval's integrals.
  package static func += (a: inout DeviceIntegrals, b: DeviceIntegrals) {
    a.activeSMTime += b.activeSMTime
    a.warpTime += b.warpTime
    a.busyTime += b.busyTime
  }

  /// What was done since an earlier state.
  package static func - (a: DeviceIntegrals, b: DeviceIntegrals) -> DeviceIntegrals {
    var part = DeviceIntegrals()
    part.activeSMTime = a.activeSMTime - b.activeSMTime
    part.warpTime = a.warpTime - b.warpTime
    part.busyTime = a.busyTime - b.busyTime
    return part
  }
}
