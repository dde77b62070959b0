import Scheduling

extension XSchedPolicy {
  /// Which queues may go.
  enum Rule: String, CaseIterable, Sendable {
    case highestPriority = "hpf"
    case earliestDeadline = "kedf"
    case laxity = "lax"
    case utilization = "up"
    case fair = "cfs"
  }

  /// By replica: whether its queue may go now.
  ///
  /// - Parameter wake: when that may change by itself.
  mutating func runnable(_ view: borrowing SchedulingView, _ wake: inout Int64) -> [Bool] {
    switch rule {
    case .highestPriority:
      return highest(view) { view, replica in
        (false, view.tenants[view.replicas[replica].tenant].priority)
      }
    case .laxity:
      var next = Int64.max
      let laxity = laxityNS
      let goes = highest(view) { view, replica in
        let tenant = view.tenants[view.replicas[replica].tenant]
        let alone = view.programs[view.replicas[replica].program].soloNS
        let due = view.arrival(of: replica) + (laxity ?? max(0, tenant.sloNS - alone))
        if due > view.now { next = min(next, due) }
        return (due <= view.now, tenant.priority)
      }
      wake = min(wake, next)
      return goes
    case .earliestDeadline:
      let order = view.replicas.indices.filter { view.hasLaunches($0) }.sorted {
        (view.replicas[$0].deadlineNS, $0) < (view.replicas[$1].deadlineNS, $1)
      }
      var goes = Array(repeating: false, count: view.replicas.count)
      for replica in order.prefix(k) { goes[replica] = true }
      return goes
    case .utilization, .fair:
      takeTurns(view)
      if let turn, isShared(view) { wake = min(wake, turn.untilNS) }
      return view.replicas.map { $0.tenant == turn?.tenant }
    }
  }

  /// The replicas with work whose rank no other's is above.
  private func highest(
    _ view: borrowing SchedulingView,
    rank: (borrowing SchedulingView, Int) -> (isUrgent: Bool, priority: Int)
  ) -> [Bool] {
    var top: (Int, Int)?
    var ranks: [(Int, Int)?] = []
    for replica in view.replicas.indices {
      guard view.hasLaunches(replica) else {
        ranks.append(nil)
        continue
      }
      let (isUrgent, priority) = rank(view, replica)
      let own = (isUrgent ? 1 : 0, priority)
      ranks.append(own)
      if let old = top, old >= own { continue }
      top = own
    }
    return ranks.map { own in
      guard let own, let top else { return false }
      return own == top
    }
  }

  private func hasWork(_ tenant: Int, _ view: borrowing SchedulingView) -> Bool {
    for replica in view.tenants[tenant].replicas where view.hasLaunches(replica) { return true }
    return false
  }

  private func isShared(_ view: borrowing SchedulingView) -> Bool {
    view.tenants.indices.count { hasWork($0, view) } > 1
  }

  private func share(of tenant: Int, _ view: borrowing SchedulingView) -> Double {
    shares[view.tenants[tenant].name] ?? shares[""] ?? 1
  }

  /// Gives the turn on where it is over: its time is up, or its tenant has no work.
  private mutating func takeTurns(_ view: borrowing SchedulingView) {
    if let old = turn {
      usedTime[old.tenant] += Double(view.now - old.sinceNS) / share(of: old.tenant, view)
      turn?.sinceNS = view.now
      if view.now < old.untilNS, hasWork(old.tenant, view) { return }
    }
    let working = view.tenants.indices.filter { hasWork($0, view) }
    let next: Int?
    if rule == .fair {
      // Who comes back has no claim on the time it was away.
      let least = working.map { usedTime[$0] }.min() ?? 0
      for t in usedTime.indices where !working.contains(t) { usedTime[t] = max(usedTime[t], least) }
      next = working.min { (usedTime[$0], $0) < (usedTime[$1], $1) }
    } else {
      let after = turn?.tenant ?? -1
      next = working.first { $0 > after } ?? working.first
    }
    guard let next else {
      turn = nil
      return
    }
    var length = Double(sliceNS)
    if rule == .utilization {
      let sum = view.tenants.indices.reduce(0.0) { $0 + share(of: $1, view) }
      length *= share(of: next, view) / sum
    }
    turn = (next, view.now, view.now + max(1, Int64(length.rounded())))
  }
}
