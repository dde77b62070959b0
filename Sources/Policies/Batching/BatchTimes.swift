import Scheduling

/// What batches of each size take alone, by tenant. What tenants run does not change during a run.
struct BatchTimes {
  /// By tenant: a batch of each size from 1 to the largest.
  private var soloNS: [[Int64]] = []

  /// Notes them, up to the largest batch that a tenant's table holds.
  mutating func look(at view: borrowing SchedulingView, upTo largest: Int) {
    guard soloNS.count < view.tenants.count else { return }
    soloNS.removeAll()
    for t in view.tenants.indices {
      let tenant = view.tenants[t]
      let limit = max(1, min(largest, tenant.programs.last?.batch ?? 1))
      soloNS.append((1...limit).map { view.programs[tenant.program(batch: $0) ?? 0].soloNS })
    }
  }

  /// The largest batch of a tenant.
  func limit(of tenant: Int) -> Int { soloNS[tenant].count }

  /// What a batch of a size takes.
  func soloNS(of tenant: Int, batch: Int) -> Int64 { soloNS[tenant][batch - 1] }

  /// What batches of all sizes take.
  func all(of tenant: Int) -> [Int64] { soloNS[tenant] }
}

/// What a policy that goes by latency objectives objects to.
enum ObjectiveRule {
  /// Tenants without one.
  static func objection(to tenants: [TenantView]) -> String? {
    guard let first = tenants.first(where: { $0.sloNS >= .max / 4 }) else { return nil }
    return "decides by latency objectives, and '\(first.name)' has none; give every tenant an SLO "
      + "(\"slo_ms\", --slo-ms)"
  }
}

/// When the requests that wait arrived, as a server that has them in its queues knows.
struct WaitingRequests {
  private var times: [[Int64]] = []
  private var heads: [Int] = []

  /// A request joins its tenant's queue.
  mutating func arrived(_ tenant: Int, at now: Int64) {
    while times.count <= tenant {
      times.append([])
      heads.append(0)
    }
    times[tenant].append(now)
  }

  /// How many wait.
  func count(of tenant: Int) -> Int {
    tenant < times.count ? times[tenant].count - heads[tenant] : 0
  }

  /// When the one at a place of the queue arrived.
  func arrival(_ place: Int, of tenant: Int) -> Int64 { times[tenant][heads[tenant] + place] }

  /// The first ones leave.
  mutating func removeFirst(_ count: Int, of tenant: Int) {
    heads[tenant] += count
    // Seldom, so that it costs next to nothing a request.
    if heads[tenant] > 64, heads[tenant] * 2 > times[tenant].count {
      times[tenant].removeFirst(heads[tenant])
      heads[tenant] = 0
    }
  }
}

extension SchedulingView {
  /// The replica of a tenant that has been idle longest among its first `most`, the first of equals;
  /// `taken` are given away already.
  func idleReplica(of tenant: Int, among most: Int, besides taken: [Int] = []) -> Int? {
    var best: Int?
    for r in tenants[tenant].replicas.prefix(most)
    where replicas[r].phase == .idle && replicas[r].excludedUntilNS <= now && !taken.contains(r) {
      if let old = best, replicas[old].idleSinceNS <= replicas[r].idleSinceNS { continue }
      best = r
    }
    return best
  }
}
