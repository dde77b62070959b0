import Device
import Hardware

/// Super-kernels on the device or on their way there: their members, what they cost, and how long
/// they should take.
struct FusionGroups {
  private struct Group {
    var members: [Int] = []
    var gridsLeft = 0
    var isVariable = false
  }

  /// A grid whose duration alone is known.
  private struct Prediction: Hashable {
    var profile: Int
    var blocks: Int
  }

  private let testbed: Testbed
  private let gpu: GPUSpec
  /// Whether a super-kernel of one launch costs what fusing does.
  private let countsSingles: Bool
  private var groups: [Group] = []
  private var free: [Int] = []
  /// Looked up by key only.
  private var predictions: [Prediction: Int64] = [:]
  /// The grids of the super-kernel that is being sent, one a problem size.
  private(set) var grids: [(profile: Int, blocks: Int)] = []

  init(_ testbed: Testbed, _ gpu: GPUSpec, countsSingles: Bool) {
    self.testbed = testbed
    self.gpu = gpu
    self.countsSingles = countsSingles
  }

  /// A new group without members.
  mutating func open(isVariable: Bool) -> Int {
    if free.isEmpty {
      free.append(groups.count)
      groups.append(Group())
    }
    let group = free.removeLast()
    groups[group].isVariable = isVariable
    return group
  }

  mutating func add(_ r: Int, to group: Int) { groups[group].members.append(r) }

  func count(of group: Int) -> Int { groups[group].members.count }

  func member(_ i: Int, of group: Int) -> Int { groups[group].members[i] }

  /// A grid of the group has ended; whether it was the last.
  mutating func gridEnded(of group: Int) -> Bool {
    groups[group].gridsLeft -= 1
    return groups[group].gridsLeft == 0
  }

  /// The group is done with; its number is free.
  mutating func close(_ group: Int) {
    groups[group].members.removeAll(keepingCapacity: true)
    free.append(group)
  }

  // MARK: - Costs

  /// What so many launches cost the scheduler's thread, sent as one.
  func hostCost(of count: Int, isCold: Bool) -> Int64 {
    let launch = testbed.launchCPU + testbed.launchLock
    guard isSuperKernel(count) else { return launch }
    return launch + testbed.superKernel.fixed + testbed.superKernel.perProblem * Int64(count)
      + (isCold ? testbed.superKernel.cold : 0)
  }

  /// What the group's blocks of a kernel run; one launch by itself runs its own kernel.
  private func kernel(_ profile: Int, in group: Int, _ fused: [FusedKernels]) -> Int {
    if !isSuperKernel(groups[group].members.count) { return profile }
    return groups[group].isVariable ? fused[profile].variable : fused[profile].equal
  }

  private func isSuperKernel(_ count: Int) -> Bool { count > 1 || countsSingles }

  /// Begins a group's grids; with equal sizes there is one.
  mutating func beginGrids() { grids.removeAll(keepingCapacity: true) }

  /// A member's launch joins the grid of its size.
  mutating func addToGrids(_ launch: ProgramLaunch, of group: Int, _ fused: [FusedKernels]) {
    let profile = kernel(launch.profile, in: group, fused)
    for i in grids.indices where grids[i].profile == profile {
      grids[i].blocks += launch.blocks
      return
    }
    grids.append((profile, launch.blocks))
  }

  /// The group's grids are complete: how long they should take, one after the other.
  mutating func finishGrids(of group: Int, _ profiles: [BlockProfile]) -> Int64 {
    groups[group].gridsLeft = grids.count
    var sum: Int64 = 0
    for grid in grids {
      let key = Prediction(profile: grid.profile, blocks: grid.blocks)
      if let known = predictions[key] {
        sum += known
        continue
      }
      let alone = Device.isolatedRun(
        of: profiles[grid.profile], blocks: grid.blocks, on: gpu
      ).durationNS
      predictions[key] = alone
      sum += alone
    }
    return sum
  }
}
