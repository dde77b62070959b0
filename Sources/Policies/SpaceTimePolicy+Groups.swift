import Scheduling

// Groups of ready launches that may fuse, and whether one waits for others. Nothing here allocates
// once the policy's buffers have grown: it is asked at every launch of every tenant.
extension SpaceTimePolicy {
  /// A ready launch.
  struct Candidate: Sendable {
    var replica: Int
    var slack: Int64
    /// Its place among the ready.
    var order: Int
    /// What launches must have in common to fuse.
    var key: Int
    var classID: Int
    var blocks: Int
    var isEvicted: Bool

    /// Whether it goes before another; those of evicted replicas come last.
    func precedes(_ other: Candidate) -> Bool {
      if isEvicted != other.isEvicted { return other.isEvicted }
      return (slack, order) < (other.slack, other.order)
    }
  }

  private func key(_ launch: LaunchView) -> Int {
    fusesVariableSizes ? launch.familyID : launch.classID
  }

  mutating func findCandidates(_ view: borrowing SchedulingView) {
    while !candidates.isEmpty { candidates.removeLast() }
    for (order, replica) in view.ready.enumerated() {
      let launch = view.launch(of: replica)
      candidates.append(
        Candidate(
          replica: replica, slack: Int64(order), order: order, key: key(launch),
          classID: launch.classID, blocks: launch.blocks,
          isEvicted: evictsStragglers && stragglers.isEvicted(replica)))
    }
    guard isSLOAware else { return }
    for i in candidates.indices {
      let key = candidates[i].key
      let peers =
        fusesVariableSizes ? view.readyCount(ofFamily: key) : view.readyCount(ofClass: key)
      candidates[i].slack = slack(
        of: candidates[i].replica, peers: min(peers, maxProblems), view)
    }
  }

  /// Takes the group that should go next out of the candidates: the first of them and, in order,
  /// those that fuse with it, at most `max_problems`. False where none is left.
  mutating func takeGroup() -> Bool {
    guard var first = candidates.first else { return false }
    for candidate in candidates where candidate.precedes(first) { first = candidate }
    while !group.isEmpty { group.removeLast() }
    if first.isEvicted {
      group.append(first)
    } else {
      for candidate in candidates where candidate.key == first.key && !candidate.isEvicted {
        insert(candidate)
      }
    }
    // What stays is of another key, or goes after the group's last member.
    let last = group[group.count - 1]
    var kept = 0
    for i in candidates.indices {
      let candidate = candidates[i]
      let isTaken =
        candidate.key == first.key && candidate.isEvicted == first.isEvicted
        && !last.precedes(candidate)
      if isTaken { continue }
      candidates[kept] = candidate
      kept += 1
    }
    while candidates.count > kept { candidates.removeLast() }
    return true
  }

  /// Puts a member in its place in the group; the last one leaves a group that is too large.
  private mutating func insert(_ member: Candidate) {
    var at = group.count
    group.append(member)
    while at > 0, member.precedes(group[at - 1]) {
      group[at] = group[at - 1]
      at -= 1
    }
    group[at] = member
    if group.count > maxProblems { group.removeLast() }
  }

  /// How many times as long a super-kernel of so many equal launches takes as one of them: full
  /// SMs one after the other, then what is left, each at least a block's time.
  ///
  /// - Parameter isFused: whether they are fused, not side by side.
  func stretch(
    _ launch: LaunchView, _ problems: Int, _ view: borrowing SchedulingView, isFused: Bool = false
  ) -> Double {
    let smCount = view.smCount
    func time(_ blocks: Int, _ block: Double, _ share: Double) -> Double {
      let perSM = (blocks + smCount - 1) / smCount
      let (full, left) = perSM.quotientAndRemainder(dividingBy: max(1, launch.blocksPerSM))
      func wave(_ count: Int) -> Double {
        count == 0 ? 0 : block * max(1, Double(count) * share)
      }
      return Double(full) * wave(launch.blocksPerSM) + wave(left)
    }
    if problems < 2 { return 1 }
    let (block, share) = isFused ? (launch.fusedStretch, launch.fusedSMShare) : (1, launch.smShare)
    return time(launch.blocks * problems, block, share) / time(launch.blocks, 1, launch.smShare)
  }

  /// Deadline − now − what remains of the request, if its later launches fuse with as many peers
  /// as this one can now.
  private func slack(
    of replica: Int, peers: Int, _ view: borrowing SchedulingView
  ) -> Int64 {
    let state = view.replicas[replica]
    let remaining = view.programs[state.program].remaining(
      from: state.launch, gap: view.launchGapNS)
    let launch = view.launch(of: replica)
    let scaled = Double(remaining) * stretch(launch, peers, view)
    return state.deadlineNS - view.now - Int64(min(scaled, 1e18))
  }

  /// When to look again at the group if it should wait; nil when it should go now.
  ///
  /// It waits for the next launch of its class that is due within the window, counted from the
  /// moment its first member became ready, and only while the last wave has blocks to fill.
  func holdTime(_ view: borrowing SchedulingView) -> Int64? {
    // An evicted replica's request finishes alone: it waits for nobody.
    if windowNS == 0 || group[0].isEvicted || group.count >= maxProblems { return nil }
    var blocks = 0
    var since = Int64.max
    for member in group {
      blocks += member.blocks
      since = min(since, view.replicas[member.replica].expectedNS)
    }
    if blocks % view.smCount == 0 { return nil }
    let limit = since + windowNS
    if limit <= view.now { return nil }
    var next = Int64.max
    var given = Int64.min
    for replica in view.replicas.indices {
      guard let due = dueTime(of: replica, view), due <= limit else { continue }
      next = min(next, max(due, view.now + 1))
      given = max(given, due + windowNS)
    }
    guard next < .max else { return nil }
    let wait = next - view.now
    // The first member has the least slack.
    if isSLOAware, group[0].slack < wait { return nil }
    // A launch that becomes ready is a decision of its own, so nothing is looked at before time is
    // up: the window's, that of launches overdue, or the slack's.
    var end = min(limit, given)
    if isSLOAware { end = min(end, view.now + max(wait, group[0].slack)) }
    return max(end, view.now + 1)
  }

  /// When a replica's next launch should be ready, if it fuses with the group and is predictable.
  private func dueTime(of replica: Int, _ view: borrowing SchedulingView) -> Int64? {
    let state = view.replicas[replica]
    let next: Int
    let time: Int64
    switch state.phase {
    case .waiting: (next, time) = (state.launch, state.expectedNS)
    case .running: (next, time) = (state.launch + 1, state.expectedNS + view.launchGapNS)
    case .idle, .ready, .finishing: return nil
    }
    guard next < view.programs[state.program].launches.count, time > view.now - windowNS else {
      return nil
    }
    if evictsStragglers, stragglers.isEvicted(replica) { return nil }
    return key(view.programs[state.program].launches[next]) == group[0].key ? time : nil
  }
}

extension ProgramView {
  /// What launches from `index` on take alone, with the gaps between them.
  func remaining(from index: Int, gap: Int64) -> Int64 {
    remainingNS[index] + gap * Int64(launches.count - 1 - index)
  }
}
