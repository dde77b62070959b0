import Scheduling

/// Rule: requests of a tenant that wait together start as a batch, and as many run side by side as are
/// predicted to serve more so than one after the other or as a batch. A request's launches go on a
/// stream of its own, unless fusing them with its peers' is predicted to serve a tenth more (`gate`).
/// Of those that fuse: ready launches of one fusion class go to the GPU as one super-kernel; among classes the
/// one that holds the launch with the least slack goes first; a super-kernel may wait up to
/// `window_us` for launches that are due, while every member's slack allows it and waiting fills
/// blocks that the last wave would leave idle. What does not fuse runs on streams beside, in slack
/// order, each stream in a hardware queue of its own as far as CUDA has them: in one that others share a
/// short request waits behind a long one. While the thread that launches is at work nothing is decided.
/// Tie-break: least slack, then the replica that became ready first. Ignores: DRAM demand.
/// Reference: Jain et al. 2018 §4; hold or go, the class order and eviction's numbers are ours.
public struct SpaceTimePolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "space-time",
    summary: "fuses ready launches of several tenants into super-kernels, formed as they arrive",
    source: "Jain et al. 2018 §4; hold or go and the class order are this project's",
    options: [
      PolicyOption(
        "gate", .choice(Gating.allCases.map(\.rawValue)), fallback: Gating.wherePays.rawValue,
        help: "whose launches the scheduler sends, so that they may fuse; others go on streams"),
      PolicyOption(
        "max_batch", .integer(1...4096), fallback: "32",
        help: "most waiting requests of a tenant that start as one batch"),
      PolicyOption(
        "hardware_queues", .integer(1...128), fallback: "32",
        help: "CUDA_DEVICE_MAX_CONNECTIONS of the scheduler's process: queues that streams share"),
      PolicyOption(
        "window_us", .number(0...1e6), fallback: "50",
        help: "how long a super-kernel may wait for launches that are due"),
      PolicyOption(
        "max_problems", .integer(1...4096), fallback: "128",
        help: "most launches in one super-kernel"),
      PolicyOption(
        "max_resident", .integer(1...128), fallback: "4",
        help: "most super-kernels on the GPU at once"),
      PolicyOption(
        "slo_aware", .flag, fallback: "true",
        help: "order by slack and hold only within it; else by readiness"),
      PolicyOption(
        "variable_size", .flag, fallback: "false",
        help: "also fuse launches of one kernel with different problem sizes"),
      PolicyOption(
        "fuse_single", .flag, fallback: "false",
        help: "a launch without partners goes through the batched call as well, at its cost"),
      PolicyOption(
        "cache_size", .integer(0...1_000_000), fallback: "256",
        help: "combinations remembered as prepared; the least recently used go first"),
      PolicyOption(
        "evict_stragglers", .flag, fallback: "true",
        help: "take replicas whose launches stay slow out of fusion"),
      PolicyOption(
        "straggler_ratio", .number(1...1e6), fallback: "1.5",
        help: "a replica is slow above this multiple of its peers' median"),
      PolicyOption(
        "straggler_patience", .integer(1...1_000_000), fallback: "50",
        help: "launches a replica must stay slow before it is evicted"),
      PolicyOption(
        "straggler_cooldown_ms", .number(0...1e9), fallback: "100",
        help: "how long an evicted replica gets no request"),
    ],
    rule: "requests of a tenant that wait together start as a batch, beside no more of "
      + "its own than is predicted to serve more; ready launches of one class go as "
      + "one super-kernel where that is predicted to pay, the class with the least "
      + "slack first; a super-kernel may wait up to window_us for launches that are "
      + "due while slack allows it; ties: the replica that became ready first",
    ignores: "DRAM demand",
    isInDefaultSet: true)

  let gating: Gating
  let maxBatch: Int
  private let queues: Int
  let windowNS: Int64
  let maxProblems: Int
  private let maxResident: Int
  let isSLOAware: Bool
  let fusesVariableSizes: Bool
  private let fusesSingle: Bool
  let evictsStragglers: Bool
  private var cache: CombinationCache
  var stragglers: StragglerMonitor
  /// The ready launches that no group has yet, in no order, and those of the present group: kept
  /// for their room.
  var candidates: [Candidate] = []
  var group: [Candidate] = []
  /// The idle replicas of the tenant at hand.
  var idle: [Int] = []
  /// By tenant: how many of its requests side by side still serve more; 0 where it was not asked.
  var besides: [Int] = []
  /// By program and peers: whether fusing pays, where it was asked.
  var gains: [[Bool?]] = []
  private var replicas: [Int] = []

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    let isSingle = options.flag("fuse_single", false)
    let word = options.word("gate", isSingle ? "always" : "where-it-pays")
    gating = Gating(rawValue: word) ?? .wherePays
    maxBatch = options.integer("max_batch", 32)
    queues = options.integer("hardware_queues", 32)
    windowNS = Int64(((options.number("window_us") ?? 50) * 1e3).rounded())
    maxProblems = options.integer("max_problems", 128)
    maxResident = options.integer("max_resident", 4)
    isSLOAware = options.flag("slo_aware", true)
    fusesVariableSizes = options.flag("variable_size", false)
    fusesSingle = options.flag("fuse_single", false)
    evictsStragglers = options.flag("evict_stragglers", true)
    cache = CombinationCache(capacity: options.integer("cache_size", 256))
    stragglers = StragglerMonitor(
      ratio: options.number("straggler_ratio") ?? 1.5,
      patience: options.integer("straggler_patience", 50),
      cooldownNS: Int64(((options.number("straggler_cooldown_ms") ?? 100) * 1e6).rounded()))
  }

  /// One scheduler process; what does not fuse has a stream each. It asks for the most hardware queues
  /// that CUDA_DEVICE_MAX_CONNECTIONS allows, 32 (CUDA C++ Programming Guide, CUDA Environment
  /// Variables), where a process that does not ask gets the testbed's.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: queues) }

  /// Requests and launches are this policy's decision.
  public var control: PolicyControl {
    fusesSingle ? [.requests, .launches, .singleSuperKernels] : [.requests, .launches]
  }

  /// What waits together may start together.
  public var largestBatch: Int { maxBatch }

  /// Watches launch latencies for stragglers.
  public mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView) {
    guard evictsStragglers else { return }
    switch event {
    case .launchEnded(let replica, _, let start, let predicted, _):
      let ratio = Double(view.now - start) / Double(max(1, predicted))
      stragglers.record(
        replica: replica, tenant: view.replicas[replica].tenant, ratio: ratio,
        replicaCount: view.replicas.count)
    case .requestEnded(let replica): stragglers.requestEnded(replica: replica)
    case .requestArrived: break
    }
  }

  /// Sends what should go now and asks to be woken for what is held.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    if evictsStragglers { evict(view, &decisions) }
    startRequests(view, &decisions)
    if view.ready.isEmpty { return }
    // What the busy thread could not send yet is better decided once it can: others join meanwhile.
    if view.schedulerFreeNS > view.now {
      decisions.append(.wake(atNS: view.schedulerFreeNS))
      return
    }
    var wake = Int64.max
    findCandidates(view)
    while takeGroup() {
      let isSuperKernel = group.count > 1 || fusesSingle
      if isSuperKernel, view.residentSuperKernels >= maxResident { continue }
      if let due = holdTime(view) {
        wake = min(wake, due)
        continue
      }
      // One thing at a time: the next is decided when the thread has sent this one.
      send(isSuperKernel: isSuperKernel, view, &decisions)
      break
    }
    if wake < .max { decisions.append(.wake(atNS: wake)) }
  }

  private mutating func send(
    isSuperKernel: Bool, _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    guard isSuperKernel else {
      let replica = group[0].replica
      let priority = view.tenants[view.replicas[replica].tenant].priority
      decisions.append(.launch(replica: replica, priority: priority))
      return
    }
    replicas.removeAll(keepingCapacity: true)
    for member in group { replicas.append(member.replica) }
    decisions.fuse(
      replicas, isCold: cache.use(key: group[0].key, size: group.count),
      isVariable: group.contains { $0.classID != group[0].classID })
  }

  /// Takes stragglers out of service; a tenant keeps one replica that serves its queue.
  private mutating func evict(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    guard stragglers.hasEvicted else { return }
    var excluded: [Int] = []
    for replica in stragglers.takeEvicted() {
      let hasOthers = view.tenants[view.replicas[replica].tenant].replicas.contains {
        $0 != replica && view.replicas[$0].excludedUntilNS <= view.now && !excluded.contains($0)
      }
      guard hasOthers else {
        stragglers.pardon(replica)
        continue
      }
      excluded.append(replica)
      decisions.append(.exclude(replica: replica, untilNS: view.now + stragglers.cooldownNS))
    }
  }
}
