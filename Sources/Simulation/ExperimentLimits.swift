import Tables
import Workloads

/// How large an experiment may be where numbers that are each within their bounds are multiplied.
///
/// Every reader bounds its own numbers; what comes of them together (clients times replicas,
/// durations times launches, rates times time) is bounded here and nowhere else, so that no
/// experiment runs out of integers, memory or patience without a sentence. Times that a run adds up
/// from these bounds stay below a quarter of what 64 bits of nanoseconds hold.
package enum ExperimentLimits {
  /// The longest run: 10^9 s, some 31 years.
  package static let longestNS: Int64 = 1_000_000_000_000_000_000
  /// The longest request or batch: 10^6 s, some twelve days.
  package static let longestRequestNS: Int64 = 1_000_000_000_000_000
  /// The most replicas of all tenants.
  package static let mostReplicas = 65_536
  /// The most clients of closed loops, over all replicas of all tenants.
  package static let mostClients = 1_000_000
  /// The most requests of one run.
  package static let mostRequests = 1_000_000_000

  /// A fault, and whose it is; nil where all tenants have a part in it.
  package struct Fault {
    /// The tenant's index.
    package var tenant: Int?
    /// What is too much.
    package var message: String
    /// A way out.
    package var hint: String?
  }

  /// What of an experiment is too large, before anything of it is prepared.
  package static func faults(_ experiment: Experiment) -> [Fault] {
    var faults: [Fault] = []
    let tenants = experiment.tenants
    let replicas = tenants.reduce(0.0) { $0 + Double($1.replicas) }
    if replicas > Double(mostReplicas) {
      faults.append(
        Fault(
          message: "\(whole(replicas)) replicas of all tenants are more than \(mostReplicas)",
          hint: "use fewer tenants or replicas"))
    }
    var (clients, requests) = (0.0, 0.0)
    for (t, tenant) in tenants.enumerated() {
      if case .closedLoop(let each, _) = tenant.arrivals {
        let own = Double(each) * Double(tenant.replicas)
        clients += own
        if passes(mostClients, clients, by: own) {
          faults.append(
            Fault(
              tenant: t,
              message: "\(each) clients on each of \(tenant.replicas) replicas of "
                + "'\(Excerpt.word(tenant.name))' make \(whole(clients)) in all, "
                + "more than \(mostClients)",
              hint: "use fewer clients"))
        }
      }
      let own = openRequests(of: tenant, experiment)
      requests += own
      if passes(mostRequests, requests, by: own) {
        faults.append(
          Fault(
            tenant: t,
            message: "with those of '\(Excerpt.word(tenant.name))' there are some "
              + "\(whole(requests)) requests, more than \(mostRequests)",
            hint: "shorten 'duration_s' or lower the rates"))
      }
    }
    return faults
  }

  /// What is too large of an experiment whose requests' times are known.
  ///
  /// - Parameter soloNS: by tenant, a request alone.
  static func faults(_ experiment: Experiment, soloNS: [Int64]) -> [Fault] {
    var (faults, round, requests): ([Fault], Double, Double) = ([], 0, 0)
    for (t, tenant) in experiment.tenants.enumerated() {
      let solo = Double(max(1, soloNS[t]))
      round += solo * Double(tenant.replicas)
      guard let own = mostClosedRequests(of: tenant, experiment, soloNS: soloNS[t]) else {
        continue
      }
      requests += own
      if passes(mostRequests, requests, by: own) {
        faults.append(
          Fault(
            tenant: t,
            message: "the closed loop of '\(Excerpt.word(tenant.name))' may ask some "
              + "\(whole(own)) times, and a run has \(mostRequests) requests at most",
            hint: "shorten 'duration_s', or let the clients think"))
      }
    }
    if round > Double(longestNS) {
      faults.append(
        Fault(
          message: "a request on every replica takes \(whole(round / 1e9)) s, one after the "
            + "other: more than the longest run, \(longestNS / 1_000_000_000) s",
          hint: "use fewer replicas"))
    }
    return faults
  }

  /// The most requests that a closed loop can ask within a run's duration; nil for other arrivals, and
  /// where there is no duration.
  ///
  /// - Parameter soloNS: a request alone; of a language model, whose requests differ, it is not read.
  package static func mostClosedRequests(
    of tenant: TenantSpec, _ experiment: Experiment, soloNS: Int64
  ) -> Double? {
    guard case .closedLoop(let clients, let think) = tenant.arrivals,
      let duration = experiment.durationNS
    else { return nil }
    let replicas = Double(tenant.replicas)
    var least = soloNS
    if let language = tenant.language {
      // No request takes less than a token for a token.
      var alone = LoneRequests(language, experiment.testbed, on: experiment.gpu)
      least = alone.latencyNS(input: 1, output: 1)
    }
    let solo = Double(max(1, least))
    // No client asks sooner than it is answered.
    let asked = replicas * Double(clients) * Double(duration) / (solo + Double(think))
    // No replica answers two at once, but a language model's does.
    return tenant.language != nil ? asked : min(asked, replicas * Double(duration) / solo)
  }

  /// The refusal of a request, or a batch, that takes too long; nil where it does not.
  static func fault(ofRequest ns: Double, batch: Int, model: String) -> Diagnostic? {
    if ns <= Double(longestRequestNS) { return nil }
    return Diagnostic(
      message: "a batch of \(batch) of the model '\(Excerpt.word(model))' takes "
        + "\(whole(ns / 1e9)) s, copies and host included: more than \(longestRequestNS / 1_000_000_000) s",
      hint: "look at its table's durations and bytes, and at the testbed's times")
  }

  /// How many requests an open source has within the duration, or in all.
  private static func openRequests(of tenant: TenantSpec, _ experiment: Experiment) -> Double {
    switch tenant.arrivals {
    case .trace(let times): return Double(times.count)
    case .sessions(let sessions): return Double(sessions.requestCount)
    case .process(let process):
      return process.requestsPerSecond * Double(experiment.durationNS ?? longestNS) / 1e9
    case .closedLoop: return 0
    }
  }

  /// Whether a sum is beyond a limit since its last part was added: each limit is told once.
  private static func passes(_ limit: some BinaryInteger, _ sum: Double, by part: Double) -> Bool {
    sum > Double(limit) && sum - part <= Double(limit)
  }

  /// A large number in a sentence.
  private static func whole(_ number: Double) -> String {
    number < 1e15 ? "\(Int64(number.rounded()))" : "\(number)"
  }
}
