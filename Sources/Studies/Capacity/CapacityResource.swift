import Hardware
import Scheduling
import Simulation

/// What a policy may be short of. Each is doubled to see whether the capacity moves.
package enum CapacityResource: String, CaseIterable, Sendable {
  /// Twice the SMs, also of MIG slices; launches alone take as long as measured, those of language
  /// models what their operators' constants say.
  case sm
  /// Twice the DRAM bandwidth, the same way.
  case dram
  /// Half of every time that the host and its way to the GPU take: requests, launches, locks, gaps,
  /// copies, synchronization, MPS, fusing.
  case host
  /// Twice the replicas of every tenant, with the same requests.
  case queue
  /// Everything on the GPU in half the time: kernels and switches. Of a language model's operators what
  /// their constants have in nanoseconds, the floors of launches, stays.
  case pace

  /// What is short where doubling this moves the capacity most.
  ///
  /// - Parameter isOneAtATime: whether one launch or batch is on the GPU at a time.
  package func name(isOneAtATime: Bool) -> String {
    switch self {
    case .sm: "SMs"
    case .dram: "DRAM"
    case .host: "host"
    case .queue: "queue"
    case .pace: isOneAtATime ? "one at a time" : "kernel time"
    }
  }

  /// What is doubled, for readers of a table's notes.
  package var meaning: String {
    switch self {
    case .sm: "twice the SMs"
    case .dram: "twice the DRAM bandwidth"
    case .host: "the host in half the time"
    case .queue: "twice the replicas for the same requests"
    case .pace: "kernels and switches in half the time"
    }
  }

  /// The experiment with twice as much of it; nil where it does not apply.
  func doubled(in base: Experiment) -> Experiment? {
    var experiment = base
    switch self {
    case .sm:
      let count = min(GPUSpec.mostSMs, 2 * base.gpu.smCount)
      let slices = base.gpu.migSlices.map { slice in
        var larger = slice
        larger.smCount = slice.smCount * count / base.gpu.smCount
        return larger
      }
      experiment.gpu.smCount = count
      experiment.gpu.migSlices = slices
    case .dram: experiment.gpu.dramGBPerS *= 2
    case .host:
      experiment.testbed = Self.quicker(base.testbed)
      for t in experiment.tenants.indices {
        guard var stack = base.tenants[t].language?.stack else { continue }
        stack.stepCPUNS /= 2
        stack.stepCPUPerSequenceNS /= 2
        stack.graphGapNS /= 2
        experiment.tenants[t].language?.stack = stack
      }
    case .queue:
      // More replicas have more clients of a closed loop: that is another load.
      if base.tenants.contains(where: \.waitsForAnswers) { return nil }
      for t in experiment.tenants.indices { experiment.tenants[t].replicas *= 2 }
    case .pace:
      experiment.gpu.clockMHz *= 2
      experiment.gpu.dramGBPerS *= 2
      experiment.gpu.timing.dramLatencyNS /= 2
      experiment.gpu.timing.blockOverheadNS /= 2
      experiment.testbed.switchBusy /= 2
      experiment.testbed.switchIdle /= 2
      for t in experiment.tenants.indices {
        experiment.tenants[t].table.scale(.duration, by: 0.5)
      }
    }
    for t in experiment.tenants.indices { experiment.tenants[t].language?.move(to: experiment.gpu) }
    return experiment
  }

  private static func quicker(_ testbed: Testbed) -> Testbed {
    var quick = testbed
    quick.requestCPU /= 2
    quick.launchCPU /= 2
    quick.launchLock /= 2
    quick.launchGap /= 2
    quick.completionSync /= 2
    quick.copyLatency /= 2
    quick.pcieGBPerS *= 2
    quick.mpsDelaySlope /= 2
    quick.mpsDelayOffset /= 2
    quick.superKernel.fixed /= 2
    quick.superKernel.perProblem /= 2
    quick.superKernel.cold /= 2
    return quick
  }
}

extension PolicyChoice {
  /// Whether one launch, batch or context is on a GPU at a time.
  package var isOneAtATime: Bool {
    let policy = make()
    switch policy.mechanism {
    case .timeSlices, .dedicated: return true
    case .mps, .streams, .partitions, .taskQueue, .bound: return policy.startsOneAtATime
    }
  }
}
