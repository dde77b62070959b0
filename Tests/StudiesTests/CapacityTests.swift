import Hardware
import Policies
import RunSupport
import SimBasics
import Tables
import Testing
import Workloads

@testable import Simulation
@testable import Studies

/// How much policies serve, where that is known otherwise.
struct CapacityTests {
  static let service: Int64 = 1_000_000
  static let slo: Int64 = 5_000_000

  static func server(
    rps: Double = 500, seconds: Int64 = 40, warmupNS: Int64 = 0,
    policies: [String] = ["time-only"]
  ) -> Experiment {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: service)])
    return Fixtures.experiment(
      [
        Fixtures.tenant(
          "a", table, sloNS: slo, .process(.poisson(requestsPerSecond: rps)))
      ], policies: policies, durationNS: seconds * 1_000_000_000, warmupNS: warmupNS)
  }

  static func answered(
    _ experiment: Experiment, jobs: Int = 2,
    _ change: (inout CapacityStudy.Question) -> Void = { _ in }
  ) throws -> CapacityStudy {
    var question = CapacityStudy.Question()
    question.asksLimits = false
    change(&question)
    var studies = [try CapacityStudy(experiment, question)]
    try CapacityStudy.answer(&studies, WorkControl(jobs: jobs))
    return studies[0]
  }

  static func knee(_ study: CapacityStudy, _ row: Int = 0) throws -> CapacityKnee {
    let first = try #require(study.rows[row].knees.first)
    return try #require(first)
  }

  /// The share in time of one server with one service time, by Lindley's recursion.
  static func lindley(_ seed: UInt64, _ experiment: Experiment, x: Double) throws -> Double {
    guard case .process(let process) = experiment.tenants[0].arrivals else { return 0 }
    var generator = try ArrivalGenerator(process, seed: seed, stream: "a")
    var (free, inTime, count) = (Int64(0), 0, 0)
    while let time = generator.next(), time <= experiment.durationNS ?? 0 {
      let arrival = Int64((Double(time) / x).rounded())
      free = max(free, arrival) + service
      guard arrival >= Int64((Double(experiment.warmupNS) / x).rounded()) else { continue }
      count += 1
      if free - arrival <= slo { inTime += 1 }
    }
    return Double(inTime) / Double(count)
  }

  /// One server, one launch: every policy is the same queue, whose capacity two other ways tell.
  @Test(arguments: [("exclusive", 40), ("time-only", 20), ("batched", 10), ("space-only", 10)])
  func oneServerHasTheCapacityOfItsQueue(policy: String, seconds: Int64) throws {
    let experiment = Self.server(
      seconds: seconds, warmupNS: 500_000_000, policies: [policy])
    let knee = try Self.knee(try Self.answered(experiment))
    let failing = try #require(knee.failing)
    #expect(try Self.lindley(1, experiment, x: knee.capacity) >= 0.99)
    #expect(try Self.lindley(1, experiment, x: failing) < 0.99)
    // Lindley's waits never fall with the load: every trial's answer is known.
    for trial in knee.trials {
      let share = try Self.lindley(1, experiment, x: trial.x)
      #expect(trial.isServed == (share >= 0.99), "at \(trial.x)")
      let told = try #require(trial.worst?.share)
      #expect(trial.isCut ? told >= share : abs(told - share) < 1e-12, "at \(trial.x)")
    }
    // Erlang's M/D/1: the utilization at which 99 % wait at most four service times.
    let utilization = knee.capacity * 500 * Double(Self.service) / 1e9
    #expect(abs(utilization / Self.erlang(share: 0.99, services: 4) - 1) < 0.05, "\(utilization)")
  }

  /// The utilization at which a share of an M/D/1 queue's customers wait at most so many service
  /// times (Erlang 1909): P(W ≤ t) = (1 − ρ) Σ_k (−ρ(t − k))^k e^(ρ(t − k)) / k!, k ≤ t.
  private static func erlang(share: Double, services: Int) -> Double {
    var (low, high) = (0.0, 1.0)
    for _ in 0..<60 {
      let rho = (low + high) / 2
      var sum = 0.0
      for k in 0...services {
        var term = PortableMath.exp(rho * Double(services - k))
        for i in 0..<k { term *= -rho * Double(services - k) / Double(i + 1) }
        sum += term
      }
      if (1 - rho) * sum >= share { low = rho } else { high = rho }
    }
    return low
  }

  /// A run cut short has the answer of the whole.
  @Test(arguments: ["time-only", "batched", "space-only", "space-time", "clockwork", "oracle"])
  func cuttingShortChangesNoAnswer(policy: String) throws {
    let table = Fixtures.table(
      "m", [Fixtures.kernel("k", duration: 600_000), Fixtures.kernel("l", duration: 300_000)])
    let experiment = Fixtures.experiment(
      [
        Fixtures.tenant(
          "a", table, replicas: 2, sloNS: 4_000_000, .process(.poisson(requestsPerSecond: 400))),
        Fixtures.tenant(
          "b", table, sloNS: 9_000_000,
          .trace((0..<600).map { $0 / 20 * 50_000_000 + $0 * 1_000 })),
      ], testbed: Fixtures.costly, durationNS: 2_000_000_000, warmupNS: 100_000_000)
    let choice = PolicyChoice(name: policy)
    let scene = try CapacityScene(experiment, .load, varied: [true, true], seed: 3)
    var cuts = 0
    for x in [0.2, 0.5, 0.8, 1, 1.3, 2, 4, 9] {
      let placed = try scene.experiment(at: x, choice)
      let short = AttainmentRun(placed, share: 0.95, mayCut: true)
      let whole = AttainmentRun(placed, share: 0.95, mayCut: false)
      #expect(short.isServed == whole.isServed, "\(policy) at \(x)")
      #expect(!whole.isCut && whole.refusal == nil)
      for (most, share) in zip(short.shares, whole.shares) { #expect(most >= share) }
      if short.isCut { cuts += 1 } else { #expect(short.shares == whole.shares) }
    }
    #expect(policy == "oracle" ? cuts == 0 : cuts > 0, "\(policy): \(cuts)")
  }

  @Test func whatThereIsAtAPlaceIsThereAtLargerOnes() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 100_000)])
    let experiment = Fixtures.experiment(
      [
        Fixtures.tenant("a", table, sloNS: 1, .process(.poisson(requestsPerSecond: 300))),
        Fixtures.tenant("b", table, sloNS: 1, .trace([5, 70, 900])),
      ], durationNS: 1_000_000_000)
    let choice = PolicyChoice(name: "time-only")
    let scene = try CapacityScene(experiment, .tenants, varied: [true, true], seed: 1)
    var before: [TenantSpec] = []
    for n in 1...6 {
      let tenants = try scene.experiment(at: Double(n), choice).tenants
      #expect(tenants.count == n)
      for old in before {
        let same = tenants.first { $0.name == old.name }
        #expect(Self.times(same) == Self.times(old) && same != nil)
      }
      before = tenants
    }
    #expect(before.map(\.name) == ["a", "a-2", "a-3", "b", "b-2", "b-3"])
    // Copies are no echoes.
    #expect(Set(before.map { Self.times($0) }).count == 6)

    let replicas = try CapacityScene(experiment, .replicas, varied: [true, false], seed: 1)
    let three = try replicas.experiment(at: 3, choice).tenants
    #expect(three.map(\.replicas) == [3, 1])
    #expect(Self.times(three[0]) == before[0...2].flatMap { Self.times($0) }.sorted())
    #expect(Self.times(three[1]) == [5, 70, 900])
    let rate = try #require(try replicas.requestsPerSecond(at: 3))
    #expect(rate == Double(Self.times(three[0]).count + 3))
  }

  private static func times(_ tenant: TenantSpec?) -> [Int64] {
    if case .trace(let times)? = tenant?.arrivals { return times }
    return []
  }

  @Test func aTraceBegunElsewhereIsTheSameTrace() {
    let times: [Int64] = [0, 3, 3, 500, 998]
    #expect(CapacityScene.rotated(times, 0, of: 1000).times == times)
    // 618 further on.
    #expect(CapacityScene.rotated(times, 1, of: 1000).times == [380, 382, 385, 385, 882])
    for copy in 0..<50 {
      let (own, first) = CapacityScene.rotated(times, copy, of: 1000)
      #expect(own == own.sorted() && own.count == 5)
      // Every record is as much earlier as the first.
      let earlier = own.indices.map { (times[(first + $0) % 5] - own[$0] + 1000) % 1000 }
      #expect(earlier.allSatisfy { $0 == earlier[0] })
      #expect(own.allSatisfy { (0..<1000).contains($0) })
    }
  }

  @Test func threadsReachNoAnswer() throws {
    var seeded = Self.server(seconds: 1, policies: ["time-only", "space-time"])
    seeded.seeds = [1, 2]
    func text(_ jobs: Int) throws -> String {
      let study = try Self.answered(seeded, jobs: jobs) { $0.asksLimits = true }
      return study.rows.map { row in
        "\(row.policy.label) \(row.capacities) \(row.limits?.name ?? "-") "
          + CapacityResource.allCases.map { "\(row.limits?.gains[$0] ?? 0)" }.joined(separator: " ")
      }.joined(separator: "\n")
    }
    let one = try text(1)
    #expect(one == (try text(4)))
    #expect(one.contains("one at a time"))
  }

  @Test func whatCannotBeRaisedIsRefused() {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 100_000)])
    func fault(_ tenant: TenantSpec, _ change: (inout CapacityStudy.Question) -> Void) -> String {
      let experiment = Fixtures.experiment(
        [tenant], policies: ["time-only"], durationNS: 100_000_000)
      do {
        _ = try Self.answered(experiment, change)
        return "served"
      } catch { return "\(error)" }
    }
    let open = ArrivalSpec.trace([1, 2, 3])
    #expect(fault(Fixtures.tenant("a", table, open)) { _ in }.contains("has no SLO"))
    #expect(
      fault(Fixtures.tenant("a", table, sloNS: 1, open)) { $0.tenants = ["b"] }
        .contains("there is no tenant 'b'"))
    let loop = ArrivalSpec.closedLoop(clients: 1, thinkNS: 0)
    #expect(fault(Fixtures.tenant("a", table, sloNS: 1, loop)) { _ in }.contains("follow answers"))
    let sessions = ArrivalSpec.sessions([SessionSpec(startNS: 0, delaysNS: [1])])
    #expect(
      fault(Fixtures.tenant("a", table, sloNS: 1, sessions)) { $0.axis = .tenants }
        .contains("no second copy"))
    // An answer is waited for one after the other: a closed loop has a most of tenants.
    #expect(
      fault(Fixtures.tenant("a", table, sloNS: 1_000_000, loop)) { $0.axis = .tenants } == "served")
  }
}
