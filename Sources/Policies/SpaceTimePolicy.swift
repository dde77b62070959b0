import Scheduling

/// Rule: ready launches of one fusion class go to the GPU as one super-kernel; among classes the
/// one that holds the launch with the least slack goes first; a super-kernel may wait up to
/// `window_us` for launches that are due, while every member's slack allows it and waiting fills
/// blocks that the last wave would leave idle. What does not fuse runs on streams beside, in slack
/// order. While the thread that launches is at work nothing is decided.
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
    ])

  private let windowNS: Int64
  private let maxProblems: Int
  private let maxResident: Int
  private let isSLOAware: Bool
  private let fusesVariableSizes: Bool
  private let fusesSingle: Bool
  private let evictsStragglers: Bool
  private var cache: CombinationCache
  private var stragglers: StragglerMonitor

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
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

  /// One scheduler process; what does not fuse has a stream each.
  public var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// Launches are this policy's decision; requests start in order of arrival.
  public var control: PolicyControl {
    fusesSingle ? [.launches, .singleSuperKernels] : .launches
  }

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
  public mutating func decide(_ view: borrowing SchedulingView, _ decisions: inout [Decision]) {
    if evictsStragglers {
      evict(view, &decisions)
    }
    if view.ready.isEmpty { return }
    // What the busy thread could not send yet is better decided once it can: others join meanwhile.
    if view.schedulerFreeNS > view.now {
      decisions.append(.wake(atNS: view.schedulerFreeNS))
      return
    }
    var wake = Int64.max
    for group in groups(view) {
      if group.members.count == 1, !fusesSingle {
        let due = hold(group, view)
        if let due {
          wake = min(wake, due)
          continue
        }
        // One thing at a time: the next is decided when the thread has sent this one.
        launch(group.members[0], view, &decisions)
        break
      }
      if view.residentSuperKernels >= maxResident { continue }
      if let due = hold(group, view) {
        wake = min(wake, due)
        continue
      }
      let members = group.members.map(\.replica)
      decisions.append(
        .fuse(
          replicas: members, isCold: cache.use(key: group.key, size: members.count),
          isVariable: group.isVariable))
      break
    }
    if wake < .max { decisions.append(.wake(atNS: wake)) }
  }

  /// Takes stragglers out of service; a tenant keeps one replica that serves its queue.
  private mutating func evict(
    _ view: borrowing SchedulingView, _ decisions: inout [Decision]
  ) {
    var benched: [Int] = []
    for replica in stragglers.takeEvicted() {
      let hasOthers = view.tenants[view.replicas[replica].tenant].replicas.contains {
        $0 != replica && view.replicas[$0].benchedUntilNS <= view.now && !benched.contains($0)
      }
      guard hasOthers else {
        stragglers.pardon(replica)
        continue
      }
      benched.append(replica)
      decisions.append(.bench(replica: replica, untilNS: view.now + stragglers.cooldownNS))
    }
  }

  // MARK: - Groups of launches that may fuse

  private struct Member {
    var replica: Int
    var slack: Int64
    var order: Int
  }

  private struct Group {
    var key: Int
    var members: [Member]
    var blocks: Int
    var isVariable = false
    var isEvicted = false
  }

  /// The ready launches by class, at most `max_problems` each, in the order they should go.
  private func groups(_ view: borrowing SchedulingView) -> [Group] {
    var found: [Group] = []
    var evicted: [Group] = []
    var members: [Member] = []
    // Looked up by key only.
    var peers: [Int: Int] = [:]
    for replica in view.ready { peers[key(current(replica, view)), default: 0] += 1 }
    for (order, replica) in view.ready.enumerated() {
      let count = min(peers[key(current(replica, view))] ?? 1, maxProblems)
      let slack = isSLOAware ? slack(of: replica, peers: count, view) : Int64(order)
      members.append(Member(replica: replica, slack: slack, order: order))
    }
    members.sort { ($0.slack, $0.order) < ($1.slack, $1.order) }
    for member in members {
      let launch = current(member.replica, view)
      let key = key(launch)
      if evictsStragglers, stragglers.isEvicted(member.replica) {
        evicted.append(
          Group(key: key, members: [member], blocks: launch.blocks, isEvicted: true))
        continue
      }
      if let at = found.firstIndex(where: { $0.key == key && $0.members.count < maxProblems }) {
        let first = current(found[at].members[0].replica, view)
        found[at].isVariable = found[at].isVariable || first.classID != launch.classID
        found[at].members.append(member)
        found[at].blocks += launch.blocks
      } else {
        found.append(Group(key: key, members: [member], blocks: launch.blocks))
      }
    }
    return found + evicted
  }

  /// What launches must have in common to fuse.
  private func key(_ launch: LaunchView) -> Int {
    fusesVariableSizes ? launch.familyID : launch.classID
  }

  private func current(_ replica: Int, _ view: borrowing SchedulingView) -> LaunchView {
    let state = view.replicas[replica]
    return view.programs[state.program].launches[state.launch]
  }

  /// How many times as long a super-kernel of so many equal launches takes as one of them: full
  /// SMs one after the other, then what is left, each at least a block's time.
  private func stretch(
    _ launch: LaunchView, _ problems: Int, _ view: borrowing SchedulingView
  ) -> Double {
    let smCount = view.smCount
    func time(_ blocks: Int) -> Double {
      let perSM = (blocks + smCount - 1) / smCount
      let (full, rest) = perSM.quotientAndRemainder(dividingBy: max(1, launch.blocksPerSM))
      func wave(_ count: Int) -> Double {
        count == 0 ? 0 : max(1, Double(count) * launch.smShare)
      }
      return Double(full) * wave(launch.blocksPerSM) + wave(rest)
    }
    return problems < 2 ? 1 : time(launch.blocks * problems) / time(launch.blocks)
  }

  /// Deadline − now − the rest of the request, if its later launches fuse with as many peers as
  /// this one can now.
  private func slack(
    of replica: Int, peers: Int, _ view: borrowing SchedulingView
  ) -> Int64 {
    let state = view.replicas[replica]
    let program = view.programs[state.program]
    let rest = program.rest(from: state.launch, gap: view.launchGapNS)
    let scaled = Double(rest) * stretch(program.launches[state.launch], peers, view)
    return state.deadlineNS - view.now - Int64(min(scaled, 1e18))
  }

  // MARK: - Hold or go

  /// When to look again at a group that should wait; nil when it should go now.
  ///
  /// It waits for the next launch of its class that is due within the window, counted from the
  /// moment its first member became ready, and only while the last wave has blocks to fill.
  private func hold(_ group: Group, _ view: borrowing SchedulingView) -> Int64? {
    // An evicted replica's request finishes alone: it waits for nobody.
    if windowNS == 0 || group.isEvicted || group.members.count >= maxProblems { return nil }
    if group.blocks % view.smCount == 0 { return nil }
    let since = group.members.map { view.replicas[$0.replica].expectedNS }.min() ?? view.now
    let limit = since + windowNS
    if limit <= view.now { return nil }
    var next = Int64.max
    var given = Int64.min
    for replica in view.replicas.indices {
      guard let due = due(replica, key: group.key, view), due <= limit else { continue }
      next = min(next, max(due, view.now + 1))
      given = max(given, due + windowNS)
    }
    guard next < .max else { return nil }
    let wait = next - view.now
    if isSLOAware, group.members.contains(where: { $0.slack < wait }) { return nil }
    // A launch that becomes ready is a decision of its own, so nothing is looked at before time is
    // up: the window's, that of launches overdue, or the slack's.
    var end = min(limit, given)
    if isSLOAware, let slack = group.members.map(\.slack).min() {
      end = min(end, view.now + max(wait, slack))
    }
    return max(end, view.now + 1)
  }

  /// When a replica's next launch should be ready, if that is of the class and predictable.
  private func due(
    _ replica: Int, key: Int, _ view: borrowing SchedulingView
  ) -> Int64? {
    let state = view.replicas[replica]
    let launches = view.programs[state.program].launches
    let next: Int
    let time: Int64
    switch state.phase {
    case .waiting: (next, time) = (state.launch, state.expectedNS)
    case .running: (next, time) = (state.launch + 1, state.expectedNS + view.launchGapNS)
    case .idle, .ready, .finishing: return nil
    }
    guard next < launches.count, time > view.now - windowNS else { return nil }
    if evictsStragglers, stragglers.isEvicted(replica) { return nil }
    return self.key(launches[next]) == key ? time : nil
  }

  private func launch(
    _ member: Member, _ view: borrowing SchedulingView, _ decisions: inout [Decision]
  ) {
    let tenant = view.replicas[member.replica].tenant
    decisions.append(
      .launch(replica: member.replica, priority: view.tenants[tenant].priority, blocks: nil))
  }
}

extension ProgramView {
  /// What launches from `index` on take alone, with the gaps between them.
  func rest(from index: Int, gap: Int64) -> Int64 {
    restNS[index] + gap * Int64(launches.count - 1 - index)
  }
}
