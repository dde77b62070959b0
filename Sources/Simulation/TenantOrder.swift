import Scheduling

/// The order in which a run has its tenants, which is not that of the experiment.
///
/// Where two tenants ask for the same thing at one instant, one of them must come first: in the
/// ring of time slices, among arrivals and launches of one instant, in a policy's own order. Which
/// one must not hang on where a tenant stands in a file, nor, as far as that can be, on its name. So
/// the more urgent goes first, then the tighter objective, then the shorter request, the model, the
/// more replicas and the smaller share; names decide only between tenants alike in all of these.
/// Something must: of two equals one is first, and swapping their names swaps their results.
struct TenantOrder {
  /// By place in the run: the tenant's index in the experiment.
  let places: [Int]

  /// - Parameter soloNS: by the experiment's tenant, a request alone.
  init(_ experiment: Experiment, soloNS: [Int64], _ mechanism: SharingMechanism) {
    let keys = experiment.tenants.enumerated().map { t, tenant in
      Key(
        tenant: tenant, soloNS: soloNS[t], share: Self.share(of: tenant.name, mechanism))
    }
    places = keys.indices.sorted { keys[$0].precedes(keys[$1]) }
  }

  /// Whether the run's order is the experiment's.
  var isIdentity: Bool { places.enumerated().allSatisfy { $0.offset == $0.element } }

  /// The experiment as it is run.
  func ordered(_ experiment: Experiment) -> Experiment {
    var ordered = experiment
    ordered.tenants = places.map { experiment.tenants[$0] }
    return ordered
  }

  /// By replica of the run: its number in the experiment.
  func replicas(of experiment: Experiment) -> [Int] {
    var firsts: [Int] = []
    var count = 0
    for tenant in experiment.tenants {
      firsts.append(count)
      count += tenant.replicas
    }
    return places.flatMap { place in
      firsts[place]..<firsts[place] + experiment.tenants[place].replicas
    }
  }

  /// What a mechanism gives a tenant by its name.
  private static func share(of tenant: String, _ mechanism: SharingMechanism) -> Double {
    switch mechanism {
    case .dedicated, .streams, .taskQueue, .bound: 0
    case .timeSlices(_, _, let slices): slices[tenant].map { Double($0) } ?? 0
    case .mps(let percentages, _): percentages[tenant] ?? 0
    case .partitions(let layout):
      layout.partsByTenant[tenant].map { own in Double(own.reduce(0) { $0 * 64 + $1 + 1 }) } ?? 0
    }
  }

  private struct Key {
    let tenant: TenantSpec
    let soloNS: Int64
    let share: Double

    func precedes(_ other: Key) -> Bool {
      if tenant.priority != other.tenant.priority {
        return tenant.priority > other.tenant.priority
      }
      let (slo, otherSLO) = (tenant.sloNS ?? .max, other.tenant.sloNS ?? .max)
      if slo != otherSLO { return slo < otherSLO }
      if soloNS != other.soloNS { return soloNS < other.soloNS }
      if tenant.model != other.tenant.model { return tenant.model < other.tenant.model }
      if tenant.replicas != other.tenant.replicas {
        return tenant.replicas > other.tenant.replicas
      }
      if share != other.share { return share < other.share }
      return tenant.name < other.tenant.name
    }
  }
}

/// Tells an observer of a run's tenants and replicas by their numbers in the experiment.
struct ExperimentNumbers: RunObserver {
  var observer: any RunObserver
  /// By number in the run.
  let tenants: [Int]
  let replicas: [Int]

  var hasHeardEnough: Bool { observer.hasHeardEnough }

  mutating func requestCompleted(_ record: RequestRecord) {
    var record = record
    record.tenant = tenants[record.tenant]
    record.replica = replicas[record.replica]
    observer.requestCompleted(record)
  }

  mutating func tokenFollowed(tenant: Int, gapNS: Int64) {
    observer.tokenFollowed(tenant: tenants[tenant], gapNS: gapNS)
  }

  mutating func requestDropped(tenant: Int, arrivalNS: Int64) {
    observer.requestDropped(tenant: tenants[tenant], arrivalNS: arrivalNS)
  }

  mutating func requestUnfinished(_ request: UnfinishedRequest) {
    var request = request
    request.tenant = tenants[request.tenant]
    request.replica = request.replica.map { replicas[$0] }
    observer.requestUnfinished(request)
  }

  mutating func requestExplained(_ explanation: RequestExplanation) {
    var explanation = explanation
    explanation.record.tenant = tenants[explanation.record.tenant]
    explanation.record.replica = replicas[explanation.record.replica]
    let inTheWay = explanation.inTheWay
    for run in inTheWay.indices { explanation.inTheWay[tenants[run]] = inTheWay[run] }
    observer.requestExplained(explanation)
  }
}
