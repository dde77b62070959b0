import Scheduling

/// Rule: latency-critical launches go at once, on a stream of high priority. A best-effort launch
/// goes if no launch of a critical request has gone yet; or if its client is in its first
/// `warmup_requests`; or if it and what else went at this instant need at most `sm_threshold` SMs,
/// and its class (arithmetic or memory, by the roofline) is unknown or not that of the critical
/// request's last launch. Every best-effort launch adds its time alone to a sum; past `duration_us`
/// none goes until all that are on the GPU have ended, then the sum is 0 again.
/// Tie-break: best-effort replicas in turn, from the one after the last served.
/// Ignores: what a launch really takes beside another; copies. The need for SMs is not capped, so a
/// launch of more than the threshold never goes beside a critical one. A poll of the code is an
/// instant here; the classes are the roofline's alone, without its measured throughputs.
/// Follows code: eth-easl/orion aded65d, src/scheduler/scheduler_eval.cpp; several critical replicas
/// are this project's reading: the class must differ from that of each.
public struct OrionPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "orion",
    summary: "best-effort launches go beside critical ones only if small and of the other class",
    source: "Orion (EuroSys 2024), code eth-easl/orion aded65d, scheduler_eval.cpp",
    options: [
      PolicyOption(
        "sm_threshold", .integer(1...100_000), fallback: "SMs",
        help: "most SMs that best-effort launches of one instant need (code, inference: all)"),
      PolicyOption(
        "duration_us", .number(0...1e9), fallback: "160",
        help: "best-effort time after which they drain (published runs: ResNet-50 160)"),
      PolicyOption(
        "warmup_requests", .integer(0...1_000_000), fallback: "10",
        help: "a client's first requests pass without a check (code)"),
    ])

  private let threshold: Int?
  private let durationNS: Int64
  private let warmup: Int
  private var pollAt: Int64 = -1
  private var pollSMs = 0
  private var sum: Int64 = 0
  private var isDraining = false
  private var lastServed = -1
  /// By replica: requests that have ended.
  private var ended: [Int] = []
  /// By replica: of a critical request under way, whether its last launch was bound by arithmetic;
  /// nil where none has gone.
  private var lastClass: [Bool??] = []

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    threshold = options.number("sm_threshold").map { Int($0) }
    durationNS = options.nanoseconds("duration_us", unit: 1e3, 160)
    warmup = options.integer("warmup_requests", 10)
  }

  /// One process, a stream each.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// One thread sends what clients have queued.
  public var control: PolicyControl { .launches }

  /// Needs somebody who is more urgent.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    PriorityRule.objection(to: tenants)
  }

  /// Counts requests.
  public mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView) {
    guard case .requestEnded(let replica) = event else { return }
    prepare(view)
    ended[replica] += 1
    lastClass[replica] = nil
  }

  private mutating func prepare(_ view: borrowing SchedulingView) {
    while ended.count < view.replicas.count {
      ended.append(0)
      lastClass.append(nil)
    }
  }

  /// Lets critical launches go, then the best-effort ones that may.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    if view.ready.isEmpty { return }
    prepare(view)
    if view.now > pollAt { (pollAt, pollSMs) = (view.now, 0) }
    for replica in view.ready where view.isCritical(replica) {
      decisions.append(.launch(replica: replica, priority: 1))
      lastClass[replica] = .some(Self.isArithmetic(view.launch(of: replica)))
    }
    let others = view.replicas.indices.filter { !view.isCritical($0) }
    if isDraining {
      if others.contains(where: { view.replicas[$0].phase == .running }) { return }
      (isDraining, sum) = (false, 0)
    }
    let count = view.replicas.count
    let first = lastServed + 1
    for step in 0..<count {
      let replica = (first + step) % count
      guard view.replicas[replica].phase == .ready, !view.isCritical(replica),
        mayGo(replica, view)
      else { continue }
      decisions.append(.launch(replica: replica, priority: 0))
      lastServed = replica
      pollSMs += view.launch(of: replica).neededSMs
      sum += view.launch(of: replica).soloNS
      if sum > durationNS {
        isDraining = true
        return
      }
    }
  }

  private func mayGo(_ replica: Int, _ view: borrowing SchedulingView) -> Bool {
    if lastClass.allSatisfy({ $0 == nil }) || ended[replica] < warmup { return true }
    let launch = view.launch(of: replica)
    guard pollSMs + launch.neededSMs <= threshold ?? view.smCount else { return false }
    guard let own = Self.isArithmetic(launch) else { return true }
    for case .some(let critical) in lastClass where critical == own { return false }
    return true
  }

  private static func isArithmetic(_ launch: LaunchView) -> Bool? {
    launch.intensity.map { $0 > 1 }
  }
}
