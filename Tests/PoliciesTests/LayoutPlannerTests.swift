import Scheduling
import Testing

@testable import Policies

/// Planners are functions from profiles to layouts: no simulator here.
@Suite("Planners of layouts")
struct LayoutPlannerTests {
  /// The A100's profiles.
  static let profiles = [
    ("1g.5gb", 14, 0.125, 7), ("1g.10gb", 14, 0.25, 4), ("2g.10gb", 28, 0.25, 3),
    ("3g.20gb", 42, 0.5, 2), ("4g.20gb", 56, 0.5, 1), ("7g.40gb", 98, 1, 1),
  ].map { name, sms, fraction, most in
    SliceProfile(
      name: name, smCount: sms, memoryFraction: fraction, memoryMiB: Int(40_000 * fraction),
      maxInstances: most)
  }

  /// A GPU of 100 SMs whose batches of b take `fixed + b` ms over SMs, up to `knee` of them.
  static func view(
    _ tenants: [(slo: Int64?, rate: Double, knee: Int, ms: Double)], replicas: Int = 4,
    hasMIG: Bool = true, slowdown: Double = 0, dram: Double = 0
  ) -> PlanningView {
    PlanningView(
      gpu: "test", smCount: 100, smsPerTPC: 2, profiles: hasMIG ? profiles : [],
      coRunnerSlowdown: slowdown,
      tenants: tenants.enumerated().map { t, tenant in
        TenantLoad(
          name: "t\(t)", sloNS: tenant.slo.map { $0 * 1_000_000 }, replicas: replicas,
          requestsPerSecond: tenant.rate, batches: [1, 2, 4, 8, 16, 32])
      },
      latencyNS: { t, batch, part in
        guard case .sms(let sms) = part else { return 1_000_000 }
        let speed = Double(min(sms.count, tenants[t].knee)) / 100
        return Int64(tenants[t].ms * (1 + 0.25 * Double(batch)) / speed * 1e6)
      },
      dramShare: { _, _, _ in dram })
  }

  @Test(
    "MIG instances fit where NVIDIA places them",
    arguments: [
      (["7g.40gb"], true), (["4g.20gb", "3g.20gb"], true), (["3g.20gb", "3g.20gb"], true),
      (["3g.20gb", "2g.10gb", "2g.10gb"], true), (["2g.10gb", "2g.10gb", "2g.10gb"], true),
      (["4g.20gb", "2g.10gb", "1g.5gb"], true), (Array(repeating: "1g.5gb", count: 7), true),
      (["4g.20gb", "4g.20gb"], false), (["7g.40gb", "1g.5gb"], false),
      (Array(repeating: "2g.10gb", count: 4), false),
      (["4g.20gb", "2g.10gb", "1g.5gb", "1g.5gb"], false),
      (["3g.20gb", "3g.20gb", "1g.5gb"], false),
      (Array(repeating: "1g.5gb", count: 8), false),
    ] as [([String], Bool)])
  func placements(names: [String], fits: Bool) {
    let instances = names.compactMap { name in Self.profiles.first { $0.name == name } }
    #expect(SliceProfile.fit(instances, of: Self.profiles) == fits)
    #expect(SliceProfile.fit(instances.reversed(), of: Self.profiles) == fits)
  }

  @Test("tenants without a profile get the largest there is for all of them")
  func migByCount() {
    let expected = [
      "7g.40gb", "3g.20gb", "2g.10gb", "1g.10gb", "1g.5gb", "1g.5gb", "1g.5gb",
    ]
    for count in 1...8 {
      var policy = MIGPolicy(PolicyOptions())
      let outcome = policy.plan(
        Self.view(Array(repeating: (nil, 10, 100, 1), count: count)))
      guard case .partitions(let layout) = policy.mechanism else {
        #expect(count == 8)
        if case .refused = outcome { continue }
        Issue.record("\(count) tenants: \(outcome)")
        continue
      }
      #expect(layout.slices == Array(repeating: expected[count - 1], count: count))
    }
  }

  @Test("MIG refuses a card without it and profiles that do not exist")
  func migRefusals() {
    var policy = MIGPolicy(PolicyOptions())
    guard case .refused(let reason, _) = policy.plan(Self.view([(nil, 1, 100, 1)], hasMIG: false))
    else { return #expect(Bool(false)) }
    #expect(reason == "test has no MIG profiles")
    var options = PolicyOptions()
    options.set("profile", .word("5g.20gb"))
    policy = MIGPolicy(options)
    guard case .refused(let unknown, let hint) = policy.plan(Self.view([(nil, 1, 100, 1)])) else {
      return #expect(Bool(false))
    }
    #expect(unknown == "test has no MIG profile '5g.20gb'")
    #expect(hint?.contains("1g.5gb, 1g.10gb") == true)
    options.set("profile", .words(["t0": "4g.20gb", "t1": "4g.20gb"]))
    policy = MIGPolicy(options)
    guard case .refused = policy.plan(Self.view([(nil, 1, 100, 1), (nil, 1, 100, 1)])) else {
      return #expect(Bool(false))
    }
  }

  @Test("shares by demand are whole TPCs that add up to the GPU")
  func sharesByDemand() {
    for seed in 1...20 {
      let tenants = (0..<(2 + seed % 5)).map { t -> (Int64?, Double, Int, Double) in
        (nil, Double((seed * 37 + t * 101) % 90), 100, 1 + Double(t))
      }
      let view = Self.view(tenants)
      guard let sms = MPSPartitionPolicy.sms(view, tenants.map { _ in nil }) else {
        Issue.record("no shares")
        continue
      }
      #expect(sms.reduce(0, +) == 100 && sms.allSatisfy { $0 >= 2 && $0 % 2 == 0 })
      let demand = tenants.map { $0.1 * $0.3 }
      for a in sms.indices {
        for b in sms.indices where demand[a] > demand[b] { #expect(sms[a] >= sms[b]) }
      }
    }
    #expect(Apportionment.parts(of: 3, by: [1, 1, 1, 1]) == nil)
    #expect(Apportionment.parts(of: 4, by: [0, 0, 100, 0]) == [1, 1, 1, 1])
    #expect(Apportionment.parts(of: 10, by: [3, 1]) == [8, 2])
  }

  @Test("given shares are kept, the rest is divided, and more than the GPU is refused")
  func givenShares() {
    var options = PolicyOptions()
    options.set("share", .numbers(["t1": 30]))
    var policy = MPSPartitionPolicy(options)
    let view = Self.view([(nil, 10, 100, 1), (nil, 10, 100, 1), (nil, 10, 100, 1)])
    #expect(policy.plan(view) == .done)
    guard case .partitions(let layout) = policy.mechanism else { return #expect(Bool(false)) }
    #expect(layout.parts == [.sms(0..<36), .sms(36..<66), .sms(66..<100)])
    options.set("share", .number(40))
    policy = MPSPartitionPolicy(options)
    guard case .refused(let reason, _) = policy.plan(view) else { return #expect(Bool(false)) }
    #expect(reason == "the shares add up to 120 %, more than 100")
  }
}
