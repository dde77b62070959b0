import Scheduling

/// Rule: a language model's replica runs its prefills and its decodes side by side, on disjoint SMs
/// while both have an iteration, on all SMs while one has. `fixed` gives decodes a share; `adaptive`
/// gives them the fewest whole TPCs with which their present batch is predicted to keep the tokens'
/// objective, worked out anew at each iteration's start.
/// Tie-break: decodes have the first SMs. Ignores: what the other side does to the DRAM; requests'
/// own objectives.
/// Reference: the common rule of Bullet (ASPLOS'26), DuetServe (arXiv 2511.04791), MuxWise (arXiv
/// 2504.14489) and semi-PD (arXiv 2504.19867); which of them decide every layer and which every
/// iteration is not told apart.
public struct PDMultiplexPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "pd-multiplex",
    summary: "prefill and decode iterations of a language model side by side on two sets of SMs",
    source: "Bullet (ASPLOS'26), DuetServe (arXiv 2511.04791), MuxWise (arXiv 2504.14489)",
    options: [
      PolicyOption(
        "split", .choice(["adaptive", "fixed"]), fallback: "adaptive",
        help: "the fewest SMs that keep slo_tpot_ms for decodes, or a share of them"),
      PolicyOption(
        "decode_share", .number(1...99), fallback: "50",
        help: "percent of the SMs that decodes have, rounded down to whole TPCs; split fixed only"),
    ],
    rule: "decodes have the first SMs, prefills the others, while both have an iteration; each has "
      + "all of them while it is alone",
    ignores: "DRAM between the two; tensor parallel ranks")

  private let isAdaptive: Bool
  private let share: Double

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    isAdaptive = options.word("split", "adaptive") == "adaptive"
    share = options.number("decode_share") ?? 50
  }

  /// One process: both sides read one set of weights and one pool.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// Prefills and decodes are iterations of their own.
  public var splitsPhases: Bool { true }

  /// Without a language model there is nothing to split; without an objective nothing to keep.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    let models = tenants.filter(\.isLanguageModel)
    if models.isEmpty { return "no tenant is a language model, whose iterations it splits" }
    let isAdaptive = options.word("split", "adaptive") == "adaptive"
    if isAdaptive, options.number("decode_share") != nil {
      return "'decode_share' has no effect with the split 'adaptive'"
    }
    if isAdaptive, let model = models.first(where: { $0.tokenGapNS == nil }) {
      return "the split 'adaptive' keeps 'slo_tpot_ms', which '\(model.name)' does not have"
    }
    return nil
  }

  /// Each side needs SMs of its own.
  public func plan(_ view: PlanningView) -> PlanOutcome {
    if view.smCount > max(1, view.smsPerTPC) { return .done }
    return .refused(
      "\(view.gpu) has one TPC, which leaves no SMs for prefills beside decodes",
      hint: "a policy that runs both on all SMs, as space-only does")
  }

  /// The SMs of each side while both run.
  public func split(_ view: PhaseView) -> PhaseSplit {
    let (all, step) = (view.smCount, view.smsPerTPC)
    // Each side has a TPC at least.
    let most = max(step, (all - 1) / step * step)
    var decode = min(most, max(step, Int(Double(all) * share / 100) / step * step))
    if isAdaptive {
      decode = step
      while decode < most, view.decodeNS(decode) > view.tokenGapNS { decode += step }
    }
    return PhaseSplit(decode: 0..<decode, prefill: decode..<all)
  }
}
