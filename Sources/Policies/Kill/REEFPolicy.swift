import Scheduling

/// Rule: while a critical request has launches, they alone go, one request at a time, first come
/// first served; else all best-effort launches go. When one comes, what runs of the others is
/// killed, which takes `kill_us`, to run again after (`amd`), or is let end (`nvidia`). Beside each
/// critical launch goes the first best-effort one that fits (`padding`): an SM of it holds as many
/// blocks as the critical launch puts on one, and a round of it is no longer. The critical launch
/// gets ceil(blocks / ceil(blocks / SMs)) SMs, the other one the rest, and as many blocks as end there
/// by the prediction; it goes on from them later.
/// Tie-break: the lower replica. Ignores: deadlines, DRAM.
/// Up to `cap` (2) launches that had ended run again in the code, as it does not know; here the one
/// that was killed does. It is counted as killed and its time as wasted.
/// Follows code: SJTU-IPADS reef-artifacts 8750974, server/scheduler.cpp:262-300, 489-660 (MI50); the
/// cost of a kill is from memory of the paper (OSDI 2022: tens of us).
public struct REEFPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "reef",
    summary: "critical requests kill what runs; best-effort blocks fill the SMs they leave",
    source: "REEF (OSDI 2022), code SJTU-IPADS reef-artifacts 8750974, server/scheduler.cpp",
    options: [
      PolicyOption(
        "variant", .choice(["amd", "nvidia"]), fallback: "amd",
        help: "kill what runs, or let it end, as on GPUs that cannot kill"),
      PolicyOption(
        "kill_us", .number(0...1e6), fallback: "40",
        help: "from the kill to the critical launch (paper, from memory)"),
      PolicyOption(
        "padding", .flag, fallback: "true",
        help: "whether best-effort blocks go beside critical launches (code)"),
    ])

  private let kills: Bool
  private let pads: Bool
  private let killNS: Int64
  private var heldUntil: Int64 = 0
  /// By replica: whether what runs of it is padding.
  private var isPadding: [Bool] = []

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    kills = options.word("variant", "amd") == "amd"
    pads = options.flag("padding", true)
    killNS = options.nanoseconds("kill_us", unit: 1e3, 40)
  }

  /// One process, a stream each.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// One server sends.
  public var control: PolicyControl { .launches }

  /// Needs somebody who is more urgent.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    PriorityRule.objection(to: tenants)
  }

  /// Serves the first critical request, or all others.
  public mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    while isPadding.count < view.replicas.count { isPadding.append(false) }
    let critical = view.replicas.indices.filter { view.isCritical($0) && view.hasCome($0) }
    guard let first = critical.min(by: { (view.arrival(of: $0), $0) < (view.arrival(of: $1), $1) })
    else {
      for replica in view.replicas.indices where view.replicas[replica].phase == .ready {
        isPadding[replica] = false
        decisions.append(.launch(replica: replica, priority: 0))
      }
      return
    }
    if kills { killOthers(view, &decisions) }
    guard view.replicas[first].phase == .ready,
      !critical.contains(where: { view.replicas[$0].phase == .running })
    else { return }
    if view.now < heldUntil {
      decisions.append(.wake(atNS: heldUntil))
      return
    }
    serve(first, view, &decisions)
  }

  private mutating func killOthers(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    for replica in view.replicas.indices
    where view.replicas[replica].phase == .running && !view.isCritical(replica)
      && !isPadding[replica]
    {
      decisions.append(.kill(replica: replica))
      heldUntil = view.now + killNS
    }
  }

  private mutating func serve(
    _ first: Int, _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    let launch = view.launch(of: first)
    let layers = (launch.blocks + view.smCount - 1) / view.smCount
    let used = (launch.blocks + layers - 1) / layers
    let free = view.smCount - used
    let isOccupied = view.replicas.indices.contains { view.replicas[$0].phase == .running }
    guard pads, free > 0, !isOccupied else {
      decisions.append(.launch(replica: first, priority: 1))
      return
    }
    for replica in view.replicas.indices
    where view.replicas[replica].phase == .ready && !view.isCritical(replica) {
      let other = view.launch(of: replica)
      let (rounds, perSM) = other.rounds(onSMs: view.smCount)
      let round = max(1, (other.soloNS + Int64(rounds) - 1) / Int64(rounds))
      guard other.blocksPerSM >= min(layers, launch.blocksPerSM), round <= launch.soloNS else {
        continue
      }
      decisions.append(.launch(replica: first, priority: 1, sms: 0..<used))
      let blocks = free * Int(launch.soloNS / round) * perSM
      decisions.append(
        .launch(replica: replica, priority: 0, blocks: blocks, sms: used..<view.smCount))
      isPadding[replica] = true
      return
    }
    decisions.append(.launch(replica: first, priority: 1))
  }
}
