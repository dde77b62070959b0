import Scheduling
import SimBasics
import Testing

@testable import Policies

/// Plans of parts by rates and objectives, held against a checker that shares no code with them.
@Suite("Parts for rates within objectives")
struct GPUletPlannerTests {
  /// What is wrong with a plan: parts of more than the GPU, rounds that do not fit, requests that
  /// wait longer than their objectives, rates that nobody serves. A part beside another holds at
  /// least 0.85 of its rates with what is predicted.
  static func faults(_ plan: GPUletPlan, _ view: PlanningView) -> [String] {
    var faults: [String] = []
    if plan.parts.reduce(0, { $0 + $1.percent }) > 100 { faults.append("more than the GPU") }
    var served = view.tenants.map { _ in 0.0 }
    for part in plan.parts {
      guard [20, 40, 50, 60, 80, 100].contains(part.percent) else {
        faults.append("no such part: \(part.percent)")
        continue
      }
      let place = GPULayout.Part.sms(0..<view.smCount * part.percent / 100)
      var busy = 0.0
      for share in part.shares {
        let latency =
          Double(view.latencyNS(share.tenant, share.batch, place)) * plan.factors[share.tenant]
        busy += latency
        served[share.tenant] += share.rate
        let slo = Double(view.tenants[share.tenant].sloNS ?? 0)
        if Double(part.dutyNS) + latency > slo + 1 { faults.append("t\(share.tenant) too late") }
        if Double(share.batch) + 1e-6 < share.rate * Double(part.dutyNS) / 1e9 {
          faults.append("t\(share.tenant)'s batch is too small for a round")
        }
      }
      if busy > Double(part.dutyNS) + 1 { faults.append("a round takes longer than itself") }
    }
    for (t, tenant) in view.tenants.enumerated()
    where served[t] + plan.uncovered[t] + 1e-6 < tenant.requestsPerSecond {
      faults.append("t\(t): \(served[t]) of \(tenant.requestsPerSecond) served, not said")
    }
    return faults
  }

  @Test("plans hold what they say, whatever the tenants", arguments: 1...60)
  func feasible(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let tenants = (0..<(1 + random.nextBelow(4))).map { _ -> (Int64?, Double, Int, Double) in
      (
        Int64(20 + random.nextBelow(200)), Double(1 + random.nextBelow(150)),
        20 + random.nextBelow(81), 0.5 + Double(random.nextBelow(40)) / 10
      )
    }
    let view = LayoutPlannerTests.view(tenants, replicas: 1 + random.nextBelow(3))
    let plan = GPUletPlanner.plan(view, largestBatch: 32)
    #expect(Self.faults(plan, view) == [])
  }

  @Test("the checker sees what is wrong")
  func checkerCanFail() {
    let view = LayoutPlannerTests.view([(100, 50, 50, 2), (80, 50, 50, 2)])
    let plan = GPUletPlanner.plan(view, largestBatch: 32)
    #expect(Self.faults(plan, view) == [] && plan.uncovered == [0, 0])
    var wide = plan
    wide.parts[0].percent = 100
    #expect(wide.parts.count < 2 || Self.faults(wide, view).contains("more than the GPU"))
    var lazy = plan
    lazy.parts[0].dutyNS *= 20
    #expect(!Self.faults(lazy, view).isEmpty)
    var silent = plan
    silent.parts.removeAll()
    #expect(!Self.faults(silent, view).isEmpty)
  }

  @Test("what does not scale gets a small part, a light tenant shares a round")
  func small() {
    // Beyond 20 SMs nothing is gained, so that both fit beside each other.
    let two = LayoutPlannerTests.view([(100, 20, 20, 1), (100, 20, 20, 1)])
    let plan = GPUletPlanner.plan(two, largestBatch: 32)
    #expect(plan.parts.map(\.percent).reduce(0, +) <= 100 && plan.uncovered == [0, 0])
    #expect(plan.parts.contains { $0.percent == 20 })
    // A GPU is cut in two at most: the third shares.
    let three = LayoutPlannerTests.view([(200, 5, 20, 1), (200, 5, 20, 1), (200, 5, 20, 1)])
    let shared = GPUletPlanner.plan(three, largestBatch: 32)
    #expect(shared.uncovered == [0, 0, 0] && shared.parts.contains { $0.shares.count > 1 })
  }

  @Test("what cannot be served is said")
  func uncovered() {
    // 2 L(1) = 5 ms is more than the objective of 4 ms, whatever the part.
    let late = LayoutPlannerTests.view([(4, 10, 100, 2)])
    var policy = GPUletsPolicy(PolicyOptions())
    guard case .doubtful(let doubt) = policy.plan(late) else { return #expect(Bool(false)) }
    #expect(doubt.contains("of 't0'"))
    let busy = LayoutPlannerTests.view([(100, 10_000, 100, 2)])
    #expect(GPUletPlanner.plan(busy, largestBatch: 32).uncovered[0] > 0)
    let none = LayoutPlannerTests.view([(100, 1, 100, 1), (nil, 1, 100, 1)])
    guard case .refused(let reason, _) = policy.plan(none) else { return #expect(Bool(false)) }
    #expect(reason == "the tenant 't1' has no SLO to plan for")
  }

  @Test("rates are raised to what 99 of 100 seconds stay below")
  func percentile() {
    #expect(GPUletPlanner.poisson99(0) == 0 && GPUletPlanner.poisson99(1) == 4)
    #expect(GPUletPlanner.poisson99(10) == 18 && GPUletPlanner.poisson99(600) == 660)
    #expect((549...620).contains(GPUletPlanner.poisson99(549)))
  }

  @Test("interference that is predicted takes more of the GPU")
  func interference() {
    let tenants: [(Int64?, Double, Int, Double)] = [(100, 300, 60, 2), (100, 300, 60, 2)]
    let free = GPUletPlanner.plan(LayoutPlannerTests.view(tenants), largestBatch: 32)
    let view = LayoutPlannerTests.view(tenants, slowdown: 1.5)
    let slowed = GPUletPlanner.plan(view, largestBatch: 32)
    #expect(free.factors == [1, 1] && free.parts.count == 2)
    #expect(Self.faults(slowed, view).filter { !$0.contains("too") } == [])
    #expect(slowed.factors == [2.5, 2.5])
  }

  @Test("the knee has the most throughput for latency and share")
  func knee() {
    var policy = DStackPolicy(PolicyOptions())
    let view = LayoutPlannerTests.view([(200, 50, 40, 1), (200, 50, 100, 1)])
    #expect(policy.plan(view) == .done)
    // Latency falls as 1 over SMs up to the knee: (1 / L^2) / share is most there.
    #expect(policy.choices["t0"]?.sms == 40 && policy.choices["t1"]?.sms == 100)
    for choice in policy.choices.values {
      #expect(choice.latencyNS.count == choice.batch)
      #expect(Double(choice.latencyNS.last ?? 0) + Double(choice.batch) / 50 * 1e9 <= 200e6)
    }
  }
}
