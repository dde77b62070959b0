import Device
import Hardware
import Workloads

/// A request that has ended. Times are nanoseconds of the run.
package struct RequestRecord: Sendable {
  /// The tenant's index.
  package var tenant: Int
  /// The replica's index in the run.
  package var replica: Int
  /// Which of the tenant's requests it is, counted from 0: a trace's in the order of their arrivals,
  /// those of sessions one session after the other, all others in the order in which they were sent.
  package var number: Int
  /// When it arrived.
  package var arrivalNS: Int64
  /// When its first launch went to the GPU.
  package var firstLaunchNS: Int64
  /// When the host had its answer.
  package var completionNS: Int64
  /// The lengths of a language model's request, and when its tokens came; nil for others.
  package var tokens: TokenRecord?
}

/// A request that arrived and was not done when the run was over. Times are nanoseconds of the run.
package struct UnfinishedRequest: Sendable {
  /// The tenant's index.
  package var tenant: Int
  /// When it arrived.
  package var arrivalNS: Int64
  /// The index of the replica that has it; nil where it waits.
  package var replica: Int?
  /// When its first launch went to the GPU; nil where none did.
  package var firstLaunchNS: Int64?
  /// Which of the tenant's requests it is, as in `RequestRecord`.
  package var number: Int
  /// The lengths of a language model's request; nil for others.
  package var lengths: RequestTokens?
}

/// Where the time of a request that has ended went.
package struct RequestExplanation: Sendable {
  /// The request.
  package var record: RequestRecord
  /// Its latency by reason; the parts add up to it exactly.
  package var parts: WaitParts
  /// When its replica began it.
  package var begunNS: Int64
  /// How many requests its batch has; of a language model's, the most of an iteration it was in.
  package var batch: Int
  /// By tenant: nanoseconds it lost on the GPU while that tenant's launches were in the way; empty
  /// where that is not followed.
  package var inTheWay: [Double]
}

/// Hears what happens in a run. Observers cannot change it: with or without one the events are the
/// same, up to the instant at which one has heard enough.
package protocol RunObserver {
  /// A counted request (one that arrived after the warm-up) has ended.
  mutating func requestCompleted(_ record: RequestRecord)
  /// A counted request was dropped.
  mutating func requestDropped(tenant: Int, arrivalNS: Int64)
  /// A token followed another of an answer to a counted request.
  mutating func tokenFollowed(tenant: Int, gapNS: Int64)
  /// A counted request had arrived and was neither done nor dropped when the run was over.
  mutating func requestUnfinished(_ request: UnfinishedRequest)
  /// Where the time of the request that was told last went, in runs that follow it.
  mutating func requestExplained(_ explanation: RequestExplanation)
  /// Whether nothing more need be heard: asked after each request that has ended or was dropped. The
  /// run ends with that instant then.
  var hasHeardEnough: Bool { get }
}

extension RunObserver {
  /// Hears all of the run.
  package var hasHeardEnough: Bool { false }
  /// Hears nothing.
  package mutating func tokenFollowed(tenant: Int, gapNS: Int64) {}

  package mutating func requestExplained(_ explanation: RequestExplanation) {}
  /// Hears nothing.
  package mutating func requestUnfinished(_ request: UnfinishedRequest) {}
}

/// What one run did, over its measured time.
package struct RunTotals: Sendable, Equatable {
  /// Counted requests that arrived, by tenant.
  package var arrived: [Int]
  /// Counted requests that were completed, by tenant.
  package var completed: [Int]
  /// Requests that ended in the measured time, whenever they arrived, by tenant.
  package var finished: [Int]
  /// Counted requests that were dropped, by tenant.
  package var dropped: [Int]
  /// Launches that ended, super-kernels counted once, by tenant; a super-kernel's members count for
  /// their own tenants.
  package var launches: [Int]
  /// Useful floating-point operations of ended launches, by tenant.
  package var flop: [BatchSum]
  /// DRAM bytes of ended launches, by tenant: 31 years at any bandwidth.
  package var dramBytes: [Int128]
  /// What language models' replicas did, by tenant; of others nothing.
  package var serving: [ServingTotals]
  /// Launches of the device.
  package var deviceLaunches = 0
  /// Super-kernels among them.
  package var superKernels = 0
  /// What launches cost, by tenant; a bound has none.
  package var accounts: [WorkAccount]
  /// Switches between contexts.
  package var contextSwitches = 0
  /// Device activity.
  package var integrals = DeviceIntegrals()
  /// The measured time, from the warm-up's end to the run's end.
  package var spanNS: Int64 = 0
  /// The run's end.
  package var endNS: Int64 = 0
  /// GPUs that were used (one, but for `exclusive`).
  package var gpus = 1
  /// MIG instances that they were cut into; each counts its own busy time.
  package var instances: Int?
  /// Events the run handled.
  package var events: UInt64 = 0
  /// FNV-1a over the completions in order: equal runs have equal digests.
  package var digest: UInt64 = 0xCBF2_9CE4_8422_2325

  /// Launches that a policy killed, each to run again.
  package var killedLaunches: Int { accounts.reduce(0) { $0 + $1.killedLaunches } }

  /// How long those had run, in vain.
  package var wastedNS: Int64 { accounts.reduce(0) { $0 + $1.killedNS } }

  /// Of a bound, what holds for all tenants together; nil for runs.
  package var bound: Bound?

  /// What no policy beats, all tenants taken together.
  package struct Bound: Sendable, Equatable {
    /// Of all counted requests, ascending.
    package var latenciesNS: [Int64]
    /// How many are done by the run's end, at most.
    package var completed: Int
  }

  init(tenants: Int) {
    let zeros = [Int](repeating: 0, count: tenants)
    arrived = zeros
    completed = zeros
    finished = zeros
    dropped = zeros
    launches = zeros
    flop = Array(repeating: BatchSum(), count: tenants)
    dramBytes = [Int128](repeating: 0, count: tenants)
    serving = Array(repeating: ServingTotals(), count: tenants)
    accounts = Array(repeating: WorkAccount(), count: tenants)
  }

  mutating func mix(_ value: Int64) {
    digest = (digest ^ UInt64(bitPattern: value)) &* 0x0000_0100_0000_01B3
  }

  /// What was done since an earlier state of the same run.
  func since(_ earlier: RunTotals) -> RunTotals {
    var part = self
    for t in launches.indices {
      part.finished[t] -= earlier.finished[t]
      part.launches[t] -= earlier.launches[t]
      part.flop[t] -= earlier.flop[t]
      part.dramBytes[t] -= earlier.dramBytes[t]
      part.serving[t] = serving[t].since(earlier.serving[t])
      part.accounts[t] = accounts[t] - earlier.accounts[t]
    }
    part.deviceLaunches -= earlier.deviceLaunches
    part.superKernels -= earlier.superKernels
    part.contextSwitches -= earlier.contextSwitches
    part.integrals = integrals - earlier.integrals
    return part
  }

  /// The totals with each tenant's in the place of the experiment's that `places` names.
  func placed(at places: [Int]) -> RunTotals {
    var totals = self
    for (run, place) in places.enumerated() {
      totals.arrived[place] = arrived[run]
      totals.completed[place] = completed[run]
      totals.finished[place] = finished[run]
      totals.dropped[place] = dropped[run]
      totals.launches[place] = launches[run]
      totals.flop[place] = flop[run]
      totals.dramBytes[place] = dramBytes[run]
      totals.serving[place] = serving[run]
      totals.accounts[place] = accounts[run]
    }
    return totals
  }

  /// Adds what a request has done so far.
  mutating func add(_ progress: RequestProgress, tenant: Int) {
    launches[tenant] += progress.launches
    deviceLaunches += progress.launches
    flop[tenant].add(progress.work.flop, requests: 1, of: progress.batch)
    dramBytes[tenant] += progress.work.dramBytes
    accounts[tenant].add(progress.work.cost, requests: 1, of: progress.batch)
    integrals += progress.work.integrals
  }
}

extension RunTotals {
  /// What the GPUs used take idle over the measured time, in picojoules; nil where the GPU's file does
  /// not say.
  package func idlePJ(on gpu: GPUSpec) -> Int128? {
    gpu.power?.idleW.map { watts in
      // A milliwatt over a nanosecond is a picojoule.
      Int128((watts * 1e3).rounded()) * Int128(spanNS) * Int128(gpus)
    }
  }
}
