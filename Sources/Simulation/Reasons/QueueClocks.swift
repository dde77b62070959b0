import Scheduling

/// Tells a request's wait for a free replica from its wait for a batch.
///
/// By tenant a clock runs while no replica is free: none is idle, or the policy starts one request or
/// batch at a time and one is on the GPU. What the clock went on by while a request waited is its
/// time in the queue; the rest is the policy's doing.
struct QueueClocks {
  private struct Tenant {
    var idle: Int
    var reading: Int64 = 0
    var since: Int64 = 0
    var isRunning = false
    /// The readings at which the requests that wait arrived, first to last, from `head` on.
    var waiting: [Int64] = []
    var head = 0
  }

  /// Whether the policy decides which requests start; else one that waits has no replica.
  let isDecided: Bool
  /// Whether what the policy lets wait is to become a batch.
  let batches: Bool
  private let startsOneAtATime: Bool
  private var active = 0
  /// By tenant; where prefills run beside decodes, behind them those of the tenants' prefills.
  private var tenants: [Tenant]
  /// Of one kind.
  private let count: Int
  var hasSides: Bool { tenants.count > count }

  /// Those of a policy.
  init(_ experiment: Experiment, _ policy: any SharingPolicy) {
    let instances = experiment.tenants.map { policy.hasOneInstance ? 1 : $0.replicas }
    self.init(
      instances: instances, prefills: policy.splitsPhases ? instances : [],
      isDecided: policy.control.contains(.requests), batches: policy.largestBatch > 1,
      startsOneAtATime: policy.startsOneAtATime)
  }

  /// - Parameter instances: by tenant, how many requests or batches it may have at work.
  init(
    instances: [Int], prefills: [Int] = [], isDecided: Bool, batches: Bool, startsOneAtATime: Bool
  ) {
    self.isDecided = isDecided
    self.batches = batches
    self.startsOneAtATime = startsOneAtATime
    tenants = (instances + prefills).map { Tenant(idle: $0) }
    count = instances.count
  }

  /// The clock of a tenant's prefills, which is the tenant's where it has one for all.
  func prefills(of t: Int) -> Int { hasSides ? count + t : t }

  /// What a tenant's clocks say now: of its decodes, or all, and of its prefills.
  func readings(of t: Int, at now: Int64) -> SIMD2<Int64> {
    SIMD2(reading(t, now), reading(prefills(of: t), now))
  }

  mutating func arrived(_ t: Int, at now: Int64) {
    if isDecided { tenants[t].waiting.append(reading(t, now)) }
  }

  /// The first request that waits leaves the queue; returns how long no replica was free for it.
  mutating func left(_ t: Int, arrival: Int64, at now: Int64) -> Int64 {
    guard isDecided else { return now - arrival }
    let before = tenants[t].waiting[tenants[t].head]
    tenants[t].head += 1
    if tenants[t].head > 1_024, tenants[t].head * 2 > tenants[t].waiting.count {
      tenants[t].waiting.removeFirst(tenants[t].head)
      tenants[t].head = 0
    }
    return reading(t, now) - before
  }

  /// A replica begins, or with -1 it is idle again.
  mutating func note(_ change: Int, of t: Int, at now: Int64) {
    guard isDecided else { return }
    active += change
    tenants[t].idle -= change
    if startsOneAtATime {
      for other in tenants.indices { set(other, now) }
    } else {
      set(t, now)
    }
  }

  private mutating func set(_ t: Int, _ now: Int64) {
    let runs = tenants[t].idle <= 0 || startsOneAtATime && active > 0
    if runs == tenants[t].isRunning { return }
    tenants[t].reading = reading(t, now)
    tenants[t].since = now
    tenants[t].isRunning = runs
  }

  private func reading(_ t: Int, _ now: Int64) -> Int64 {
    tenants[t].reading + (tenants[t].isRunning ? now - tenants[t].since : 0)
  }
}
