import Device
import Hardware
import LanguageModels
import Scheduling

/// Makes programs of a replica's iterations, one after the other.
///
/// Launches are numbered by row: the device has a place for each row of the iteration under way, and
/// `BlockProfile`s are made only where somebody follows it launch by launch.
struct IterationProgram {
  /// The most rows of an iteration.
  static let mostRows = 64

  let costs: IterationCosts
  let gpu: GPUSpec
  /// The device's number of the first row's kernel.
  let firstKernel: Int
  /// The fusion class of the first row: none of another replica's launches are of it.
  let firstClass: Int
  private(set) var rows: [KernelProfile] = []
  private let energy: LaunchEnergy?
  /// By row: what it takes were the DRAM not shared.
  private var unboundNS: [Int64] = []
  /// Looked up by key only: launches of few shapes.
  private var occupancies: [Shape: Occupancy] = [:]

  private struct Shape: Hashable {
    var threads: Int
    var registers: Int
    var sharedMemory: Int
  }

  init(_ costs: IterationCosts, firstKernel: Int, firstClass: Int) {
    self.costs = costs
    gpu = costs.gpu
    energy = LaunchEnergy(costs.gpu, .bf16Tensor)
    self.firstKernel = firstKernel
    self.firstClass = firstClass
  }

  /// The launches of an iteration.
  mutating func launches(_ work: IterationWork, gap: Int64) -> LaunchSequence {
    let iteration = costs.iteration(work)
    rows.removeAll(keepingCapacity: true)
    unboundNS.removeAll(keepingCapacity: true)
    var launches: [ProgramLaunch] = []
    var parts: [(rows: Int, repeats: Int)] = []
    parts.reserveCapacity(iteration.segments.count)
    for segment in iteration.segments {
      parts.append((segment.launches.count, segment.repeats))
      for launch in segment.launches {
        launches.append(self.launch(launch, number: rows.count))
        rows.append(launch.row)
        unboundNS.append(launch.unboundNS)
      }
    }
    precondition(rows.count <= Self.mostRows, "an iteration with \(rows.count) rows")
    return LaunchSequence(launches, parts: parts, gap: gap)
  }

  private mutating func launch(_ operation: OperatorLaunch, number: Int) -> ProgramLaunch {
    let row = operation.row
    let even = even(row, unboundNS: operation.unboundNS)
    return ProgramLaunch(
      profile: firstKernel + number, blocks: even.blocks, durationNS: even.durationNS,
      integrals: even.integrals, flop: row.flop ?? 0, dramBytes: row.dramBytes ?? 0,
      energyPJ: energy?.picojoules(of: row, lasting: even.durationNS) ?? 0,
      classID: firstClass + number, familyID: firstClass + number)
  }

  private mutating func even(_ row: KernelProfile, unboundNS: Int64) -> EvenLaunch {
    let shape = Shape(
      threads: row.block.count, registers: row.registersPerThread,
      sharedMemory: row.sharedMemoryBytes)
    var known = occupancies[shape]
    if known == nil {
      let new = Occupancy(
        threads: shape.threads, registers: shape.registers, sharedMemory: shape.sharedMemory,
        limits: gpu.limits)
      occupancies[shape] = new
      known = new
    }
    guard let occupancy = known else { preconditionFailure("no occupancy of a shape") }
    return EvenLaunch(row, occupancy, unboundNS: unboundNS, on: gpu)
  }

  /// The blocks of a row for a device.
  mutating func profile(ofRow row: Int) -> BlockProfile {
    let kernel = rows[row]
    guard let demand = try? Demand(of: kernel, on: gpu, precision: .bf16Tensor) else {
      preconditionFailure("an operator that does not say what it costs: \(kernel)")
    }
    return even(kernel, unboundNS: unboundNS[row]).profile(demand, dramRate: gpu.dramRate)
  }

  /// What an iteration takes on so many SMs, by the waves of its blocks, each as much slower as its
  /// blocks ask for more than an SM has; the DRAM is not looked at.
  func durationNS(_ launches: LaunchSequence, on sms: Int, gap: Int64) -> Int64 {
    var iteration = self
    return launches.sum { row in
      let profile = iteration.profile(ofRow: row)
      let capacity = profile.blocksPerSM * sms
      let waves = (profile.blocks + capacity - 1) / capacity
      let perSM = min(profile.blocksPerSM, (profile.blocks + sms - 1) / sms)
      let slow = max(1, Double(perSM) * profile.smShare)
      return Int64((Double(waves) * profile.soloNS * slow).rounded(.up)) + profile.tailNS + gap
    } - gap
  }

  /// What a policy sees of an iteration.
  mutating func view(_ launches: LaunchSequence, soloNS: Int64) -> ProgramView {
    let peak = gpu.smRate(.bf16Tensor) * Double(gpu.smCount)
    let views = launches.rows.indices.map { i in
      let (launch, profile) = (launches.rows[i], profile(ofRow: i))
      let bytes = Double(max(1, launch.dramBytes))
      return LaunchView(
        classID: launch.classID, familyID: launch.familyID, blocks: launch.blocks,
        blocksPerSM: profile.blocksPerSM, soloNS: launch.durationNS, smShare: profile.smShare,
        dramRate: bytes / Double(max(1, launch.durationNS)), flop: launch.flop,
        dramBytes: launch.dramBytes,
        intensity: launch.flop > 0 ? Double(launch.flop) / bytes / (peak / gpu.dramGBPerS) : nil,
        blockNS: Int64(profile.soloNS.rounded(.up)))
    }
    return ProgramView(
      batch: 1, launches: launches.indices.map { views[launches.row(of: $0)] }, soloNS: soloNS)
  }
}
