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
/// factor, so every load sees the same requests in the same order.
package struct LoadSweep: Sendable {
  private let base: Experiment
  /// The seed the arrivals were drawn with.
  package let seed: UInt64
  private let times: [[Int64]]
  private let durationNS: Int64

  /// Draws or takes the experiment's arrivals up to its duration.
  ///
  /// - Throws: `InputError` where requests of a tenant follow answers, whose load is not its own to choose,
  ///   where there is no duration, or where a tenant has no request in it.
  package init(_ base: Experiment, seed: UInt64) throws(InputError) {
    guard let duration = base.durationNS else {
      throw InputError(Diagnostic(message: "a load needs an experiment with a 'duration_s'"))
    }
    var times: [[Int64]] = []
    for tenant in base.tenants {
      var own: [Int64] = []
      switch tenant.arrivals {
      case .trace(let recorded): own = Array(recorded.prefix { $0 <= duration })
      case .process(let process):
        var generator = try ArrivalGenerator(process, seed: seed, stream: tenant.name)
        while let time = generator.next(), time <= duration { own.append(time) }
      case .closedLoop, .sessions:
        throw InputError(
          Diagnostic(
            message: "requests of the tenant '\(tenant.name)' follow answers, which leaves no load "
              + "to vary",
            hint: "give it arrivals of its own: a trace, a rate or a generator"))
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

  /// Requests per second of each tenant as the experiment has them.
  package var ratesRPS: [Double] {
    times.map { Double($0.count) * 1e9 / Double(durationNS) }
  }

  /// Requests per second at which a policy serves each tenant alone, saturated: its replicas in a
  /// closed loop with twice the clients that one turn or one batch of them can take.
  ///
  /// - Throws: `InputError` where the policy refuses a tenant.
  package static func capacitiesRPS(
    _ base: Experiment, _ policy: PolicyChoice
  ) throws(InputError) -> [Double] {
    let largest = policy.make().largestBatch
    var capacities: [Double] = []
    for tenant in base.tenants {
      var one = base
      one.policies = [policy]
      one.tenants = [tenant]
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
      experiment.tenants[index].arrivals = .trace(times[index].map(scaled))
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

/// Hears of nothing: the totals say it all.
private struct CompletionsOnly: RunObserver {
  mutating func requestCompleted(_ record: RequestRecord) {}
  mutating func requestDropped(tenant: Int, arrivalNS: Int64) {}
}
