import Hardware

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
  var free: FreeResources
  /// Where `GroupTable.live` has it.
  var position: Int32
  /// Cohorts of unknown pace; they are the last ones.
  var newCohorts: Int32 = 0
  /// Whether residents changed at this instant.
  var isDirty = false
  /// Whether `smTarget` and `fullEnd` are those of the blocks whose pace is known.
  var knowsEnds = true
}

/// What the blocks of an SM leave of what bounds their number.
struct FreeResources {
  var warps: Int32
  var blocks: Int32
  var registers: Int32
  var sharedMemory: Int32

  /// What an idle SM has.
  init(_ limits: SMLimits) {
    warps = Int32(limits.maxWarps)
    blocks = Int32(limits.maxBlocks)
    registers = Int32(limits.registers)
    sharedMemory = Int32(limits.sharedMemory)
  }

  // None of these can overflow: an SM's resources bound them.

  @inline(__always)
  mutating func take(_ count: Int32, of kernel: UnsafePointer<DeviceKernel>) {
    warps &-= kernel.pointee.warps &* count
    blocks &-= count
    registers &-= kernel.pointee.registers &* count
    sharedMemory &-= kernel.pointee.sharedMemory &* count
  }

  @inline(__always)
  mutating func giveBack(_ count: Int32, of kernel: UnsafePointer<DeviceKernel>) {
    warps &+= kernel.pointee.warps &* count
    blocks &+= count
    registers &+= kernel.pointee.registers &* count
    sharedMemory &+= kernel.pointee.sharedMemory &* count
  }

  /// Blocks of a kernel that fit once some of another are gone.
  @inline(__always)
  func room(for kernel: DeviceKernel, after gone: Int32, of old: UnsafePointer<DeviceKernel>)
    -> Int32
  {
    var free = self
    free.giveBack(gone, of: old)
    return free.room(for: kernel)
  }

  /// Blocks of a kernel that fit.
  @inline(__always)
  func room(for kernel: DeviceKernel) -> Int32 {
    var room = min(blocks, Self.quotient(warps, kernel.warpsReciprocal))
    if kernel.registers > 0 {
      room = min(room, Self.quotient(registers, kernel.registersReciprocal))
    }
    if kernel.sharedMemory > 0 {
      room = min(room, Self.quotient(sharedMemory, kernel.sharedMemoryReciprocal))
    }
    return room
  }

  @inline(__always)
  private static func quotient(_ free: Int32, _ reciprocal: UInt64) -> Int32 {
    Int32(truncatingIfNeeded: (UInt64(truncatingIfNeeded: free) &* reciprocal) &>> 40)
  }
}

/// What blocks of an SM add up to, by their pace: whole numbers, so that any order adds up to the
/// same.
struct PaceSums {
  /// Of the blocks at the SM's level: what they ask of its issue slots, in 2^-52.
  var levelShare: Int64 = 0
  /// What they get of DRAM at a level of one, in units of `DRAMState.levelUnits`.
  var levelAsk: Int64 = 0
  /// None of them asks for less of the SM per warp.
  var leastAtLevel = Double.infinity
  var levelWarps: Int64 = 0
  /// How many blocks are at full pace.
  var fullBlocks: Int64 = 0
  /// What they ask of DRAM, in units of `DRAMState.units`.
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
