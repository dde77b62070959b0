import Scheduling

// Policies that tell latency-critical tenants from best-effort ones do so by priority: the highest
// there is against all others. Where all have one priority, all are latency-critical.
extension SchedulingView {
  /// The highest priority of a tenant.
  var topPriority: Int { tenants.map(\.priority).max() ?? 0 }

  /// Whether a replica is one of the latency-critical tenants'.
  func isCritical(_ replica: Int) -> Bool {
    tenants[replicas[replica].tenant].priority == topPriority
  }

  /// When the oldest request of a replica's batch arrived.
  func arrival(of replica: Int) -> Int64 {
    replicas[replica].deadlineNS - tenants[replicas[replica].tenant].sloNS
  }

  /// Whether a replica has launches that have not ended.
  func hasLaunches(_ replica: Int) -> Bool {
    switch replicas[replica].phase {
    case .idle, .finishing: false
    case .waiting, .ready, .running: true
    }
  }

  /// Whether a launch of a replica's request has come to the scheduler at all.
  func hasCome(_ replica: Int) -> Bool {
    switch replicas[replica].phase {
    case .idle, .finishing: false
    case .waiting: replicas[replica].launch > 0
    case .ready, .running: true
    }
  }

  /// What is left of a replica's request, alone.
  func remaining(of replica: Int) -> Int64 {
    let program = programs[replicas[replica].program]
    return program.remaining(from: replicas[replica].launch, gap: launchGapNS)
  }
}

extension LaunchView {
  /// SMs that hold all its blocks at once; more than there are where they do not fit.
  var neededSMs: Int { (blocks + blocksPerSM - 1) / max(1, blocksPerSM) }

  /// The rounds in which it goes over so many SMs, and the blocks of an SM in a full one.
  func rounds(onSMs count: Int) -> (count: Int, perSM: Int) {
    let each = (blocks + count - 1) / max(1, count)
    let perSM = max(1, min(blocksPerSM, each))
    return (max(1, (each + perSM - 1) / perSM), perSM)
  }
}

/// What a policy that goes by priorities objects to.
enum PriorityRule {
  /// Tenants of whom none is more urgent than another.
  static func objection(to tenants: [TenantView]) -> String? {
    guard let first = tenants.first?.priority, tenants.count > 1,
      tenants.allSatisfy({ $0.priority == first })
    else { return nil }
    return "needs a latency-critical tenant: every tenant has the priority \(first); give one a "
      + "higher \"priority\""
  }
}

/// Nanoseconds of an option in microseconds or milliseconds.
extension PolicyOptions {
  func nanoseconds(_ name: String, unit: Double, _ fallback: Double) -> Int64 {
    Int64(((number(name) ?? fallback) * unit).rounded())
  }
}
