import Scheduling

/// Rule: of the language models on a GPU one prefill runs at a time, on the share of the SMs that its
/// model's prefills have, the models in turn; a prefill that might begin and lacks SMs holds decodes
/// back; then decodes of all models begin, in turn, each on its smaller share, while there are SMs.
/// SMs are booked in tenths, a few of which twice. Quotas of one KV pool, at first in proportion to
/// rate and bytes per token, move to those that are full (`PoolSharing`).
/// Tie-break: tenants' order, from the one behind the last that began; of the places with the fewest
/// tenths booked twice prefills have the first, decodes the last. Ignores: what launches ask of the
/// DRAM; objectives; the planner that puts models on GPUs.
/// Reference: MuxServe (arXiv 2404.02015), Algorithm 3; `muxsched/scheduler.py` (`adbs_schedule`) and
/// `muxsched/resource.py` of hao-ai-lab/MuxServe, read at 2249cfa. Where the two differ: a second
/// prefill waits, as in the paper; the code lets it begin where SMs suffice. The tenths booked twice
/// are counted over all that run, where the code counts those of each job anew. Ours: a job's tenths
/// lie side by side (the code draws them), and iterations of other tenants' models begin at once, on
/// all SMs.
public struct MuxServePolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "muxserve",
    summary: "prefills and decodes of several language models on shares of the SMs, one KV pool",
    source: "MuxServe (arXiv 2404.02015); hao-ai-lab/MuxServe, muxsched/scheduler.py",
    options: [
      PolicyOption(
        "prefill_share", .numberByTenant(20...100), fallback: "90",
        help: "percent of the SMs that prefills have, in tens (the published set-ups' 90)"),
      PolicyOption(
        "decode_share", .numberByTenant(20...100), fallback: "30",
        help: "percent of the SMs that decodes have, in tens (the published set-ups' 30)"),
      PolicyOption(
        "booked_twice", .integer(0...10), fallback: "4",
        help: "tenths of the SMs that two iterations may have together (the code's threshold)"),
      PolicyOption(
        "quota_interval_s", .number(0.001...1e6), fallback: "8",
        help: "from one moving of KV quotas to the next (the code's interval)"),
    ],
    rule: "one prefill at a time, models in turn; one that lacks SMs holds decodes back; then "
      + "decodes in turn while there are SMs; a model whose KV quota is 90 % full and for which requests "
      + "wait takes a tenth of its use from those less full",
    ignores: "DRAM between iterations; objectives; which models share a GPU")

  private let prefillShares: [String: Double]
  private let decodeShares: [String: Double]
  private let mostTwice: Int
  /// The quotas' constants.
  public let poolSharing: PoolSharing?
  private var smsPerTPC = 1
  /// By replica: the tenths of the SMs that its iteration has.
  private var held: [Range<Int>?] = []
  /// The replicas whose prefill, and whose decode, began last.
  private var last = (prefill: -1, decode: -1)

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    prefillShares = options.numbersByTenant("prefill_share")
    decodeShares = options.numbersByTenant("decode_share")
    mostTwice = options.integer("booked_twice", 4)
    let seconds = options.number("quota_interval_s") ?? 8
    poolSharing = PoolSharing(intervalNS: Int64((seconds * 1e9).rounded()))
  }

  /// A process for prefills and one for decodes of each model.
  public var mechanism: SharingMechanism { .mps(activeThreadPercentages: [:]) }

  /// It says which iterations begin.
  public var control: PolicyControl { .requests }

  /// That is what it is for.
  public var servesIterations: Bool { true }

  /// Prefills and decodes are iterations of their own.
  public var splitsPhases: Bool { true }

  /// Without a language model there is nothing to multiplex; shares are of language models.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    let models = tenants.filter(\.isLanguageModel)
    if models.isEmpty { return "no tenant is a language model, whose iterations it places" }
    for option in ["prefill_share", "decode_share"] {
      for (name, share) in options.numbersByTenant(option).sorted(by: { $0.key < $1.key }) {
        if share.truncatingRemainder(dividingBy: 10) != 0 {
          let text = share == share.rounded() ? "\(Int(share))" : "\(share)"
          return "is asked for a '\(option)' of \(text) %: shares are in tens"
        }
        if !name.isEmpty, !models.contains(where: { $0.name == name }) {
          return "'\(option)' of '\(name)' has no effect: it is no language model"
        }
      }
    }
    let policy = MuxServePolicy(options)
    if let model = models.first(where: {
      policy.tenths(of: $0.name, .decodes) > policy.tenths(of: $0.name, .prefills)
    }) {
      return "gives decodes of '\(model.name)' a larger share than its prefills"
    }
    return nil
  }

  /// Notes what SMs are handed out together.
  public mutating func plan(_ view: PlanningView) -> PlanOutcome {
    smsPerTPC = view.smsPerTPC
    return .done
  }

  /// Starts what waits of other tenants, then one iteration at a time: it is asked again.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    while held.count < view.replicas.count { held.append(nil) }
    var isPrefilling = false
    for r in view.replicas.indices {
      if view.replicas[r].phase == .idle {
        held[r] = nil
      } else if view.replicas[r].side == .prefills {
        isPrefilling = true
      }
    }
    startOthers(view, &decisions)
    if !isPrefilling {
      let due = due(.prefills, after: last.prefill, view)
      if let r = due.first(where: { start($0, view, &decisions) }) {
        last.prefill = r
        return
      }
      if !due.isEmpty { return }
    }
    let due = due(.decodes, after: last.decode, view)
    if let r = due.first(where: { start($0, view, &decisions) }) { last.decode = r }
  }

  /// Requests of tenants that are no language models, each on the replica that is idle longest.
  private func startOthers(_ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer) {
    for t in view.tenants.indices where !view.tenants[t].isLanguageModel {
      var idle = view.tenants[t].replicas.filter { view.replicas[$0].phase == .idle }
      let since = idle.map { view.replicas[$0].idleSinceNS }
      let order = idle.indices.sorted { (since[$0], idle[$0]) < (since[$1], idle[$1]) }
      idle = order.map { idle[$0] }
      for r in idle.prefix(view.tenants[t].waiting) {
        decisions.append(.start(tenant: t, replica: r, count: 1))
      }
    }
  }

  /// The replicas with an iteration of a side that might begin, in turn.
  private func due(
    _ side: IterationSide, after last: Int, _ view: borrowing SchedulingView
  ) -> [Int] {
    var due: [Int] = []
    for i in view.replicas.indices {
      let r = (last + 1 + i) % view.replicas.count
      if view.replicas[r].side == side, view.replicas[r].isDue { due.append(r) }
    }
    return due
  }

  /// Starts a replica's iteration where there are SMs for it; whether there are.
  private mutating func start(
    _ r: Int, _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) -> Bool {
    let (tenant, side) = (view.replicas[r].tenant, view.replicas[r].side)
    let count = tenths(of: view.tenants[tenant].name, side)
    guard let place = place(count, fromEnd: side == .decodes) else { return false }
    held[r] = place
    decisions.append(.setSMs(replica: r, sms(place, of: view.smCount)))
    decisions.append(.start(tenant: tenant, replica: r, count: 1))
    return true
  }

  private func tenths(of tenant: String, _ side: IterationSide) -> Int {
    let shares = side == .prefills ? prefillShares : decodeShares
    return Int((shares[tenant] ?? shares[""] ?? (side == .prefills ? 90 : 30)) / 10)
  }

  /// Tenths side by side for an iteration; nil where too many would be booked twice, or any thrice.
  private func place(_ count: Int, fromEnd: Bool) -> Range<Int>? {
    let booked = (0..<10).map { tenth in held.count { $0?.contains(tenth) ?? false } }
    let room = mostTwice - booked.count { $0 > 1 }
    var best: (place: Range<Int>, twice: Int)?
    for offset in 0...(10 - count) {
      let start = fromEnd ? 10 - count - offset : offset
      let place = start..<start + count
      let twice = booked[place].count { $0 == 1 }
      guard twice <= room, booked[place].allSatisfy({ $0 < 2 }) else { continue }
      if twice < best?.twice ?? .max { best = (place, twice) }
    }
    return best?.place
  }

  /// The SMs of tenths, cut at whole TPCs, one TPC at least; nil for all.
  private func sms(_ tenths: Range<Int>, of count: Int) -> Range<Int>? {
    if tenths.count == 10 { return nil }
    let tpcs = max(1, count / smsPerTPC)
    let start = min(tenths.lowerBound * tpcs / 10, tpcs - 1)
    let end = max(start + 1, tenths.upperBound * tpcs / 10)
    return start * smsPerTPC..<(end == tpcs ? count : end * smsPerTPC)
  }
}
