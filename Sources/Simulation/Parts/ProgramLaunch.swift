import Device

/// One launch of a program, ready for the device.
struct ProgramLaunch: Sendable {
  /// Index into `ProgramSet.profiles`.
  var profile: Int
  var blocks: Int
  /// Alone on the idle device (or on as many SMs of it as the replica is capped to).
  var durationNS: Int64
  var integrals: DeviceIntegrals
  var flop: Int64
  var dramBytes: Int64
  /// Beyond what the board takes idle (`LaunchEnergy`); 0 where that is not known.
  var energyPJ: Int64 = 0
  var classID: Int
  var familyID: Int
}

/// What launches cost a GPU: whole numbers, which add up to the same in any order.
package struct LaunchCost: Sendable, Hashable, AdditiveArithmetic {
  /// Sum over SMs of the nanoseconds with a block of theirs, each launch alone where it may run.
  package var smTime: Int128 = 0
  /// Energy beyond what the board takes idle, in picojoules; 0 where that is not known.
  package var energyPJ: Int128 = 0

  /// Creates a cost.
  package init(smTime: Int128 = 0, energyPJ: Int128 = 0) {
    self.smTime = smTime
    self.energyPJ = energyPJ
  }

  /// Costs nothing.
  package static var zero: LaunchCost { LaunchCost() }

  /// The cost of both.
  package static func + (a: LaunchCost, b: LaunchCost) -> LaunchCost {
    LaunchCost(smTime: a.smTime + b.smTime, energyPJ: a.energyPJ + b.energyPJ)
  }

  /// What was spent since an earlier state.
  package static func - (a: LaunchCost, b: LaunchCost) -> LaunchCost {
    LaunchCost(smTime: a.smTime - b.smTime, energyPJ: a.energyPJ - b.energyPJ)
  }

  static func * (a: LaunchCost, times: Int128) -> LaunchCost {
    LaunchCost(smTime: a.smTime * times, energyPJ: a.energyPJ * times)
  }
}

/// Work summed over launches.
struct WorkSum: Sendable {
  var flop: Int128 = 0
  var dramBytes: Int128 = 0
  var integrals = DeviceIntegrals()
  /// What the launches take of SMs, each alone, and of energy.
  var cost = LaunchCost()

  static func += (a: inout WorkSum, b: WorkSum) {
    a.flop += b.flop
    a.dramBytes += b.dramBytes
    a.integrals += b.integrals
    a.cost += b.cost
  }

  static func - (a: WorkSum, b: WorkSum) -> WorkSum {
    WorkSum(
      flop: a.flop - b.flop, dramBytes: a.dramBytes - b.dramBytes,
      integrals: a.integrals - b.integrals, cost: a.cost - b.cost)
  }
}

extension WorkSum {
  /// Adds a launch.
  mutating func add(_ launch: ProgramLaunch) {
    flop += Int128(launch.flop)
    dramBytes += Int128(launch.dramBytes)
    integrals += launch.integrals
    cost += launch.cost
  }

  /// Adds work that is done some times over.
  mutating func add(_ other: WorkSum, times: Int) {
    let times = Int128(times)
    flop += other.flop * times
    dramBytes += other.dramBytes * times
    integrals.activeSMTime += other.integrals.activeSMTime * times
    integrals.warpTime += other.integrals.warpTime * times
    integrals.busyTime += other.integrals.busyTime * times
    cost += other.cost * times
  }
}

extension ProgramLaunch {
  var cost: LaunchCost {
    LaunchCost(smTime: integrals.activeSMTime, energyPJ: Int128(energyPJ))
  }
}
