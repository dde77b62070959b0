import Scheduling

/// Rule: critical launches go at once, on the SMs kept for the critical: for each of their requests the
/// most that one of its next `window` launches needs (the first is next, or runs); a launch needs the
/// fewest TPCs on which it is predicted to take at most `slip` times what it takes on all. Best-effort
/// launches go at once too, as persistent workers: on the other SMs while a critical tenant has a
/// request, else on all. Workers that are on SMs kept now, or on some only when no critical request is
/// left, are told to stop: they look at a flag between two blocks, and the rest goes again. While a
/// critical tenant has a request, best-effort launches bound by memory (by the roofline, or of unknown
/// class) get at most `be_channels` of the DRAM's bandwidth together.
/// Tie-breaks: priority, then order of readiness; the lower SMs are the critical tenants'.
/// Ignores: deadlines; what a worker's loop, and moving data between channels, cost. Predictions are
/// from a block's time alone. Ours: the window's launches are those to come; channels are a share of
/// the bandwidth, taken from what runs at the instant at which a critical request comes, and critical
/// data are on all of them; with nobody else, critical launches have all SMs.
/// Follows [R] a third party's account of SGDRC (PPoPP 2025, arXiv 2407.13996): fewest TPCs of least
/// latency, the maximum over a window, workers that poll a flag, a third of the channels. No code or
/// full text was in reach.
public struct SGDRCPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "sgdrc",
    summary:
      "critical launches have the SMs they need, the others the rest and a third of the DRAM",
    source: "SGDRC (PPoPP 2025), arXiv 2407.13996: a third party's account",
    options: [
      PolicyOption(
        "slip", .number(1...100), fallback: "1",
        help: "how much slower than on all TPCs a critical launch may be (account: least latency)"),
      PolicyOption(
        "window", .integer(1...100_000), fallback: "8",
        help: "launches of a critical request whose greatest need is kept free (assumed)"),
      PolicyOption(
        "be_channels", .number(0.001...1), fallback: "1/3",
        help:
          "share of the DRAM's bandwidth for best-effort launches bound by memory, all together, "
          + "while a critical tenant has a request (account: a third of the channels)"),
    ],
    rule:
      "critical launches go at once on the fewest TPCs of least latency, the most over a window; "
      + "the others go on the rest, stop between blocks, and where bound by memory share "
      + "be_channels of the DRAM; ties: priority, readiness",
    ignores: "deadlines, and what polling and moving data between channels cost")

  private let slip: Double
  private let window: Int
  private let channels: Double
  private var smsPerTPC = 1
  /// Whether a critical tenant had a request when last asked.
  private var wasActive = false
  /// By replica: where its launch was sent that runs and was not told to stop, and whether its
  /// launches share `channels`.
  private var sent: [Range<Int>?] = []
  private var isConfined: [Bool] = []
  private var isCritical: [Bool] = []

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    slip = options.number("slip") ?? 1
    window = options.integer("window", 8)
    channels = options.number("be_channels") ?? 1.0 / 3
  }

  /// One server process, a stream each.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// The server sends.
  public var control: PolicyControl { .launches }

  /// Needs somebody who is more urgent.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    PriorityRule.objection(to: tenants)
  }

  /// Learns how many SMs are handed out together.
  public mutating func plan(_ view: PlanningView) -> PlanOutcome {
    smsPerTPC = max(1, view.smsPerTPC)
    return .done
  }

  /// Keeps SMs free, stops who is on them, and sends what is ready.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    while sent.count < view.replicas.count {
      isCritical.append(view.isCritical(sent.count))
      sent.append(nil)
      isConfined.append(false)
    }
    let top = view.topPriority
    var (isActive, hasOthers) = (false, false)
    for t in view.tenants.indices {
      if view.tenants[t].priority < top {
        hasOthers = true
      } else if view.idleSince(of: t) == nil {
        isActive = true
      }
    }
    if isActive != wasActive, channels < 1 {
      decisions.append(.limitDRAM(fraction: isActive ? channels : 1))
    }
    wasActive = isActive
    // What a critical launch was sent on stays its own to its end.
    var kept = isActive ? reserve(view) : 0
    for r in sent.indices where view.replicas[r].phase != .running { sent[r] = nil }
    for r in sent.indices where isCritical[r] { kept = max(kept, sent[r]?.upperBound ?? 0) }
    for r in sent.indices where !isCritical[r] {
      guard let sms = sent[r], sms.lowerBound < kept || !isActive && sms.lowerBound > 0 else {
        continue
      }
      decisions.append(.stop(replica: r))
      sent[r] = nil
    }
    for r in view.ready where isCritical[r] {
      let isMasked = hasOthers && kept < view.smCount
      sent[r] = 0..<kept
      decisions.append(.launch(replica: r, priority: 1, sms: isMasked ? sent[r] : nil))
    }
    if kept < view.smCount { sendOthers(on: kept..<view.smCount, view, &decisions) }
  }

  /// Sends best-effort launches, the more urgent tenants' first.
  private mutating func sendOthers(
    on sms: Range<Int>, _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    for t in view.tenants.indices {
      for r in view.ready where view.replicas[r].tenant == t && !isCritical[r] {
        let isBound = view.launch(of: r).isBoundByMemory
        if isBound != isConfined[r] { decisions.append(.confine(replica: r, isBound)) }
        isConfined[r] = isBound
        sent[r] = sms
        decisions.append(.launch(replica: r, sms: sms.lowerBound > 0 ? sms : nil))
      }
    }
  }

  /// SMs that critical requests may need soon, all of them where they add up to more.
  func reserve(_ view: borrowing SchedulingView) -> Int {
    var sum = 0
    for r in view.replicas.indices where isCritical[r] && view.replicas[r].phase != .idle {
      let launches = view.programs[view.replicas[r].program].launches
      let first = view.replicas[r].launch
      var most = 0
      for i in first..<max(first, min(first + window, launches.count)) {
        most = max(most, launches[i].fewestSMs(slip: slip, smsPerTPC, of: view.smCount))
        if most == view.smCount { return most }
      }
      sum += most
    }
    return min(sum, view.smCount)
  }
}
