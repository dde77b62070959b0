import Scheduling

/// Rule: replicas' own threads send their launches into a queue each; the policy suspends queues and
/// lets them go. A queue that may go is filled up to `in_flight` launches whenever no more than
/// `in_flight` − `batch` are in it. What a suspended queue does depends on the `level`: 1 drains what
/// is in it, 2 ends the launch that runs, 3 interrupts it, which takes `interrupt_us`.
/// Which may go (`rule`): `hpf` those of the highest priority with work; `kedf` the `k` of the earliest
/// deadlines; `lax` as hpf, but a request that is `laxity_ms` old is above all; `up` tenants in a ring,
/// `slice_ms` × share / sum of shares each; `cfs` the tenant of least time over share, a slice long.
/// Tie-break: the lower replica (the code orders equal deadlines unstably), the lower tenant.
/// Ignores: what launches do to each other on the GPU. An interrupt saves what ran; here blocks amid
/// are run again, those that have ended are not. Idle queues do not count towards `k`, as they do in
/// the code.
/// Follows code and paper: XpuOS/xsched bd494cb, sched/src/policy; OSDI 2025.
public struct XSchedPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "xsched",
    summary: "suspends and resumes clients' queues by one of five rules, at three levels",
    source: "XSched (OSDI 2025), code XpuOS/xsched bd494cb, sched/src/policy",
    options: [
      PolicyOption(
        "rule", .choice(Rule.allCases.map(\.rawValue)), fallback: "hpf",
        help: "which queues may go (code: highest priority first is its first)"),
      PolicyOption(
        "level", .integer(1...3), fallback: "1",
        help: "how a queue is suspended (1 works on every GPU)"),
      PolicyOption(
        "in_flight", .integer(1...4096), fallback: "16",
        help: "most launches of a queue on the way to the GPU (code)"),
      PolicyOption(
        "batch", .integer(1...4096), fallback: "8",
        help: "launches by which a queue is refilled, at most in_flight (code)"),
      PolicyOption(
        "interrupt_us", .number(0...1e6), fallback: "32",
        help: "what an interrupt takes at level 3 (paper: GV100)"),
      PolicyOption(
        "k", .integer(1...4096), fallback: "1", help: "queues that go under kedf (code)"),
      PolicyOption(
        "slice_ms", .number(0.001...1e6), fallback: "5", help: "slice of up and cfs (code)"),
      PolicyOption(
        "share", .numberByTenant(0.001...1e6), fallback: "1",
        help: "a tenant's share under up and cfs (equal parts)"),
      PolicyOption(
        "laxity_ms", .number(0...1e9), fallback: "slo",
        help: "age at which a request is urgent under lax (this project: SLO less its time alone)"),
    ])

  let rule: Rule
  let k: Int
  let sliceNS: Int64
  let shares: [String: Double]
  let laxityNS: Int64?
  private let level: Int
  private let limit: Int
  private let batch: Int
  private let interruptNS: Int64
  /// By replica: launches in its queue.
  private var queued: [Int] = []
  /// Until when an interrupt has the GPU.
  private var interruptedUntil: Int64 = 0
  /// Under up and cfs: whose turn it is, since and until when; time over share by tenant.
  var turn: (tenant: Int, sinceNS: Int64, untilNS: Int64)?
  var usedTime: [Double] = []

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    rule = Rule(rawValue: options.word("rule", "hpf")) ?? .highestPriority
    level = options.integer("level", 1)
    limit = options.integer("in_flight", 16)
    batch = min(options.integer("batch", 8), limit)
    interruptNS = options.nanoseconds("interrupt_us", unit: 1e3, 32)
    k = options.integer("k", 1)
    sliceNS = max(1, options.nanoseconds("slice_ms", unit: 1e6, 5))
    shares = options.numbersByTenant("share")
    laxityNS = options.has("laxity_ms") ? options.nanoseconds("laxity_ms", unit: 1e6, 0) : nil
  }

  /// Processes that are resident together.
  public var mechanism: SharingMechanism { .mps(activeThreadPercentages: [:]) }

  /// Clients send their launches themselves.
  public var control: PolicyControl { [.launches, .ownThreads] }

  /// Each rule needs what it goes by.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    if options.integer("batch", 8) > options.integer("in_flight", 16), options.has("batch") {
      return "has a batch above in_flight: a queue is refilled up to that"
    }
    let hasSLO = tenants.contains { $0.sloNS < .max / 4 }
    switch Rule(rawValue: options.word("rule", "hpf")) ?? .highestPriority {
    case .highestPriority: return PriorityRule.objection(to: tenants)
    case .earliestDeadline:
      return hasSLO ? nil : "needs an objective: no tenant has a \"slo_ms\""
    case .laxity:
      let hasLaxity = hasSLO || options.has("laxity_ms")
      return hasLaxity ? nil : "needs an objective or laxity_ms: no tenant has a \"slo_ms\""
    case .utilization, .fair: return nil
    }
  }

  /// A launch has left its queue.
  public mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView) {
    switch event {
    case .launchEnded(let replica, _, _, _, _) where replica < queued.count:
      queued[replica] = max(0, queued[replica] - 1)
    case .requestEnded(let replica) where replica < queued.count: queued[replica] = 0
    default: break
    }
  }

  /// Fills the queues that may go, and stops those that may not.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    while queued.count < view.replicas.count { queued.append(0) }
    while usedTime.count < view.tenants.count { usedTime.append(0) }
    var wake = Int64.max
    let goes = runnable(view, &wake)
    for replica in view.replicas.indices where !goes[replica] && level == 3 {
      guard view.replicas[replica].phase == .running else { continue }
      decisions.append(.kill(replica: replica, keepingBlocks: true))
      interruptedUntil = view.now + interruptNS
    }
    for replica in view.ready {
      if goes[replica], queued[replica] <= limit - batch {
        let left = view.programs[view.replicas[replica].program].launches.count
        queued[replica] = min(limit, left - view.replicas[replica].launch)
      }
      guard goes[replica] || level == 1 && queued[replica] > 0 else { continue }
      if view.now < interruptedUntil {
        wake = min(wake, interruptedUntil)
      } else {
        decisions.append(.launch(replica: replica))
      }
    }
    if wake < .max { decisions.append(.wake(atNS: max(wake, view.now + 1))) }
  }
}
