import Simulation

/// Keeps what a run's figures need of each request: its latency, 8 bytes, and sums.
///
/// Latencies are kept whole, so percentiles are exact. Memory: 8 bytes a counted request and a few
/// words a replica. When the run is over, `summary` turns what was heard into figures.
package struct MetricCollector: RunObserver {
  /// What one replica did.
  struct Replica {
    var tenant: Int
    var count = 0
    var latencyNS: Int128 = 0
    /// Of a language model's requests, whose times alone differ.
    var slowdowns = 0.0
  }

  /// What one tenant's requests did.
  struct Tenant {
    var latencies = SampleStore()
    var queueingNS: Int128 = 0
    var serviceNS: Int128 = 0
    let objectives: RequestObjectives
    var inTime = 0
    /// What a language model's requests add.
    var serving: ServingSamples?
  }

  /// When the tokens of a language model's answers came.
  struct ServingSamples {
    var firstTokens = SampleStore()
    /// Mean gaps of answers, to the nanosecond.
    var meanGaps = SampleStore()
    var gaps = SampleStore()
    /// Slowdowns as their bits, in the order of which positive numbers lie, and their sum.
    var slowdowns = SampleStore()
    var slowdownSum = 0.0
    private var alone: LoneRequests

    init(_ language: LanguageTenant, _ experiment: Experiment) {
      alone = LoneRequests(language, experiment.testbed, on: experiment.gpu)
    }

    /// Notes a request that has ended; returns its slowdown.
    mutating func note(_ tokens: TokenRecord, arrivalNS: Int64) -> Double {
      firstTokens.append(tokens.firstNS - arrivalNS)
      if let gap = tokens.meanGapNS { meanGaps.append(Int64(gap.rounded())) }
      let solo = max(1, alone.latencyNS(input: tokens.input, output: tokens.output))
      let slowdown = Double(tokens.lastNS - arrivalNS) / Double(solo)
      slowdowns.append(Int64(bitPattern: slowdown.bitPattern))
      slowdownSum += slowdown
      return slowdown
    }
  }

  /// Where the time of one tenant's requests went, by reason.
  struct Waits {
    var count = 0
    var ns = [Int128](repeating: 0, count: WaitReason.allCases.count)
  }

  var tenants: [Tenant]
  /// By tenant; empty in runs that do not follow it.
  var waits: [Waits] = []
  var replicas: [Replica] = []

  /// Starts to listen to a run of the experiment.
  package init(_ experiment: Experiment) {
    tenants = experiment.tenants.map { spec in
      Tenant(
        objectives: RequestObjectives(spec),
        serving: spec.language.map { ServingSamples($0, experiment) })
    }
    replicas.reserveCapacity(experiment.tenants.reduce(0) { $0 + $1.replicas })
  }

  /// Notes a counted request.
  package mutating func requestCompleted(_ record: RequestRecord) {
    let latency = record.completionNS - record.arrivalNS
    let t = record.tenant
    tenants[t].latencies.append(latency)
    tenants[t].queueingNS += Int128(record.firstLaunchNS - record.arrivalNS)
    tenants[t].serviceNS += Int128(record.completionNS - record.firstLaunchNS)
    if tenants[t].objectives.areMet(by: record) { tenants[t].inTime += 1 }
    while replicas.count <= record.replica { replicas.append(Replica(tenant: -1)) }
    replicas[record.replica].tenant = t
    replicas[record.replica].count += 1
    replicas[record.replica].latencyNS += Int128(latency)
    if let tokens = record.tokens,
      let slowdown = tenants[t].serving?.note(tokens, arrivalNS: record.arrivalNS)
    {
      replicas[record.replica].slowdowns += slowdown
    }
  }

  /// Notes a gap between two tokens of an answer.
  package mutating func tokenFollowed(tenant: Int, gapNS: Int64) {
    tenants[tenant].serving?.gaps.append(gapNS)
  }

  /// Notes where a counted request's time went.
  package mutating func requestExplained(_ explanation: RequestExplanation) {
    if waits.isEmpty { waits = tenants.map { _ in Waits() } }
    let t = explanation.record.tenant
    waits[t].count += 1
    for reason in WaitReason.allCases {
      waits[t].ns[reason.rawValue] += Int128(explanation.parts[reason])
    }
  }

  /// The means by reason in milliseconds, of one tenant or of all; empty where there are none.
  func waitMeansMS(of tenant: Int?) -> [Double] {
    let own = waits.enumerated().filter { tenant == nil || $0.offset == tenant }.map(\.element)
    let count = own.reduce(0) { $0 + $1.count }
    guard count > 0 else { return [] }
    return WaitReason.allCases.map { reason in
      Double(own.reduce(Int128(0)) { $0 + $1.ns[reason.rawValue] }) / Double(count) / 1e6
    }
  }

  /// Dropped requests are counted by the run itself.
  package mutating func requestDropped(tenant: Int, arrivalNS: Int64) {}

  /// The mean latency in milliseconds of each replica that served a request, in their order.
  package var replicaMeansMS: [Double] {
    replicas.compactMap { replica in
      replica.count > 0 ? Double(replica.latencyNS) / Double(replica.count) / 1e6 : nil
    }
  }

  /// The mean slowdown of each replica that served a request; of one tenant, or of all.
  func replicaSlowdowns(of tenant: Int?, soloNS: [Int64]) -> [Double] {
    replicas.compactMap { replica in
      guard replica.count > 0, tenant == nil || replica.tenant == tenant else { return nil }
      if tenants[replica.tenant].serving != nil {
        return replica.slowdowns / Double(replica.count)
      }
      guard soloNS[replica.tenant] > 0 else { return nil }
      return Double(replica.latencyNS) / Double(replica.count) / Double(soloNS[replica.tenant])
    }
  }
}
