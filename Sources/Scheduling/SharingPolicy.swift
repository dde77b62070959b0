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
  /// What so many of a tenant's batches take that begin at once in a part, each in a process of its
  /// own, from the host's start to the last answer.
  public var togetherNS:
    (_ tenant: Int, _ batch: Int, _ processes: Int, _ part: GPULayout.Part) -> Int64
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
    togetherNS: (
      (_ tenant: Int, _ batch: Int, _ processes: Int, _ part: GPULayout.Part) -> Int64
    )? =
      nil,
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
    // Without a profile of them, one after the other.
    self.togetherNS = togetherNS ?? { Int64($2) * latencyNS($0, $1, $3) }
    self.makespanNS = makespanNS
  }

  /// SMs of a percentage: whole TPCs, rounded down, one at least.
  public func sms(ofPercent percent: Double) -> Int {
    if percent >= 100 { return smCount }
    let sms = Int(Double(smCount) * percent / 100 + 1e-9)
    return max(smsPerTPC, sms / smsPerTPC * smsPerTPC)
  }
}

/// A rule for sharing one GPU among tenants.
///
/// What hardware does by itself (contexts in turn, the leftover block scheduler, streams) is named
/// by `mechanism`; what a policy decides itself is named by `control`. A policy sees a
/// `SchedulingView` and answers with `Decision`s; it cannot reach the engine, files or metrics.
///
/// Contract: `decide` is called at most once between two changes of the view, after all other
/// events of an instant; what it answers changes the view, so it is called again until it answers
/// nothing that does. It may answer nothing. What it answers is checked: a decision that cannot be
/// applied, or too many at one instant, end this policy's run with a sentence that says which.
public protocol SharingPolicy: Sendable {
  /// The policy's name, options and sources.
  static var descriptor: PolicyDescriptor { get }

  /// Creates the policy from options that were checked against the descriptor.
  init(_ options: PolicyOptions)

  /// How the hardware shares.
  var mechanism: SharingMechanism { get }

  /// The same where it depends on the tenants, of whom names, priorities and objectives are known.
  func mechanism(for tenants: [TenantView]) -> SharingMechanism

  /// What the policy decides itself.
  var control: PolicyControl { get }

  /// The largest batch the policy starts.
  var largestBatch: Int { get }

  /// Whether each tenant has one instance, on its first replica, however many it asks for.
  var hasOneInstance: Bool { get }

  /// Whether iterations of language models, whose requests come and go between them, take the place
  /// of requests under it. What starts requests by the times of their tables has no such times there.
  var servesIterations: Bool { get }

  /// Whether tenants whose requests are task graphs run under it.
  var runsTaskGraphs: Bool { get }

  /// Whether prefills and decodes of a language model's replica are iterations of their own, side by
  /// side.
  var splitsPhases: Bool { get }

  /// The SMs of the two sides while both run; asked when an iteration of either begins.
  func split(_ view: PhaseView) -> PhaseSplit

  /// How replicas of language models share their room for keys and values; nil where each has its own.
  var poolSharing: PoolSharing? { get }

  /// Plans before the first run, from what the view tells; `mechanism` then has what came of it.
  ///
  /// Depends on the view and the options alone.
  mutating func plan(_ view: PlanningView) -> PlanOutcome

  /// Why the policy has nothing to go by with these tenants, of whom names, priorities and
  /// objectives are known; nil where it has. Experiments in which it objects are refused.
  static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String?

  /// Whether the policy starts a request or batch only where no other is on the GPU.
  var startsOneAtATime: Bool { get }

  /// Hears of what happened, in order, before the next `decide`.
  mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView)

  /// Answers the present instant; `decisions` is empty when it is called.
  mutating func decide(_ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer)
}

extension SharingPolicy {
  /// One request at a time.
  public var largestBatch: Int { 1 }

  /// The same for all tenants.
  public func mechanism(for tenants: [TenantView]) -> SharingMechanism { mechanism }

  /// As many as the tenant asks for.
  public var hasOneInstance: Bool { false }

  /// All that leave the start of requests alone.
  public var servesIterations: Bool { !control.contains(.requests) }

  /// Only where it hands out tasks.
  public var runsTaskGraphs: Bool { false }

  /// One iteration for both.
  public var splitsPhases: Bool { false }

  /// Each has its own.
  public var poolSharing: PoolSharing? { nil }

  /// All SMs for both.
  public func split(_ view: PhaseView) -> PhaseSplit {
    PhaseSplit(decode: 0..<view.smCount, prefill: 0..<view.smCount)
  }

  /// Several at once.
  public var startsOneAtATime: Bool { false }

  /// Nothing but what the hardware does.
  public var control: PolicyControl { [] }

  /// Plans nothing.
  public mutating func plan(_ view: PlanningView) -> PlanOutcome { .done }

  /// Takes any tenants.
  public static func objection(
    to tenants: [TenantView], _ options: PolicyOptions
  ) -> String? { nil }

  /// Hears nothing.
  public mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView) {}

  /// Decides nothing.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {}
}

/// How the hardware shares the GPU among replicas.
public enum SharingMechanism: Hashable, Sendable {
  /// Every replica has a GPU of its own.
  case dedicated
  /// Every replica is a process; contexts take turns. Nil means the testbed's constant. Tenants
  /// named in `slicesNS` have slices of their own length.
  case timeSlices(sliceNS: Int64?, switchNS: Int64?, slicesNS: [String: Int64] = [:])
  /// Every replica is a process; all are resident together. Percentages by tenant name, or one for
  /// all under the empty name; none means no cap. Queues that all clients share; nil means that
  /// every client has its own.
  case mps(activeThreadPercentages: [String: Double], hardwareQueues: Int? = nil)
  /// One process; a stream per replica. Nil means the testbed's queues.
  case streams(hardwareQueues: Int?)
  /// Every replica is a process in a part of the GPU: SMs under MPS, or a MIG instance, in which
  /// its processes run under MPS.
  case partitions(GPULayout)
  /// Workers that take tasks from a queue, those of a task graph or the blocks of models' launches.
  case taskQueue(TaskQueue)
  /// Nothing runs: the least that any sharing needs is worked out from the arrivals (see `oracle`).
  case bound
}

/// What a policy decides itself instead of leaving it to arrival order.
public struct PolicyControl: OptionSet, Sendable {
  /// The bits.
  public let rawValue: Int

  /// Creates a set from its bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Which requests start, where and in which batches.
  public static let requests = PolicyControl(rawValue: 1)
  /// Which ready launches go to the device, and which of them together.
  public static let launches = PolicyControl(rawValue: 2)
  /// A super-kernel of one launch is one still: it costs what fusing does.
  public static let singleSuperKernels = PolicyControl(rawValue: 4)
  /// Launches are sent by the replicas' own threads, at their cost, as where nothing is decided; the
  /// policy holds them back or lets them go. Without it the scheduler's thread sends them.
  public static let ownThreads = PolicyControl(rawValue: 8)
}

/// What a policy hears.
public enum PolicyEvent: Sendable {
  /// A request joined a tenant's queue.
  case requestArrived(tenant: Int)
  /// A launch ended: on the device from `startNS`, one of `problems` in its super-kernel, which on
  /// the idle GPU takes `predictedNS`.
  case launchEnded(replica: Int, classID: Int, startNS: Int64, predictedNS: Int64, problems: Int)
  /// A replica finished its request or batch.
  case requestEnded(replica: Int)
}
