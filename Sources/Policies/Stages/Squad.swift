import Scheduling

/// Launches of several requests that run together.
struct Squad: Sendable {
  /// How they share the SMs.
  enum Way: CaseIterable, Sendable { case everywhere, parts, halves }

  /// A request's launches in it.
  struct Member: Sendable {
    var tenant: Int
    var replica: Int
    /// Its launches that are not sent yet, and those of them that keep to its part.
    var left: Int
    var inPart = 0
    /// Its part; nil for all SMs.
    var sms: Range<Int>?
    /// When it may go everywhere, once it has left its part.
    var opensNS: Int64?
  }

  private(set) var way = Way.everywhere
  private(set) var members: [Member] = []

  init() {}

  init(_ way: Way, _ members: [Member]) {
    self.way = way
    self.members = members
  }

  /// Whether all its launches have ended.
  func isDone(_ view: borrowing SchedulingView) -> Bool {
    for member in members
    where member.left > 0 || view.replicas[member.replica].phase == .running { return false }
    return true
  }

  /// By tenant: its part.
  func parts(of tenants: Int) -> [Range<Int>?] {
    var parts = [Range<Int>?](repeating: nil, count: tenants)
    for member in members { parts[member.tenant] = member.sms }
    return parts
  }

  /// Sends what is ready.
  mutating func send(
    _ view: borrowing SchedulingView, gapNS: Int64, _ decisions: inout DecisionBuffer
  ) {
    for m in members.indices where members[m].left > 0 {
      let r = members[m].replica
      guard view.replicas[r].phase == .ready else { continue }
      if members[m].inPart > 0 {
        members[m].inPart -= 1
        decisions.append(.launch(replica: r, sms: members[m].sms))
      } else {
        if members[m].sms != nil {
          let opens = members[m].opensNS ?? view.now + gapNS
          members[m].opensNS = opens
          if opens > view.now {
            decisions.append(.wake(atNS: opens))
            continue
          }
        }
        decisions.append(.launch(replica: r))
      }
      members[m].left -= 1
    }
  }
}

/// Chooses a squad's launches, and its way.
struct SquadFormer {
  private struct Candidate {
    var tenant: Int
    var replica: Int
    /// Its program's launches, and the first and the end of those in the squad.
    var program: Int
    var first: Int
    var end: Int
    /// How far it is behind its quota's pace, less what has joined.
    var behindNS: Double
    var quota: Int
  }

  private let smCount: Int
  private let tpc: Int
  private let quotas: TenantQuotas
  private var candidates: [Candidate] = []

  init(_ view: borrowing SchedulingView, _ quotas: TenantQuotas) {
    smCount = view.smCount
    tpc = quotas.smsPerTPC
    self.quotas = quotas
  }

  /// Takes in a tenant whose request began at an instant.
  mutating func add(_ t: Int, sinceNS: Int64, _ view: borrowing SchedulingView) {
    let r = view.tenants[t].replicas.lowerBound
    let (program, next) = (view.replicas[r].program, view.replicas[r].launch)
    let quota = quotas.own[t].count
    var done = 0.0
    for launch in view.programs[program].launches[..<next] {
      done += launch.aloneNS(onSMs: quota, of: smCount) + Double(view.launchGapNS)
    }
    candidates.append(
      Candidate(
        tenant: t, replica: r, program: program, first: next, end: next,
        behindNS: Double(view.now - sinceNS) - done, quota: quota))
  }

  /// Adds launch after launch of whoever is furthest behind.
  mutating func fill(upTo most: Int, _ view: borrowing SchedulingView) {
    for _ in 0..<most {
      var last: Int?
      for c in candidates.indices {
        if let old = last, candidates[old].behindNS >= candidates[c].behindNS { continue }
        last = c
      }
      guard let c = last else { return }
      let launches = view.programs[candidates[c].program].launches
      candidates[c].behindNS -=
        launches[candidates[c].end].aloneNS(onSMs: candidates[c].quota, of: smCount)
        + Double(view.launchGapNS)
      candidates[c].end += 1
      if candidates[c].end == launches.count { return }
    }
  }

  /// The squad, in the way predicted to end first.
  func squad(
    _ view: borrowing SchedulingView, switchNS: Int64, gapNS: Int64, last: [Range<Int>?]
  ) -> Squad {
    let own = candidates.filter { $0.end > $0.first }
    let parts = own.count > 1 ? parts(own) : nil
    var best = Squad(.everywhere, members(own, .everywhere, nil))
    guard let parts else { return best }
    var least = Double.infinity
    for way in Squad.Way.allCases {
      let squad = Squad(way, members(own, way, parts))
      var time = predictedNS(own, way, parts, view)
      if way == .halves { time += Double(gapNS) }
      if squad.parts(of: view.tenants.count) != last { time += Double(switchNS) }
      if time < least { (least, best) = (time, squad) }
    }
    return best
  }

  private func members(
    _ own: [Candidate], _ way: Squad.Way, _ parts: [Range<Int>]?
  ) -> [Squad.Member] {
    own.indices.map { i in
      let count = own[i].end - own[i].first
      var member = Squad.Member(tenant: own[i].tenant, replica: own[i].replica, left: count)
      guard way != .everywhere, let parts else { return member }
      member.sms = parts[i]
      member.inPart = way == .parts ? count : (count + 1) / 2
      return member
    }
  }

  /// Whole TPCs in proportion to quotas; nil where there are fewer than requests.
  private func parts(_ own: [Candidate]) -> [Range<Int>]? {
    guard
      let shares = Apportionment.parts(of: smCount / tpc, by: own.map { Double($0.quota) })
    else { return nil }
    var next = 0
    return shares.map { share in
      next += share * tpc
      return next - share * tpc..<next
    }
  }

  private func predictedNS(
    _ own: [Candidate], _ way: Squad.Way, _ parts: [Range<Int>], _ view: borrowing SchedulingView
  ) -> Double {
    var (inParts, alone, sum) = (0.0, 0.0, 0.0)
    for (candidate, part) in zip(own, parts) {
      let launches = view.programs[candidate.program].launches[candidate.first..<candidate.end]
      let count = way == .everywhere ? 0 : way == .parts ? launches.count : (launches.count + 1) / 2
      let gaps = Double(view.launchGapNS)
      inParts = max(
        inParts,
        launches.prefix(count).reduce(0) { $0 + $1.aloneNS(onSMs: part.count, of: smCount) + gaps })
      let rest = launches.dropFirst(count)
      alone = max(alone, rest.reduce(0) { $0 + Double($1.soloNS) + gaps })
      sum += rest.reduce(0) { $0 + Double($1.soloNS) * $1.occupancy(of: smCount) }
    }
    return inParts + max(alone, sum)
  }
}
