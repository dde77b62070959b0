import Device
import Hardware
import Scheduling

/// What a mechanism of sharing in space means for a run.
struct SharingMode {
  /// Whether every replica is a process, with a lock of its own.
  let isMPS: Bool
  /// Hardware queues that streams share.
  let queues: Int
  private let percentages: [String: Double]
  /// The parts of the GPU that replicas are in, where it is cut in parts.
  let layout: GPULayout?
  /// What hands out the launches, where they are tasks.
  private(set) var taskQueue: TaskQueue?

  init(_ mechanism: SharingMechanism, _ testbed: Testbed, streams: Int) {
    switch mechanism {
    case .streams(let given):
      (isMPS, queues, percentages) = (false, given ?? testbed.hardwareQueues, [:])
      layout = nil
    case .mps(let caps, let given):
      (isMPS, queues, percentages) = (true, given ?? max(1, streams), caps)
      layout = nil
    case .partitions(let parts):
      (isMPS, queues, percentages) = (true, max(1, streams), [:])
      layout = parts
    case .taskQueue(let queue):
      (isMPS, queues, percentages) = (false, max(1, streams), [:])
      layout = nil
      taskQueue = queue
    case .dedicated, .timeSlices, .bound: preconditionFailure("not a way of sharing in space")
    }
  }

  /// The active-thread percentage of a tenant's clients.
  func percentage(of tenant: String) -> Double { percentages[tenant] ?? percentages[""] ?? 100 }

  /// The devices of a run: the GPU, so many of it, or its MIG instances.
  func devices(_ gpu: GPUSpec, count: Int) -> [GPUSpec] {
    let slices = layout?.slices ?? []
    if slices.isEmpty { return Array(repeating: gpu, count: count) }
    return slices.map { gpu.slice($0) ?? gpu }
  }

  /// Extra gap per kernel for each number of active clients from none to all.
  func launchDelays(_ testbed: Testbed, clients: Int) -> [Int64] {
    (0...clients).map { active in
      let delay = testbed.mpsDelaySlope * Double(active) + testbed.mpsDelayOffset
      return isMPS && active >= 2 ? max(0, Int64(delay.rounded())) : 0
    }
  }
}

/// How many SMs a share of the GPU is.
package enum PartitionRule {
  /// SMs of an MPS client with an active-thread percentage: rounded down to whole TPCs, at least
  /// one TPC (a cap, not a reservation).
  package static func smCap(percentage: Double, gpu: GPUSpec) -> Int {
    if percentage >= 100 { return gpu.smCount }
    let sms = Int(Double(gpu.smCount) * percentage / 100 + 1e-9)
    return max(gpu.smsPerTPC, sms / gpu.smsPerTPC * gpu.smsPerTPC)
  }
}

extension HostCosts {
  /// A testbed's.
  init(_ testbed: Testbed) {
    self.init()
    launchNS = testbed.launchCPU
    lockNS = testbed.launchLock
    superKernelNS = testbed.superKernel.fixed
    problemNS = testbed.superKernel.perProblem
    coldNS = testbed.superKernel.cold
    coRunnerSlowdown = testbed.coRunnerSlowdown
  }
}
