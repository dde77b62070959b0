import Device
import Hardware
import Scheduling

extension TaskQueue {
  /// From the end of a model's launch to the start of the next, whose blocks it makes ready: a push and
  /// a look at the queue, or what the host does in between.
  func gapNS(_ testbed: Testbed) -> Int64 {
    let call = testbed.launchCPU + testbed.launchLock
    return switch mode {
    case .persistent: pushNS + pollNS
    case .discrete: testbed.copyLatency + call
    case .bsp: testbed.completionSync + call
    }
  }
}

extension Experiment {
  /// The same where a queue hands out the launches: in the order in which they are ready, each after the
  /// queue's gap.
  func queued(_ queue: TaskQueue) -> Experiment {
    var experiment = self
    experiment.testbed.launchGap = queue.gapNS(testbed)
    for t in tenants.indices { experiment.tenants[t].priority = 0 }
    return experiment
  }
}

extension ProgramSet {
  /// What a worker holds that can run a block of any kernel of the tenants' requests.
  var worker: BlockCost {
    let used = byTenant.flatMap { programs[$0[0].program].launches.map(\.profile) }
    return BlockCost(largest: used.map { profiles[$0].cost })
  }

  /// The same where a queue hands out the launches. The blocks of a persistent grid run on workers, as
  /// many as an SM holds that have the most warps, registers and shared memory of any kernel of the
  /// tenants; each is a claim longer.
  func queued(_ queue: TaskQueue, _ testbed: Testbed, on gpu: GPUSpec) -> ProgramSet {
    var blocks = profiles
    if queue.mode == .persistent {
      let worker = worker
      let perSM = worker.perSM(gpu.limits)
      blocks = profiles.map { $0.run(by: worker, perSM: perSM, claimNS: queue.popNS) }
    }
    let runs = blocks.map { Device.isolatedRun(of: $0, on: gpu) }
    let own = programs.map { program in
      var program = program
      let launches = program.launches.map { launch in
        var launch = launch
        let run = runs[launch.profile]
        (launch.durationNS, launch.integrals) = (run.durationNS, run.integrals)
        return launch
      }
      program.launches = LaunchSequence(launches, gap: queue.gapNS(testbed))
      // The first call is the only one that a launch can wait for beside its predecessor.
      program.hostBoundNS = (0, 0)
      return program
    }
    return ProgramSet(
      profiles: blocks, fused: fused, programs: own, byTenant: byTenant,
      soloLatencyNS: soloLatencyNS, capped: byTenant.map { _ in [] })
  }
}

extension BlockCost {
  /// What is the most in each of some costs.
  init(largest costs: [BlockCost]) {
    self.init(
      warps: costs.map(\.warps).max() ?? 1, registers: costs.map(\.registers).max() ?? 0,
      sharedMemory: costs.map(\.sharedMemory).max() ?? 0)
  }

  /// How many of it an SM holds.
  func perSM(_ limits: SMLimits) -> Int {
    var count = min(limits.maxBlocks, limits.maxWarps / max(1, warps))
    if registers > 0 { count = min(count, limits.registers / registers) }
    if sharedMemory > 0 { count = min(count, limits.sharedMemory / sharedMemory) }
    return max(1, count)
  }
}

extension BlockProfile {
  /// The block on a worker, which takes some time to claim it: what it asks for is spread over both.
  func run(by worker: BlockCost, perSM: Int, claimNS: Int64) -> BlockProfile {
    var block = self
    (block.cost, block.blocksPerSM) = (worker, min(perSM, blocksPerSM))
    block.soloNS = soloNS + Double(claimNS)
    block.smShare = smShare * soloNS / block.soloNS
    block.dramRate = dramRate * soloNS / block.soloNS
    return block
  }
}
