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
