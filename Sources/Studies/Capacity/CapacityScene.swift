import Simulation
import Tables
import Workloads

/// An experiment under one seed at any place along an axis, its arrivals the same everywhere.
///
/// A load plays the same requests on another clock (`LoadSweep`). Replicas and tenants bring copies
/// of arrivals: the first is the experiment's own, others are drawn from the seed under the copy's
/// own name, or are the trace begun at another instant (k golden sections of its length further on,
/// its beginning behind its end). So what there is at a place is there at every larger one.
package struct CapacityScene: Sendable {
  /// From the last instant at which a request can be in time to the run's end, in nanoseconds.
  private static let margin: Int64 = 2

  private let base: Experiment
  private let axis: CapacityAxis
  /// By tenant: whether it is raised; the others stay as they are.
  private let varied: [Bool]
  private let seed: UInt64
  private let durationNS: Int64
  private let sweep: LoadSweep?

  /// - Throws: `InputError` where arrivals follow answers that nothing else could be asked after, or
  ///   where no request arrives.
  package init(
    _ base: Experiment, _ axis: CapacityAxis, varied: [Bool], seed: UInt64
  ) throws(InputError) {
    var timed = base
    if timed.durationNS == nil { timed.durationNS = Self.lastRecorded(base) + 1 }
    self.base = timed
    self.axis = axis
    self.varied = varied
    self.seed = seed
    durationNS = timed.durationNS ?? 1
    sweep = axis == .load ? try LoadSweep(timed, seed: seed) : nil
    for (tenant, isVaried) in zip(base.tenants, varied) where isVaried && axis != .load {
      guard case .sessions = tenant.arrivals else { continue }
      throw InputError(
        Diagnostic(
          message: "the sessions of the tenant '\(tenant.name)' were recorded once: there is no "
            + "second copy of them",
          hint: "leave out what makes sessions of its trace, or give it a rate or a generator"))
    }
  }

  /// The experiment at a place under one policy, with an end that leaves no request's fate open
  /// where arrivals are not answers' own.
  package func experiment(
    at x: Double, _ policy: PolicyChoice
  ) throws(InputError) -> Experiment {
    var experiment: Experiment
    if let sweep {
      experiment = sweep.experiment(timesAsFast: x, policy)
    } else {
      experiment = base
      experiment.policies = [policy]
      experiment.seeds = [seed]
      experiment.tenants = try axis == .replicas ? multiplied(Int(x)) : dealt(Int(x))
    }
    // Where arrivals follow answers the run ends as it is said to.
    if !experiment.tenants.contains(where: \.waitsForAnswers) {
      experiment.durationNS = Self.end(of: experiment)
    }
    return experiment
  }

  /// Requests per second of all tenants at a place; nil where some follow answers.
  package func requestsPerSecond(at x: Double) throws(InputError) -> Double? {
    if base.tenants.contains(where: \.waitsForAnswers) { return nil }
    if let sweep { return sweep.ratesRPS.reduce(0, +) * x }
    let tenants = try axis == .replicas ? multiplied(Int(x)) : dealt(Int(x))
    var count = 0
    for tenant in tenants {
      if case .trace(let times) = tenant.arrivals { count += times.count }
    }
    return Double(count) * 1e9 / Double(durationNS)
  }

  /// When every request that can be in time is: an objective after the last has arrived. nil beside
  /// language models, where that follows from the answers' lengths: with the last answer.
  private static func end(of experiment: Experiment) -> Int64? {
    if experiment.hasLanguageModels { return nil }
    var last: Int64 = 0
    for tenant in experiment.tenants {
      if case .trace(let times) = tenant.arrivals { last = max(last, times.last ?? 0) }
    }
    return last + (experiment.tenants.compactMap(\.sloNS).max() ?? 0) + margin
  }

  private static func lastRecorded(_ experiment: Experiment) -> Int64 {
    experiment.tenants.reduce(0) { last, tenant in
      if case .trace(let times) = tenant.arrivals { max(last, times.last ?? 0) } else { last }
    }
  }

  // MARK: Copies

  /// Every varied tenant with so many times its replicas and its requests.
  private func multiplied(_ n: Int) throws(InputError) -> [TenantSpec] {
    var tenants = base.tenants
    for t in tenants.indices {
      guard varied[t] else {
        try requests(of: t, copy: 0).give(to: &tenants[t])
        continue
      }
      tenants[t].replicas *= n
      if tenants[t].waitsForAnswers { continue }
      var all: [CopiedRequests] = []
      for copy in 0..<n { all.append(try requests(of: t, copy: copy)) }
      CopiedRequests(merging: all).give(to: &tenants[t])
    }
    return tenants
  }

  /// So many tenants, the varied ones in turn, beside those that stay.
  private func dealt(_ n: Int) throws(InputError) -> [TenantSpec] {
    let turns = base.tenants.indices.filter { varied[$0] }
    var tenants: [TenantSpec] = []
    for t in base.tenants.indices {
      let place = turns.firstIndex(of: t)
      let copies = place.map { n > $0 ? (n - $0 - 1) / turns.count + 1 : 0 } ?? 1
      for copy in 0..<copies {
        var tenant = base.tenants[t]
        tenant.name = name(of: t, copy: copy)
        try requests(of: t, copy: copy).give(to: &tenant)
        tenants.append(tenant)
      }
    }
    return tenants
  }

  /// The name of a copy, and of its random stream; the first is the tenant itself.
  private func name(of t: Int, copy: Int) -> String {
    if copy == 0 { return base.tenants[t].name }
    var name = "\(base.tenants[t].name)-\(copy + 1)"
    while base.tenants.contains(where: { $0.name == name }) { name += "'" }
    return name
  }

  private func requests(of t: Int, copy: Int) throws(InputError) -> CopiedRequests {
    let tenant = base.tenants[t]
    let name = name(of: t, copy: copy)
    var times: [Int64] = []
    var first = 0
    switch tenant.arrivals {
    case .closedLoop, .sessions:
      return CopiedRequests(arrivals: tenant.arrivals, tokens: tenant.tokens)
    case .process(let process):
      var generator = try ArrivalGenerator(process, seed: seed, stream: name)
      while let time = generator.next(), time < durationNS { times.append(time) }
    case .trace(let recorded):
      (times, first) = Self.rotated(recorded.filter { $0 < durationNS }, copy, of: durationNS)
    }
    var requests = CopiedRequests(arrivals: .trace(times))
    if let source = tenant.tokens {
      let order = Array(first..<times.count) + Array(0..<first)
      requests.tokens = TokenSource(recorded: source.drawn(for: order, seed: seed, stream: name))
    }
    return requests
  }

  /// A trace begun at another instant, k golden sections of its length further on, and which of its
  /// records is then the first.
  static func rotated(
    _ times: [Int64], _ copy: Int, of length: Int64
  ) -> (times: [Int64], first: Int) {
    let golden = 0.618_033_988_749_894_9
    let turns = golden * Double(copy)
    let offset = min(length - 1, Int64((turns - turns.rounded(.down)) * Double(length)))
    let cut = times.firstIndex { $0 >= offset } ?? times.count
    let rotated = times[cut...].map { $0 - offset } + times[..<cut].map { $0 - offset + length }
    return (rotated, cut < times.count ? cut : 0)
  }
}
