import Scheduling

/// Rule, plan: for each tenant the share of the SMs and the batch b that give the most
/// (b / L) / (L x share) among those with L + b / rate <= SLO (a batch is gathered and run), else
/// among those with L <= SLO, else one request on the whole GPU; shares in steps of a tenth.
/// Rule, run: one batch of a tenant at a time, on its share of SMs that nobody has; tenants go by
/// their oldest request's deadline. One for which there is no room holds back those behind it that
/// would end later than it must begin. SMs are taken from the lowest up, in one piece.
/// Tie-breaks: the smaller share, then the smaller batch; tenant order. Ignores: DRAM, priorities,
/// and what processes cost that stand by for another share.
/// Follows the paper's abstract and a third party's account (Dhakal et al., arXiv 2304.13541), the
/// order of work from memory: sessions of one turn per SLO are here deadlines and room held back.
public struct DStackPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "d-stack",
    summary: "batches on the share of the SMs at each model's knee, side by side by deadline",
    source: "Dhakal et al., arXiv 2304.13541 (abstract; the rest from memory)",
    options: [
      PolicyOption(
        "max_batch", .integer(1...4096), fallback: "16",
        help: "the largest batch of a plan; 16 as in the paper's figures, from memory")
    ],
    rule: "Each tenant's share and batch of most (b / L) / (L x share) within the SLO; batches go "
      + "by deadline to SMs that nobody has, and what waits for room holds back the longer.",
    ignores: "DRAM, priorities, processes that stand by for another share")

  /// What a tenant runs: its batch, on so many SMs, and what each size up to it takes there.
  struct Choice: Hashable, Sendable {
    var batch: Int
    var sms: Int
    var latencyNS: [Int64]
  }

  /// The largest batch of a plan.
  public let largestBatch: Int
  /// By tenant's name.
  private(set) var choices: [String: Choice] = [:]
  private var byTenant: [Choice] = []
  /// The SMs in use, ascending, and by whom.
  private var busy: [(replica: Int, sms: Range<Int>)] = []

  /// Creates the policy.
  public init(_ options: PolicyOptions) { largestBatch = options.integer("max_batch", 16) }

  /// Processes under MPS.
  public var mechanism: SharingMechanism { .mps(activeThreadPercentages: [:]) }
  /// Which requests start where is this policy's.
  public var control: PolicyControl { .requests }
  /// A model runs once at a time.
  public var hasOneInstance: Bool { true }

  /// Needs an objective of every tenant.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    ObjectiveRule.objection(to: tenants)
  }

  /// Finds each tenant's knee.
  public mutating func plan(_ view: PlanningView) -> PlanOutcome {
    if let refusal = Objectives.refusal(view) { return refusal }
    choices = [:]
    for t in view.tenants.indices { choices[view.tenants[t].name] = choice(of: t, view) }
    return .done
  }

  private func choice(of t: Int, _ view: PlanningView) -> Choice {
    let tenant = view.tenants[t]
    let slo = Double(tenant.sloNS ?? .max / 4)
    var best: (rank: Int, efficacy: Double, batch: Int, percent: Int) = (0, 0, 1, 100)
    for percent in stride(from: 10, through: 100, by: 10) {
      let part = GPULayout.Part.sms(0..<view.sms(ofPercent: Double(percent)))
      for batch in tenant.batches where batch <= largestBatch {
        let latency = Double(view.latencyNS(t, batch, part))
        let gathering = tenant.requestsPerSecond > 0 ? Double(batch) / tenant.requestsPerSecond : 0
        let rank = latency + gathering * 1e9 <= slo ? 2 : latency <= slo ? 1 : 0
        let efficacy = Double(batch) / (latency * latency * Double(percent))
        guard rank > 0, (rank, efficacy) > (best.rank, best.efficacy) else { continue }
        best = (rank, efficacy, batch, percent)
      }
    }
    let sms = view.sms(ofPercent: Double(best.percent))
    return Choice(
      batch: best.batch, sms: sms,
      latencyNS: (1...best.batch).map { view.latencyNS(t, $0, .sms(0..<sms)) })
  }

  /// Takes back the SMs of what has ended.
  public mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView) {
    guard case .requestEnded(let replica) = event else { return }
    busy.removeAll { $0.replica == replica }
  }

  /// Starts batches for which there is room.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    if byTenant.count < view.tenants.count {
      for tenant in view.tenants {
        byTenant.append(choices[tenant.name] ?? Choice(batch: 1, sms: view.smCount, latencyNS: [0]))
      }
    }
    var started: Set<Int> = []
    var mustBegin = Int64.max
    while let t = mostUrgent(view, without: started) {
      started.insert(t)
      let choice = byTenant[t]
      let count = min(view.tenants[t].waiting, choice.batch)
      let latency = choice.latencyNS[count - 1]
      guard let sms = room(choice.sms, of: view.smCount), view.now + latency <= mustBegin else {
        mustBegin = min(
          mustBegin, view.tenants[t].oldestArrivalNS + view.tenants[t].sloNS - latency)
        continue
      }
      let replica = view.tenants[t].replicas.lowerBound
      busy.append((replica, sms))
      busy.sort { $0.sms.lowerBound < $1.sms.lowerBound }
      decisions.append(.setSMs(replica: replica, sms.count == view.smCount ? nil : sms))
      decisions.append(.start(tenant: t, replica: replica, count: count))
    }
  }

  /// The tenant without a batch on the GPU whose oldest request is due first.
  private func mostUrgent(_ view: borrowing SchedulingView, without seen: Set<Int>) -> Int? {
    var best: (tenant: Int, deadline: Int64)?
    for t in view.tenants.indices where view.tenants[t].waiting > 0 && !seen.contains(t) {
      if view.replicas[view.tenants[t].replicas.lowerBound].phase != .idle { continue }
      let deadline = view.tenants[t].oldestArrivalNS + view.tenants[t].sloNS
      if let best, best.deadline <= deadline { continue }
      best = (t, deadline)
    }
    return best?.tenant
  }

  /// The lowest free SMs in one piece.
  private func room(_ count: Int, of all: Int) -> Range<Int>? {
    var next = 0
    for (_, sms) in busy {
      if sms.lowerBound - next >= count { break }
      next = sms.upperBound
    }
    return next + count <= all ? next..<next + count : nil
  }
}
