import Testing

@testable import Policies
@testable import Scheduling

/// What needs no run to be seen.
struct GatePolicyTests {
  private func tenants(_ priorities: [Int], sloNS: Int64 = .max / 4) -> [TenantView] {
    priorities.enumerated().map { index, priority in
      TenantView(
        name: "t\(index)", priority: priority, sloNS: sloNS, replicas: index..<index + 1,
        programs: [])
    }
  }

  private func options(_ values: KeyValuePairs<String, PolicyOptions.Value>) -> PolicyOptions {
    var options = PolicyOptions()
    for (name, value) in values { options.set(name, value) }
    return options
  }

  @Test func prioritiesMustDiffer() {
    let none = PolicyOptions()
    let policies: [any SharingPolicy.Type] = [
      OrionPolicy.self, REEFPolicy.self, TallyPolicy.self, TGSPolicy.self, GPreemptPolicy.self,
      XSchedPolicy.self,
    ]
    for policy in policies {
      #expect(policy.objection(to: tenants([3, 3]), none)?.contains("priority 3") == true)
      #expect(policy.objection(to: tenants([3, 2]), none) == nil)
      #expect(policy.objection(to: tenants([3]), none) == nil)
    }
    #expect(PaellaPolicy.objection(to: tenants([3, 3]), none) == nil)
  }

  @Test func xschedNeedsWhatItsRuleGoesBy() {
    func objection(_ values: KeyValuePairs<String, PolicyOptions.Value>, sloNS: Int64) -> String? {
      XSchedPolicy.objection(to: tenants([0, 0], sloNS: sloNS), options(values))
    }
    for rule in ["kedf", "lax"] {
      #expect(objection(["rule": .word(rule)], sloNS: .max / 4)?.contains("slo_ms") == true)
      #expect(objection(["rule": .word(rule)], sloNS: 5_000_000) == nil)
    }
    let given = objection(["rule": .word("lax"), "laxity_ms": .number(3)], sloNS: .max / 4)
    #expect(given == nil)
    #expect(objection(["rule": .word("up")], sloNS: .max / 4) == nil)
    let large = objection(
      ["rule": .word("up"), "batch": .number(9), "in_flight": .number(8)], sloNS: 5)
    #expect(large?.contains("batch") == true)
  }

  /// Replicas 0, critical, and 1, each with a launch ready.
  private func pair(blocks: [Int], perSM: Int = 2, soloNS: Int64 = 1_000_000) -> SchedulingView {
    var view = SchedulingView()
    view.smCount = 80
    view.tenants = tenants([1, 0])
    for (index, count) in blocks.enumerated() {
      let launch = LaunchView(
        classID: index, familyID: index, blocks: count, blocksPerSM: perSM, soloNS: soloNS,
        smShare: 1, dramRate: 0)
      view.programs.append(ProgramView(batch: 1, launches: [launch], soloNS: soloNS))
      var replica = ReplicaView(tenant: index)
      replica.program = index
      replica.phase = .ready
      view.replicas.append(replica)
      view.addReady(index)
    }
    return view
  }

  /// Feeds TGS one critical launch of so many blocks in each window; returns the limits at their
  /// ends.
  private func limits(_ rates: [Int]) -> [Double] {
    var policy = TGSPolicy(options(["window_ms": .number(1_000)]))
    var limits: [Double] = []
    for (window, rate) in rates.enumerated() {
      var view = pair(blocks: [rate, 1])
      view.now = Int64(window) * 1_000_000_000 + 5
      var decisions = DecisionBuffer()
      policy.decide(view, &decisions)
      limits.append(policy.limit)
    }
    return limits
  }

  @Test func tgsNeverLowersTheLimitWhileTheRateStays() {
    let limits = limits((0..<60).map { 100_000 + ($0 % 3) * 1_000 })
    #expect(limits[..<5].allSatisfy { $0 == 0 })
    #expect(limits[5...].first == 4_000)
    #expect(limits[5...].elementsEqual(limits[5...].sorted()) && limits[59] > 1e6)
  }

  @Test func tgsThrottlesForASlowerAndForAFasterCriticalTenant() {
    let steady = Array(repeating: 100_000, count: 12)
    for rate in [80_000, 110_000, 200_000] {
      let limits = limits(steady + [rate, rate, rate])
      #expect(limits[14] < limits[12], "\(rate): \(limits)")
    }
  }

  @Test func tallyTakesTheLargestSliceWithinTheBound() {
    let policy = TallyPolicy(options(["bound_ms": .number(0.1)]))
    // 8 rounds of 125 us with two blocks an SM; one an SM takes half as long for half as many.
    #expect(policy.slice(of: launch(1_280, 1_000_000), pair(blocks: [1, 1])) == 80)
    // 16 rounds of 62.5 us.
    #expect(policy.slice(of: launch(2_560, 1_000_000), pair(blocks: [1, 1])) == 160)
    // No round is within the bound: ceil(1.3 d / L) slices.
    #expect(policy.slice(of: launch(160, 1_000_000), pair(blocks: [1, 1])) == 13)
    // No more blocks than SMs, or the launch within the bound at a speed no slice has.
    #expect(policy.slice(of: launch(80, 1_000_000), pair(blocks: [1, 1])) == nil)
    var slow = pair(blocks: [1, 1])
    slow.launchGapNS = 1_000_000
    #expect(policy.slice(of: launch(2_560, 100_000), slow) == nil)
  }

  private func launch(_ blocks: Int, _ soloNS: Int64) -> LaunchView {
    LaunchView(
      classID: 0, familyID: 0, blocks: blocks, blocksPerSM: 2, soloNS: soloNS, smShare: 1,
      dramRate: 0)
  }

  @Test func paellaDeficitsSumToNothingWhileAllHaveWork() {
    var policy = PaellaPolicy(options(["fairness_threshold": .number(2)]))
    var served = [0, 0]
    var view = pair(blocks: [80, 80])
    // The second has more left: only its deficit lets it go.
    view.programs[1] = ProgramView(
      batch: 1, launches: Array(repeating: view.programs[0].launches[0], count: 2),
      soloNS: 2_000_000)
    for _ in 0..<200 {
      var one = view
      // Room for one.
      one.smCount = 40
      var decisions = DecisionBuffer()
      policy.decide(one, &decisions)
      for case .launch(let replica, _, _, _) in decisions.decisions.prefix(1) {
        served[replica] += 1
      }
      #expect(abs(policy.deficits.reduce(0, +)) < 1e-6)
    }
    #expect(served[0] > 0 && served[0] + served[1] == 200)
  }
}
