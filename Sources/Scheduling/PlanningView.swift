/// What a policy may know before a run: the GPU, the tenants' mean loads, and profiles, which are
/// what a request or batch takes when it runs alone in a part of the GPU. Times are nanoseconds.
///
/// Tenants are in the order of `SchedulingView.tenants`.
public struct PlanningView {
  /// The GPU's name.
  public var gpu: String
  /// SMs of the GPU.
  public var smCount: Int
  /// SMs that are handed out together.
  public var smsPerTPC: Int
  /// MIG profiles on offer.
  public var profiles: [SliceProfile]
  /// What blocks take longer beside another launch, as a part of their time.
  public var coRunnerSlowdown: Double
  /// The tenants.
  public var tenants: [TenantLoad]
  /// What a tenant's batch takes alone in a part, from the host's start to its answer: the table's
  /// next larger batch where there is none of the size.
  public var latencyNS: (_ tenant: Int, _ batch: Int, _ part: GPULayout.Part) -> Int64
  /// The part of the whole GPU's DRAM bandwidth that it asks for meanwhile.
  public var dramShare: (_ tenant: Int, _ batch: Int, _ part: GPULayout.Part) -> Double
  /// Simulates one request of every tenant, all at once, under a policy that is not planned again:
  /// when the last ends. Nil where the policy cannot run.
  public var makespanNS: (any SharingPolicy) -> Int64?

  /// Creates a view.
  public init(
    gpu: String, smCount: Int, smsPerTPC: Int, profiles: [SliceProfile] = [],
    coRunnerSlowdown: Double = 0, tenants: [TenantLoad],
    latencyNS: @escaping (_ tenant: Int, _ batch: Int, _ part: GPULayout.Part) -> Int64,
    dramShare: @escaping (_ tenant: Int, _ batch: Int, _ part: GPULayout.Part) -> Double = {
      _, _, _ in 0
    },
    makespanNS: @escaping (any SharingPolicy) -> Int64? = { _ in nil }
  ) {
    self.gpu = gpu
    self.smCount = smCount
    self.smsPerTPC = smsPerTPC
    self.profiles = profiles
    self.coRunnerSlowdown = coRunnerSlowdown
    self.tenants = tenants
    self.latencyNS = latencyNS
    self.dramShare = dramShare
    self.makespanNS = makespanNS
  }

  /// SMs of a percentage: whole TPCs, rounded down, one at least.
  public func sms(ofPercent percent: Double) -> Int {
    if percent >= 100 { return smCount }
    let sms = Int(Double(smCount) * percent / 100 + 1e-9)
    return max(smsPerTPC, sms / smsPerTPC * smsPerTPC)
  }
}

/// A tenant as a planner knows it.
public struct TenantLoad: Hashable, Sendable {
  /// The name.
  public var name: String
  /// Higher is more urgent.
  public var priority: Int
  /// The latency objective; nil where there is none.
  public var sloNS: Int64?
  /// Instances of its model.
  public var replicas: Int
  /// Its mean rate; for a closed loop, the most that its clients can ask.
  public var requestsPerSecond: Double
  /// What an instance takes of the GPU's memory, its context included, in MiB.
  public var memoryMiB: Double
  /// The batches of its table, ascending, as far as the policy starts them.
  public var batches: [Int]
  /// Launches of one request.
  public var launches: Int

  /// Creates a tenant.
  public init(
    name: String, priority: Int = 0, sloNS: Int64? = nil, replicas: Int = 1,
    requestsPerSecond: Double, memoryMiB: Double = 0, batches: [Int] = [1], launches: Int = 1
  ) {
    self.name = name
    self.priority = priority
    self.sloNS = sloNS
    self.replicas = replicas
    self.requestsPerSecond = requestsPerSecond
    self.memoryMiB = memoryMiB
    self.batches = batches
    self.launches = launches
  }
}

/// How planning went.
public enum PlanOutcome: Hashable, Sendable {
  /// There is a plan, or none is needed.
  case done
  /// There is a plan that does not hold what it should; the sentence says what.
  case doubtful(String)
  /// The policy cannot run here; the sentence says why, the hint a way out.
  case refused(String, hint: String? = nil)
}
