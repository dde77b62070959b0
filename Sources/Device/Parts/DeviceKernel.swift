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
  /// `dramRate` in units of `DRAMState.units`, rounded down.
  var dramUnits: Int64
  /// What a block gets of DRAM for a level of one, in units of `DRAMState.levelUnits`, rounded
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
