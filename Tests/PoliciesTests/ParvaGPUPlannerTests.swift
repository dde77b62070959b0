import Scheduling
import Testing

@testable import Policies

/// `parvagpu` plans from profiles to instances: no simulator here.
@Suite("ParvaGPU's planner")
struct ParvaGPUPlannerTests {
  /// Models of which a batch of b takes `ms` x (1 + b / 4) on seven slices, as much longer on fewer; two
  /// processes overlap by half.
  private static func view(
    _ tenants: [(slo: Double?, rate: Double, ms: Double)], replicas: Int = 8,
    memoryMiB: Double = 900
  ) -> PlanningView {
    func alone(_ t: Int, _ batch: Int, _ part: GPULayout.Part) -> Double {
      guard case .slice(let name) = part,
        let slice = LayoutPlannerTests.profiles.first(where: { $0.name == name })
      else { return 0 }
      return tenants[t].ms * (1 + Double(batch) / 4) * 98 / Double(slice.smCount) * 1e6
    }
    return PlanningView(
      gpu: "test", smCount: 100, smsPerTPC: 2, profiles: LayoutPlannerTests.profiles,
      tenants: tenants.enumerated().map { t, tenant in
        TenantLoad(
          name: "t\(t)", sloNS: tenant.slo.map { Int64($0 * 1e6) }, replicas: replicas,
          requestsPerSecond: tenant.rate, memoryMiB: memoryMiB,
          batches: [1, 2, 3, 4, 6, 8, 16, 32])
      },
      latencyNS: { Int64(alone($0, $1, $2)) },
      togetherNS: { t, batch, processes, part in
        Int64(alone(t, batch, part) * (1 + 0.5 * Double(processes - 1)))
      })
  }

  @Test("a rate of 2.5 times the best instance's takes two of it and the smallest that serves half")
  func twoAndAHalf() throws {
    let probe = ParvaGPUPlanner(Self.view([(1_000, 1, 1)]), largestBatch: 32)
    let best = try #require(probe.best(0, processes: 8))
    let planner = ParvaGPUPlanner(
      Self.view([(1_000, 2.5 * best.throughput, 1)], replicas: 9), largestBatch: 32)
    let segments = planner.segments(of: 0)
    #expect(segments.count == 3 && segments[0] == best && segments[1] == best)
    let last = segments[2]
    #expect(last.throughput >= 0.5 * best.throughput)
    for size in [1, 2, 3, 4, 7] where size < last.size {
      let other = planner.best(0, processes: 9 - 2 * best.processes, size: size)
      #expect(other?.throughput ?? 0 < 0.5 * best.throughput)
    }
  }

  @Test("what is planned is legal, within 0.45 SLO, and serves the rates or says what it does not")
  func laws() throws {
    for seed in 1...40 {
      var tenants: [(slo: Double?, rate: Double, ms: Double)] = []
      for t in 0..<(1 + seed % 4) {
        let slo = 20 + (seed * 13 + t * 7) % 200
        let rate = (seed * 37 + t * 91) % 1_500
        tenants.append((Double(slo), Double(rate), 0.2 + Double((seed + t) % 5)))
      }
      let view = Self.view(tenants, replicas: 1 + seed % 9)
      let plan = try #require(ParvaGPUPlanner(view, largestBatch: 32).plan())
      let instances = plan.segments.map { view.profiles[$0.profile] }
      #expect(SliceProfile.fit(instances, of: view.profiles), "seed \(seed)")
      #expect(plan.segments.map(\.size) == plan.segments.map(\.size).sorted(by: >))
      for (t, tenant) in view.tenants.enumerated() {
        let own = plan.segments.filter { $0.tenant == t }
        #expect(!own.isEmpty, "seed \(seed)")
        #expect(own.reduce(0) { $0 + $1.processes } <= tenant.replicas)
        let served = own.reduce(0) { $0 + $1.throughput }
        #expect(served + plan.uncovered[t] >= tenant.requestsPerSecond - 1e-6, "seed \(seed)")
        for segment in own {
          let part = GPULayout.Part.slice(view.profiles[segment.profile].name)
          let time = view.togetherNS(t, segment.batch, segment.processes, part)
          let isFallback = segment.batch == 1 && segment.processes == 1
          #expect(Double(time) < 0.45 * Double(tenant.sloNS ?? 0) || isFallback, "seed \(seed)")
          #expect([1, 2, 4, 8, 16, 32].contains(segment.batch) && segment.processes <= 3)
        }
      }
    }
  }

  @Test("more tenants than instances, and models that no instance holds, are refused")
  func refusals() {
    #expect(
      ParvaGPUPlanner(
        Self.view(Array(repeating: (100, 1, 1), count: 8)), largestBatch: 4
      ).plan() == nil)
    #expect(
      ParvaGPUPlanner(Self.view([(100, 1, 1)], memoryMiB: 90_000), largestBatch: 4).plan() == nil)
    var policy = ParvaGPUPolicy(PolicyOptions())
    guard case .refused(let reason, _) = policy.plan(Self.view([(nil, 1, 1)])) else {
      return #expect(Bool(false))
    }
    #expect(reason.contains("'t0' has no SLO"))
  }

  @Test("seven tenants have a slice each, whatever they ask; what is not served is said")
  func crowd() throws {
    let view = Self.view(Array(repeating: (50, 900, 1), count: 7))
    let plan = try #require(ParvaGPUPlanner(view, largestBatch: 32).plan())
    #expect(plan.segments.map(\.size) == Array(repeating: 1, count: 7))
    #expect(plan.uncovered.allSatisfy { $0 > 0 })
    var policy = ParvaGPUPolicy(PolicyOptions())
    guard case .doubtful(let doubt) = policy.plan(view) else { return #expect(Bool(false)) }
    #expect(doubt.contains("req/s of 't0'"))
  }
}
