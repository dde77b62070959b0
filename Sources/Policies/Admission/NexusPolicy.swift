import Scheduling

/// Rule: loads are packed into a cycle in which each model runs one batch (`NexusNode`); of what is
/// more than a GPU takes, every model gives up the same part, spread evenly over its arrivals. On the
/// free GPU the next model in turn that has requests runs those that wait, up to its batch; before it
/// does, requests are dropped from the front until the first would end in time in the batch behind it.
/// Loads are counted anew every `epoch_s`, unless `rates_rps` declares them; before the first count,
/// batches are the largest with 2 L(b) <= SLO and nothing is given up.
/// Tie-break: tenant order. Ignores: priorities; further GPUs; the sleep till a cycle's end.
/// Follows the code: Nexus b436191 (2019), backend_delegate.cpp:515-576, scheduler.cpp:699-1000, by
/// policies.md; on one GPU, giving up is this project's.
public struct NexusPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "nexus",
    summary: "squishy bin packing: batches in cycles that meet the SLOs, the rest is dropped early",
    source: "code: Nexus b436191, scheduler.cpp:699-1000 (Shen et al., SOSP'19)",
    options: [
      PolicyOption(
        "max_batch", .integer(1...4096), fallback: "32",
        help: "the largest batch; at most the table's (this project's)"),
      PolicyOption(
        "rates_rps", .numberByTenant(0.001...1e9), fallback: "counted",
        help: "the loads that are planned for, in requests a second"),
      PolicyOption(
        "epoch_s", .number(0.001...1e6), fallback: "1",
        help: "how often loads are counted and packed anew (Nexus: 30, over hours)"),
    ],
    rule: "models take turns with the batches that their loads fill in a cycle the SLOs allow; of "
      + "a load beyond one GPU every model gives up the same part; what cannot end in time in its "
      + "batch is dropped; ties: tenant order",
    ignores: "priorities, further GPUs, sleeping till the end of a cycle")

  /// The largest batch that is started.
  public let largestBatch: Int
  private let declared: [String: Double]
  private let epochNS: Int64
  private var queue = WaitingRequests()
  private var times = BatchTimes()
  private var arrivals: [Int] = []
  private var epochStartNS: Int64 = 0
  /// By tenant: its batch.
  private(set) var batches: [Int] = []
  /// The part of all loads that is served.
  private(set) var part = 1.0
  private var credits: [Double] = []
  private var next = 0

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    largestBatch = options.integer("max_batch", 32)
    declared = options.numbersByTenant("rates_rps")
    epochNS = Int64(((options.number("epoch_s") ?? 1) * 1e9).rounded())
  }

  /// Without objectives there are no cycles.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    ObjectiveRule.objection(to: tenants)
  }

  /// Batches take the place of replicas.
  public var hasOneInstance: Bool { true }
  /// Models take turns.
  public var startsOneAtATime: Bool { true }
  /// One process, one stream at work.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }
  /// Batches and drops are this policy's decision.
  public var control: PolicyControl { .requests }

  /// Counts what arrives.
  public mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView) {
    guard case .requestArrived(let tenant) = event else { return }
    if batches.isEmpty { begin(view) }
    if declared.isEmpty, view.now - epochStartNS >= epochNS { beginEpoch(view) }
    queue.arrived(tenant, at: view.now)
    arrivals[tenant] += 1
    credits[tenant] += part
  }

  /// Drops what is given up or lost, and runs the next batch on the free GPU.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    for t in batches.indices {
      // As many are given up as arrivals have left without a credit, the oldest first.
      while queue.count(of: t) > 0, Double(queue.count(of: t)) > credits[t] + 0.999_999 {
        drop(t, &decisions)
      }
    }
    guard view.activeReplicas == 0 else { return }
    for i in batches.indices {
      let t = (next + i) % batches.count
      if let late = dropLate(t, view, &decisions) { decisions.append(.wake(atNS: late)) }
      let count = min(queue.count(of: t), batches[t])
      guard count > 0, ends(t, 0, view) else { continue }
      let replica = view.tenants[t].replicas.lowerBound
      decisions.append(.start(tenant: t, replica: replica, count: count))
      queue.removeFirst(count, of: t)
      credits[t] -= Double(count)
      next = (t + 1) % batches.count
      return
    }
  }

  /// Drops from the front what would end late; answers when to look again where the first came only
  /// now: clients of a closed loop ask again at once, and are told once at an instant.
  private mutating func dropLate(
    _ t: Int, _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) -> Int64? {
    while queue.count(of: t) > 0, !ends(t, 0, view) {
      if queue.arrival(0, of: t) >= view.now { return view.now + max(1, view.tenants[t].sloNS) }
      drop(t, &decisions)
      credits[t] -= 1
    }
    return nil
  }

  private mutating func drop(_ t: Int, _ decisions: inout DecisionBuffer) {
    decisions.append(.reject(tenant: t))
    queue.removeFirst(1, of: t)
  }

  /// Whether the first request ends in time in a batch with those behind it.
  private func ends(_ t: Int, _ place: Int, _ view: borrowing SchedulingView) -> Bool {
    let size = min(batches[t], queue.count(of: t) - place)
    let due = queue.arrival(place, of: t) + view.tenants[t].sloNS
    return due >= view.now + times.soloNS(of: t, batch: size)
  }

  // MARK: - Planning

  private mutating func begin(_ view: borrowing SchedulingView) {
    times.look(at: view, upTo: largestBatch)
    let count = view.tenants.count
    arrivals = Array(repeating: 0, count: count)
    credits = Array(repeating: 0, count: count)
    batches = (0..<count).map { session($0, rate: 0, view).largestBatch ?? 1 }
    if declared.isEmpty { return }
    plan(view, rates: view.tenants.map { declared[$0.name] ?? declared[""] ?? 0 })
  }

  private mutating func beginEpoch(_ view: borrowing SchedulingView) {
    let seconds = Double(view.now - epochStartNS) / 1e9
    plan(view, rates: arrivals.map { Double($0) / seconds })
    epochStartNS = view.now
    arrivals = arrivals.map { _ in 0 }
  }

  private mutating func plan(_ view: borrowing SchedulingView, rates: [Double]) {
    var sessions: [NexusSession] = []
    for t in view.tenants.indices {
      var session = session(t, rate: rates[t], view)
      // One that no plan can serve is tried at its turn, and takes nothing from the others.
      if session.latency(1) >= session.sloNS { session.rate = 0 }
      sessions.append(session)
    }
    part = 1
    guard let (part, node) = NexusNode.admitted(sessions) else { return }
    self.part = part
    for t in batches.indices {
      batches[t] = node.batches[t] > 0 ? node.batches[t] : sessions[t].largestBatch ?? 1
    }
  }

  private func session(
    _ t: Int, rate: Double, _ view: borrowing SchedulingView
  ) -> NexusSession {
    NexusSession(
      rate: rate, sloNS: Double(view.tenants[t].sloNS),
      latencyNS: times.all(of: t).map { Double($0) })
  }
}
