import TestSupport

@testable import Device
@testable import Hardware

/// The engine behind the laws' face, with a check of everything it keeps beside the plain facts.
final class EngineLawDevice: LawDevice {
  private struct Entry {
    var id: LaunchID
    var blocks: Int
    var placed = 0
    var isLive = true
  }

  private(set) var device: Device
  let machine: NaiveDevice.Machine
  private var kernels: [NaiveDevice.Kernel] = []
  private var masks: [[Bool]] = []
  private var entries: [Entry] = []

  /// Looks at the device at the end of every instant that is not passed.
  var onPlace: ((inout Device) -> Void)?

  /// Whether the device goes by itself where nothing outside happens.
  private let passes: Bool

  init(_ machine: NaiveDevice.Machine, passes: Bool = false) {
    self.passes = passes
    self.machine = machine
    let limits = SMLimits(
      maxWarps: machine.warps, maxBlocks: machine.blocks, registers: machine.registers,
      subPartitions: 4, sharedMemory: machine.sharedMemory,
      maxSharedMemoryPerBlock: machine.sharedMemory, sharedMemoryUnit: 256,
      sharedMemoryReserve: 0)
    device = Device(
      smCount: machine.smCount, limits: limits, dramRate: machine.dramRate,
      maxResidentGrids: machine.maxResidentGrids,
      coRunnerSlowdown: machine.coRunnerSlowdown)
  }

  var nextEvent: Int64? { device.nextEvent == .max ? nil : device.nextEvent }

  var totals: NaiveDevice.Totals {
    var totals = NaiveDevice.Totals()
    totals.placedBlocks = entries.reduce(0) { $0 + Int64($1.placed) }
    totals.activeSMTime = Int64(device.integrals.activeSMTime)
    totals.warpTime = Int64(device.integrals.warpTime)
    totals.busyTime = Int64(device.integrals.busyTime)
    return totals
  }

  func submit(_ launch: NaiveDevice.Launch, now: Int64) -> Int {
    let mask = launch.mask.map { number(ofMask: $0) + 1 } ?? 0
    let id = device.submit(
      kernel: number(of: launch.kernel), blocks: launch.blocks, priority: launch.priority,
      mask: mask, isConfined: launch.isConfined, tag: Int32(entries.count))
    entries.append(Entry(id: id, blocks: launch.blocks))
    return entries.count - 1
  }

  func kill(_ number: Int, now: Int64) {
    let left = unplacedBlocks(of: number)
    if device.kill(entries[number].id) {
      entries[number].isLive = false
      entries[number].placed = entries[number].blocks - left
    }
  }

  func setCeiling(_ fraction: Double, now: Int64) { device.setCeiling(fraction) }

  func withdraw(_ number: Int, now: Int64) -> Bool {
    let (blocks, runsOn) = device.withdraw(entries[number].id)
    entries[number].blocks -= blocks
    if !runsOn, entries[number].isLive {
      entries[number].isLive = false
      entries[number].placed = entries[number].blocks
    }
    return runsOn
  }

  func advance(to time: Int64) -> [Int] {
    device.advance(to: time)
    return completed()
  }

  func pass(before limit: Int64) -> (time: Int64, completed: [Int])? {
    guard passes, device.advance(before: limit) else { return nil }
    return (device.now, completed())
  }

  private func completed() -> [Int] {
    let completed = device.completions.map { Int($0.tag) }
    for number in completed {
      entries[number].isLive = false
      entries[number].placed = entries[number].blocks
    }
    return completed
  }

  func place(now: Int64) {
    device.settle()
    onPlace?(&device)
    for number in entries.indices where entries[number].isLive {
      entries[number].placed = entries[number].blocks - unplacedBlocks(of: number)
    }
  }

  func unplacedBlocks(of number: Int) -> Int {
    guard entries[number].isLive else { return 0 }
    return device.launches.rows[Int(entries[number].id.slot)].unplaced
  }

  private func number(of kernel: NaiveDevice.Kernel) -> Int {
    if let known = kernels.firstIndex(of: kernel) { return known }
    kernels.append(kernel)
    let cost = BlockCost(
      warps: kernel.warps, registers: kernel.registers, sharedMemory: kernel.sharedMemory)
    return device.register(
      BlockProfile(
        blocks: 1, cost: cost, blocksPerSM: 1, soloNS: kernel.soloNS, smShare: kernel.smShare,
        dramRate: kernel.dramRate, tailNS: kernel.tailNS))
  }

  private func number(ofMask mask: [Bool]) -> Int {
    if let known = masks.firstIndex(of: mask) { return known }
    masks.append(mask)
    let set = mask.indices.reduce(SMSet.empty) { mask[$1] ? $0.union(SMSet($1..<($1 + 1))) : $0 }
    return device.register(mask: set) - 1
  }
}

extension EngineLawDevice {
  /// What the blocks on each SM take, from the groups.
  var use: [NaiveDevice.Use] {
    var use = [NaiveDevice.Use](repeating: NaiveDevice.Use(), count: machine.smCount)
    for sm in 0..<machine.smCount {
      for g in liveGroups where device.groups.rows[g].members.contains(sm) {
        for cohort in cohorts(of: g) {
          let kernel = device.kernels.rows[Int(device.launches.rows[Int(cohort.launch)].kernel)]
          let count = Int(cohort.blocks)
          use[sm].warps += count * Int(kernel.warps)
          use[sm].blocks += count
          use[sm].registers += count * Int(kernel.registers)
          use[sm].sharedMemory += count * Int(kernel.sharedMemory)
        }
      }
    }
    return use
  }

  var liveGroups: [Int] { (0..<device.groups.count).map { Int(device.groups.live[$0]) } }

  func cohorts(of g: Int) -> [Cohort] {
    (0..<Int(device.groups.rows[g].cohortCount)).map { device.groups.cohorts(of: g)[$0] }
  }

  var faults: [String] {
    var faults: [String] = []
    var seen = SMSet.empty
    for g in liveGroups {
      let group = device.groups.rows[g]
      if !seen.intersection(group.members).isEmpty || group.members.isEmpty
        || group.members.count != Int(group.count)
      {
        faults.append("group \(g) shares an SM, is empty or counts wrong")
      }
      seen = seen.union(group.members)
      faults += smFaults(g)
    }
    if seen != device.allSMs { faults.append("an SM is in no group") }
    return faults + sumFaults
  }

  private func smFaults(_ g: Int) -> [String] {
    var faults: [String] = []
    var share = 0.0
    var next = Int64.max
    var target = Int64.max
    var confinedTarget = Int64.max
    var smTarget = Int64.max
    let group = device.groups.rows[g]
    var blocks = 0
    for cohort in cohorts(of: g) {
      let kernel = device.kernels.rows[Int(device.launches.rows[Int(cohort.launch)].kernel)]
      let speed = speed(of: cohort, in: g)
      share += Double(cohort.blocks) * speed * kernel.smShare
      switch cohort.pace {
      case .unknown, .none: faults.append("group \(g) has blocks without a pace")
      case .full: next = min(next, cohort.end)
      case .smLevel: smTarget = min(smTarget, cohort.end)
      case .dramLevel: target = min(target, cohort.end)
      case .ceilingLevel: confinedTarget = min(confinedTarget, cohort.end)
      }
      blocks += Int(cohort.blocks)
      // DRAM that is just used up may hold a block at what it asks for, but for rounding.
      if !(speed > 0 && speed <= 1 + 1e-12) {
        faults.append("blocks in group \(g) run at \(speed)")
      }
      if !device.launches.rows[Int(cohort.launch)].isLive {
        faults.append("group \(g) holds blocks of a launch that has ended")
      }
    }
    let free = group.free
    if min(free.warps, free.blocks, free.registers, free.sharedMemory) < 0
      || blocks != machine.blocks - Int(free.blocks)
    {
      faults.append("group \(g) holds more than it has, or miscounts: \(group)")
    }
    if share > 1 + 1e-12 { faults.append("an SM of group \(g) gives \(share) of itself") }
    if smTarget != group.smTarget || (smTarget == .max) != (group.smFinish == .max)
      || min(next, group.smFinish) != device.finishes[g] || target != device.dram.targets[g]
      || device.ceiling.isOn && confinedTarget != device.ceiling.confined.targets[g]
    {
      faults.append("group \(g) misses its next finish")
    }
    if device.groups.cohorts(of: g)[Int(group.cohortCount)].pace != .none {
      faults.append("group \(g) has no mark behind its blocks")
    }
    return faults + paceFaults(g)
  }

  /// What blocks add up to is the same whether they came and went one by one or are counted anew.
  private func paceFaults(_ g: Int) -> [String] {
    let sums = device.groups.rows[g].sums
    var counted = PaceSums()
    for cohort in cohorts(of: g) {
      let kernel = device.kernels.rows + Int(cohort.kernel)
      if cohort.pace == .smLevel { counted.addAtLevel(cohort.blocks, of: kernel) }
      if cohort.pace == .full { counted.addFull(cohort.blocks, of: kernel) }
    }
    let isSame =
      sums.levelShare == counted.levelShare && sums.levelAsk == counted.levelAsk
      && sums.levelWarps == counted.levelWarps && sums.fullAsk == counted.fullAsk
      && sums.leastAtLevel <= counted.leastAtLevel && sums.greatestFull >= counted.greatestFull
    return isSame ? [] : ["group \(g) adds up to \(sums), not \(counted)"]
  }

  /// Progress per nanosecond.
  func speed(of cohort: Cohort, in g: Int) -> Double {
    let kernel = device.kernels.rows[Int(cohort.kernel)]
    switch cohort.pace {
    case .unknown, .none: return .nan
    case .full: return 1
    case .smLevel: return device.groups.rows[g].smLevel * Double(kernel.warps) / kernel.smShare
    case .dramLevel: return device.dram.level * Double(kernel.warps) / kernel.dramRate
    case .ceilingLevel:
      return device.ceiling.confined.level * Double(kernel.warps) / kernel.dramRate
    }
  }
}
