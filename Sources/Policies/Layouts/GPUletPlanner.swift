import Scheduling
import SimBasics

/// The planner of `gpulets`: see there for its rule.
struct GPUletPlanner {
  static let percentages = [20, 40, 50, 60, 80, 100]
  /// How much of a rate a part must hold beside the other, or the plan is made once more.
  static let tolerance = 0.85

  let view: PlanningView
  let largestBatch: Int
  private var factors: [Double]
  private var plan = GPUletPlan()
  private var free = [100]

  init(_ view: PlanningView, largestBatch: Int) {
    self.view = view
    self.largestBatch = largestBatch
    factors = view.tenants.map { _ in 1 }
  }

  /// Plans for the tenants, which all have objectives.
  static func plan(_ view: PlanningView, largestBatch: Int) -> GPUletPlan {
    var planner = GPUletPlanner(view, largestBatch: largestBatch)
    planner.assign()
    planner.predictInterference()
    if planner.holds { return planner.plan }
    planner.assign()
    return planner.plan
  }

  // MARK: - What a part serves

  func latencyNS(_ t: Int, _ batch: Int, _ percent: Int) -> Double {
    let sms = view.sms(ofPercent: Double(percent))
    return Double(view.latencyNS(t, batch, .sms(0..<sms))) * factors[t]
  }

  private func slo(_ t: Int) -> Double { Double(view.tenants[t].sloNS ?? .max / 4) }

  private func batches(_ t: Int) -> [Int] {
    view.tenants[t].batches.filter { $0 <= largestBatch }
  }

  /// The most that a tenant alone in a part is served: batches with 2 L <= SLO, without a pause.
  func capacity(_ t: Int, _ percent: Int) -> Double {
    var most = 0.0
    for batch in batches(t) {
      let latency = latencyNS(t, batch, percent)
      if 2 * latency <= slo(t) { most = max(most, Double(batch) / latency * 1e9) }
    }
    return most
  }

  /// The shortest round in which each of some tenants has a batch of what came since the last, and
  /// each request is done within its objective; nil where there is none.
  func round(_ rates: [(tenant: Int, rate: Double)], _ percent: Int) -> GPUletPlan.Part? {
    var candidates: [Double] = []
    for (t, rate) in rates {
      for batch in batches(t) {
        candidates.append(Double(batch) / rate * 1e9)
        candidates.append(slo(t) - latencyNS(t, batch, percent))
      }
    }
    candidates.sort()
    for duty in candidates where duty > 0 {
      var shares: [GPUletPlan.Share] = []
      var busy = 0.0
      for (t, rate) in rates {
        let needed = max(1, Int((duty * rate / 1e9 - 1e-9).rounded(.up)))
        guard let size = batches(t).first(where: { $0 >= needed }) else { break }
        let latency = latencyNS(t, size, percent)
        if duty + latency > slo(t) { break }
        busy += latency
        shares.append(GPUletPlan.Share(tenant: t, rate: rate, batch: size))
      }
      if shares.count == rates.count, busy <= duty {
        return GPUletPlan.Part(percent: percent, shares: shares, dutyNS: Int64(duty))
      }
    }
    return nil
  }

  // MARK: - Assignment

  private mutating func assign() {
    plan = GPUletPlan(uncovered: factors.map { _ in 0 }, factors: factors)
    free = [100]
    let order = view.tenants.indices.sorted { a, b in
      let (x, y) = (urgency(a), urgency(b))
      return x == y ? a > b : x < y
    }
    for t in order {
      var left = Self.poisson99(view.tenants[t].requestsPerSecond)
      var pieces = 0
      while left > 1e-9 {
        let served = pieces < view.tenants[t].replicas ? addPiece(t, left) : 0
        if served <= 0 { break }
        left -= served
        pieces += 1
      }
      plan.uncovered[t] = max(0, left)
    }
  }

  private func urgency(_ t: Int) -> Double { view.tenants[t].requestsPerSecond * slo(t) }

  /// Gives a tenant one more part, or a place in one; returns what is served there.
  private mutating func addPiece(_ t: Int, _ left: Double) -> Double {
    let sizes = Self.percentages
    let most = sizes.map { capacity(t, $0) }
    guard let whole = most.last, whole > 0 else { return 0 }
    var knee = 0
    for i in sizes.indices
    where most[i] / Double(sizes[i]) > most[knee] / Double(sizes[knee]) * (1 + 1e-9) { knee = i }
    var want = knee
    if most[knee] >= left { want = sizes.indices.first { most[$0] >= left } ?? knee }
    if let fitting = free.filter({ $0 >= sizes[want] }).min() {
      return open(t, min(left, most[want]), sizes[want], in: fitting)
    }
    for i in plan.parts.indices.sorted(by: { plan.parts[$0].percent < plan.parts[$1].percent }) {
      let old = plan.parts[i]
      let isThere = old.shares.contains { $0.tenant == t }
      let rates = old.shares.map { ($0.tenant, $0.rate) } + [(t, left)]
      guard !isThere, let shared = round(rates, old.percent) else { continue }
      plan.parts[i] = shared
      return left
    }
    guard let largest = free.max() else { return 0 }
    return open(t, min(left, capacity(t, largest)), largest, in: largest)
  }

  /// Cuts a part from a free one; a GPU is cut in two at most.
  private mutating func open(_ t: Int, _ rate: Double, _ percent: Int, in room: Int) -> Double {
    let size = room == 100 ? percent : room
    guard rate > 0, let part = round([(t, rate)], size) else { return 0 }
    free.removeAll { $0 == room }
    if room > size { free.append(room - size) }
    plan.parts.append(part)
    return rate
  }

  // MARK: - Interference

  /// Blocks beside another launch are slower as the testbed has it, and DRAM that two parts ask for
  /// more than there is of is shared.
  private mutating func predictInterference() {
    func dram(_ share: GPUletPlan.Share, _ percent: Int) -> Double {
      let sms = view.sms(ofPercent: Double(percent))
      return view.dramShare(share.tenant, share.batch, .sms(0..<sms))
    }
    for (i, part) in plan.parts.enumerated() {
      var beside = 0.0
      var hasNeighbour = false
      for (j, other) in plan.parts.enumerated() where j != i {
        hasNeighbour = true
        for share in other.shares { beside = max(beside, dram(share, other.percent)) }
      }
      guard hasNeighbour else { continue }
      for share in part.shares {
        let sum = dram(share, part.percent) + beside
        factors[share.tenant] = max(
          factors[share.tenant], (1 + view.coRunnerSlowdown) * max(1, sum))
      }
    }
  }

  /// Whether the parts hold nearly their rates with what is predicted beside them.
  private var holds: Bool {
    plan.parts.allSatisfy { part in
      round(part.shares.map { ($0.tenant, $0.rate * Self.tolerance) }, part.percent) != nil
    }
  }

  /// The rate that a Poisson process of a mean stays at or below in 99 of 100 seconds; above 550 a
  /// tenth more than the mean, as the code has it.
  static func poisson99(_ mean: Double) -> Double {
    if mean > 550 { return mean * 1.1 }
    if mean <= 0 { return 0 }
    var term = PortableMath.exp(-mean)
    var (sum, k) = (term, 0.0)
    while sum < 0.99, k < 2_000 {
      k += 1
      term *= mean / k
      sum += term
    }
    return max(k, mean)
  }
}
