import Hardware
import Policies
import Scheduling
import SimBasics
import Simulation
import Workloads

/// A small GPU whose blocks have a time of their own choosing.
package enum Fixtures {
  package static func gpu(sms: Int = 8) -> GPUSpec {
    var gpu = plainGPU(sms: sms)
    // Those of an A100, as far as there are SMs; the largest is the whole GPU.
    gpu.migSlices = [(1, 1, 7), (2, 2, 3), (3, 4, 2), (4, 4, 1), (7, 8, 1)].map { parts in
      MIGSlice(
        name: "\(parts.0)g.\(2 * parts.1)gb", smCount: max(1, sms * parts.1 / 8),
        memoryFraction: Double(parts.1) / 8, memoryMiB: 2_000 * parts.1,
        maxInstances: parts.2)
    }
    return gpu
  }

  /// The same without MIG.
  package static func plainGPU(sms: Int = 8) -> GPUSpec {
    GPUSpec(
      name: "test", architecture: "none", computeCapability: "7.0", smCount: sms, smsPerTPC: 2,
      clockMHz: 1_000, flopPerCyclePerSM: [.fp32: 128], dramGBPerS: 800, dramEfficiency: 1,
      l2MiB: 4, memoryMiB: 16_000,
      limits: SMLimits(
        maxWarps: 64, maxBlocks: 32, registers: 65_536, subPartitions: 4, sharedMemory: 98_304,
        maxSharedMemoryPerBlock: 98_304, sharedMemoryUnit: 256, sharedMemoryReserve: 0),
      dramLatencyNS: 400, bytesInFlightPerWarp: 512, saturatingWarps: 8, blockOverheadNS: 0,
      maxResidentGrids: 128, maxMPSClients: 48)
  }

  /// What a board of the small GPU's kind might take.
  package static let power = PowerLimit(
    capW: 50, fp32PerJoule: 40, dramPJPerByte: 30, idleW: 12.5)

  /// A kernel that takes `duration` alone, with `blocks` blocks of 8 warps.
  package static func kernel(
    _ name: String, duration: Int64, blocks: Int = 8, flop: Int64 = 1_000_000,
    bytes: Int64 = 100_000
  ) -> KernelProfile {
    KernelProfile(
      name: name, grid: Extent3(blocks), block: Extent3(256), registersPerThread: 32,
      sharedMemoryBytes: 0, flop: flop, dramBytes: bytes, durationNS: duration)
  }

  package static func table(_ model: String, _ launches: [KernelProfile], batches: [Int] = [1])
    -> KernelTable
  {
    KernelTable(
      model: model, gpu: "test", stack: "none", precision: .fp32, weightsMiB: 10, workspaceMiB: 10,
      inputBytes: 0, outputBytes: 0, source: "made up", provenance: "analytic",
      batches: batches.map { batch in
        (
          batch,
          launches.map { launch in
            var row = launch
            row.durationNS = launch.durationNS.map { $0 * Int64(batch) }
            row.flop = launch.flop.map { $0 * Int64(batch) }
            return row
          }
        )
      })
  }

  package static func tenant(
    _ name: String = "a", _ table: KernelTable, replicas: Int = 1, sloNS: Int64? = nil,
    _ arrivals: ArrivalSpec
  ) -> TenantSpec {
    TenantSpec(
      name: name, model: table.model, table: table, replicas: replicas, sloNS: sloNS, priority: 0,
      arrivals: arrivals)
  }

  package static func experiment(
    _ tenants: [TenantSpec], policies: [String] = PolicyCatalog.builtIn.names,
    testbed: Testbed? = nil, gpu: GPUSpec? = nil, durationNS: Int64? = nil, warmupNS: Int64 = 0
  ) -> Experiment {
    Experiment(
      name: "test", gpu: gpu ?? Fixtures.gpu(), testbed: testbed ?? Testbed(name: "ideal"),
      tenants: tenants, policies: policies.map { PolicyChoice(name: $0) },
      durationNS: durationNS, warmupNS: warmupNS, seeds: [1])
  }

  /// Policies that plan for objectives and refuse tenants without one.
  package static let needObjectives: Set = ["gpulets", "d-stack", "parvagpu"]

  /// Policies that give every tenant a TPC at least.
  package static let needTPCs: Set = ["mps-partition", "lithos", "bless"]

  /// Policies but those that plan by mean rates, for which other arrivals are another plan.
  package static let ratelessPlans = PolicyCatalog.builtIn.names.filter {
    !["mps-partition", "gpulets", "d-stack", "parvagpu"].contains($0)
  }

  /// Options of `atos` under which its queue costs nothing.
  package static var freeQueue: PolicyOptions {
    var options = PolicyOptions()
    for name in ["pop_ns", "push_ns", "poll_ns"] { options.set(name, .number(0)) }
    return options
  }

  /// Policies whose requests run in batches.
  package static let batching: Set = ["batched", "gpulets", "d-stack", "parvagpu"]

  /// Every overhead there is, in plain numbers.
  package static var costly: Testbed {
    var testbed = Testbed(name: "costly")
    testbed.launchCPU = 3_000
    testbed.launchLock = 1_000
    testbed.launchGap = 1_300
    testbed.completionSync = 8_000
    testbed.requestCPU = 10_000
    testbed.timeSlice = 200_000
    testbed.switchBusy = 15_000
    testbed.switchIdle = 5_000
    testbed.idleYield = 4_000
    testbed.mpsDelaySlope = 500
    testbed.mpsDelayOffset = -700
    testbed.hardwareQueues = 2
    testbed.superKernel.fixed = 2_000
    testbed.superKernel.perProblem = 100
    testbed.superKernel.cold = 5_000
    testbed.superKernel.timeFactor = 1.1
    return testbed
  }
}

/// Keeps every record, in order.
package struct RecordKeeper: RunObserver {
  package var records: [RequestRecord] = []
  package var drops = 0
  /// The tenants and arrivals of dropped requests.
  package var dropped: [(tenant: Int, arrivalNS: Int64)] = []
  package var unfinished: [UnfinishedRequest] = []

  package init() {}

  package mutating func requestCompleted(_ record: RequestRecord) { records.append(record) }
  package mutating func requestDropped(tenant: Int, arrivalNS: Int64) {
    drops += 1
    dropped.append((tenant, arrivalNS))
  }
  package mutating func requestUnfinished(_ request: UnfinishedRequest) {
    unfinished.append(request)
  }

  package var meanWait: Double {
    records.reduce(0) { $0 + Double($1.firstLaunchNS - $1.arrivalNS) } / Double(records.count)
  }
}

/// Runs one policy of an experiment.
package func simulate(
  _ experiment: Experiment, _ policy: String, options: PolicyOptions = PolicyOptions(),
  seed: UInt64 = 1
) throws -> (totals: RunTotals, keeper: RecordKeeper) {
  let choice = PolicyChoice(name: policy, options: options)
  var one = experiment
  one.policies = [choice]
  if Fixtures.needObjectives.contains(policy) {
    for t in one.tenants.indices where one.tenants[t].sloNS == nil {
      one.tenants[t].sloNS = 1_000_000_000
    }
  }
  let programs = try Simulation.prepare(one)
  let (totals, observer) = try Simulation.run(
    one, programs, choice, seed: seed, observer: RecordKeeper())
  return (totals, observer as? RecordKeeper ?? RecordKeeper())
}

extension PolicyChoice {
  /// A policy that ships, by its name.
  package init(name: String, label: String? = nil, options: PolicyOptions = PolicyOptions()) {
    guard let policy = PolicyCatalog.builtIn.policy(named: name) else {
      preconditionFailure("no policy '\(name)' ships")
    }
    self.init(policy, label: label, options: options)
  }
}
