import Scheduling
import SimBasics
import Simulation
import Tables
import Workloads

/// An experiment's requests played faster or slower, so that they ask for a stated part of what a
/// policy can serve.
///
/// The load of a policy is the sum over tenants of the tenant's mean rate over its capacity, which
/// is the rate at which the policy serves that tenant alone when there is always a request waiting.
/// Loads differ by nothing but the clock: arrival times, duration and warm-up are divided by one
/// factor, so every load sees the same requests in the same order. Tenants whose requests follow
/// answers have no rate of their own: they ask as the experiment has it at every load, which is that of
/// the others.
package struct LoadSweep: Sendable {
  private let base: Experiment
  /// The seed the arrivals were drawn with.
  package let seed: UInt64
  /// By tenant; nil where requests follow answers.
  private let times: [[Int64]?]
  private let durationNS: Int64
  /// Requests of a language model that a capacity is measured with, at most.
  private static let mostWaiting = 1000

  /// Draws or takes the experiment's arrivals up to its duration.
  ///
  /// - Throws: `InputError` where the requests of all tenants follow answers, where there is no duration,
  ///   or where a tenant has no request in it.
  package init(_ base: Experiment, seed: UInt64) throws(InputError) {
    guard let duration = base.durationNS else {
      throw InputError(Diagnostic(message: "a load needs an experiment with a 'duration_s'"))
    }
    if !base.tenants.contains(where: \.hasRate) {
      let whose = base.tenants.count == 1 ? "the tenant '\(base.tenants[0].name)'" : "all tenants"
      throw InputError(
        Diagnostic(
          message: "requests of \(whose) follow answers, which leaves no load to vary",
          hint:
            "give \(base.tenants.count == 1 ? "it" : "one") arrivals of its own: a trace, a rate or a generator"
        ))
    }
    var times: [[Int64]?] = []
    for tenant in base.tenants {
      var own: [Int64] = []
      switch tenant.arrivals {
      case .trace(let recorded): own = Array(recorded.prefix { $0 <= duration })
      case .process(let process):
        var generator = try ArrivalGenerator(process, seed: seed, stream: tenant.name)
        while let time = generator.next(), time <= duration { own.append(time) }
      case .closedLoop, .sessions:
        times.append(nil)
        continue
      }
      if own.isEmpty {
        throw InputError(
          Diagnostic(message: "the tenant '\(tenant.name)' has no request within 'duration_s'"))
      }
      times.append(own)
    }
    self.base = base
    self.seed = seed
    self.times = times
    durationNS = duration
  }

  /// Requests per second of each tenant as the experiment has them; 0 of one whose requests follow
  /// answers.
  package var ratesRPS: [Double] {
    times.map { Double($0?.count ?? 0) * 1e9 / Double(durationNS) }
  }

  /// Requests per second at which a policy serves each tenant alone, saturated: its replicas in a
  /// closed loop with twice the clients that one turn or one batch of them can take. A language model
  /// answers its own requests (`languageCapacityRPS`). 1 for one whose requests follow answers: no load
  /// is measured in it.
  ///
  /// - Throws: `InputError` where the policy refuses a tenant.
  package static func capacitiesRPS(
    _ base: Experiment, _ policy: PolicyChoice
  ) throws(InputError) -> [Double] {
    let largest = policy.make().largestBatch
    var capacities: [Double] = []
    for tenant in base.tenants {
      if !tenant.hasRate {
        capacities.append(1)
        continue
      }
      var one = base
      one.policies = [policy]
      one.tenants = [tenant]
      if tenant.language != nil {
        capacities.append(try languageCapacityRPS(one, policy))
        continue
      }
      one.tenants[0].arrivals = .closedLoop(
        clients: 2 * max(1, (largest + tenant.replicas - 1) / tenant.replicas), thinkNS: 0)
      one.durationNS = 1_200_000_000
      one.warmupNS = 200_000_000
      let (totals, _) = try Simulation.run(
        one, Simulation.prepare(one), policy, seed: base.seeds.first ?? 1,
        observer: CompletionsOnly())
      capacities.append(Double(totals.finished[0]) * 1e9 / Double(max(1, totals.spanNS)))
    }
    return capacities
  }

  /// Requests per second at which a policy answers the first requests of a language model, all of which
  /// wait from the start: between the ends of the first quarter's answers and of the third's, when
  /// there is always one that waits.
  private static func languageCapacityRPS(
    _ alone: Experiment, _ policy: PolicyChoice
  ) throws(InputError) -> Double {
    var one = alone
    let seed = one.seeds.first ?? 1
    var count = mostWaiting
    if case .trace(let times) = one.tenants[0].arrivals {
      count = min(count, times.count { $0 <= one.durationNS ?? .max })
    }
    one.tenants[0].arrivals = .trace(Array(repeating: 0, count: count))
    (one.durationNS, one.warmupNS) = (nil, 0)
    let (_, observer) = try Simulation.run(
      one, Simulation.prepare(one), policy, seed: seed, observer: CompletionTimes())
    let ends = ((observer as? CompletionTimes)?.ends ?? []).sorted()
    guard let last = ends.last, last > 0 else { return 0 }
    let (from, to) = (ends[ends.count / 4], ends[ends.count * 3 / 4])
    let all = Double(ends.count)
    if ends.count < 8 || from == to { return all * 1e9 / Double(last) }
    return Double(ends.count * 3 / 4 - ends.count / 4) * 1e9 / Double(to - from)
  }

  /// The load that the experiment has as it is.
  package func load(capacitiesRPS capacities: [Double]) -> Double {
    zip(ratesRPS, capacities).map { $0 / $1 }.sumInAnyOrder
  }

  /// The experiment at a load under one policy.
  ///
  /// - Precondition: the load and the capacities are above zero.
  package func experiment(
    load wanted: Double, capacitiesRPS capacities: [Double], _ policy: PolicyChoice
  ) -> Experiment {
    experiment(timesAsFast: wanted / load(capacitiesRPS: capacities), policy)
  }

  /// The experiment with all times divided by a factor, under one policy.
  ///
  /// - Precondition: the factor is above zero.
  package func experiment(timesAsFast factor: Double, _ policy: PolicyChoice) -> Experiment {
    func scaled(_ time: Int64) -> Int64 { Int64((Double(time) / factor).rounded()) }
    var experiment = base
    experiment.policies = [policy]
    experiment.seeds = [seed]
    experiment.durationNS = scaled(durationNS)
    experiment.warmupNS = scaled(base.warmupNS)
    for index in experiment.tenants.indices {
      guard let own = times[index] else { continue }
      experiment.tenants[index].arrivals = .trace(own.map(scaled))
    }
    return experiment
  }

  /// As `experiment(load:capacitiesRPS:_:)`, where there is one.
  ///
  /// - Throws: `InputError` where a tenant is served nothing alone, or the run would be longer or
  ///   shorter than a run can be.
  package func possibleExperiment(
    load wanted: Double, capacitiesRPS capacities: [Double], _ policy: PolicyChoice
  ) throws(InputError) -> Experiment {
    if let idle = capacities.firstIndex(where: { $0 <= 0 }) {
      throw InputError(
        message:
          "'\(policy.label)' serves no request of '\(base.tenants[idle].name)' alone within a "
          + "second: there is no capacity to measure a load in")
    }
    let length = Double(durationNS) * load(capacitiesRPS: capacities) / wanted
    if length < 1 || length > Double(ExperimentLimits.longestNS) {
      throw InputError(
        message:
          "the same requests at this load take \(length / 1e9) s, which is no length of a run")
    }
    return experiment(load: wanted, capacitiesRPS: capacities, policy)
  }
}

extension TenantSpec {
  /// Whether its requests come at times of their own, that another clock can scale.
  fileprivate var hasRate: Bool {
    switch arrivals {
    case .trace, .process: true
    case .closedLoop, .sessions: false
    }
  }
}

/// Hears of nothing: the totals say it all.
private struct CompletionsOnly: RunObserver {
  mutating func requestCompleted(_ record: RequestRecord) {}
  mutating func requestDropped(tenant: Int, arrivalNS: Int64) {}
}

/// Hears when requests were answered.
private struct CompletionTimes: RunObserver {
  private(set) var ends: [Int64] = []
  mutating func requestCompleted(_ record: RequestRecord) { ends.append(record.completionNS) }
  mutating func requestDropped(tenant: Int, arrivalNS: Int64) {}
}
