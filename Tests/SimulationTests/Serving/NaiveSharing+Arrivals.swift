@testable import Simulation

extension NaiveSharing {
  /// The requests of traces, those of one instant by tenant: language models first, then who takes
  /// least alone.
  static func arrivals(
    of experiment: Experiment
  ) throws -> [(time: Int64, tenant: Int, number: Int)] {
    let alone = try experiment.tenants.map {
      try $0.language == nil ? timeAlone($0, experiment) : 0
    }
    var arrivals: [(time: Int64, tenant: Int, number: Int)] = []
    for (t, tenant) in experiment.tenants.enumerated() {
      guard case .trace(let times) = tenant.arrivals else { continue }
      arrivals += times.enumerated().map { ($0.element, t, $0.offset) }
    }
    return arrivals.sorted {
      ($0.time, alone[$0.tenant], $0.tenant) < ($1.time, alone[$1.tenant], $1.tenant)
    }
  }

  /// How long a CNN's request takes with nobody beside it.
  private static func timeAlone(_ tenant: TenantSpec, _ experiment: Experiment) throws -> Int64 {
    var one = experiment
    one.tenants = [tenant]
    var naive = try NaiveSharing(one, blocks: 0)
    try naive.run([(time: 0, tenant: 0, number: 0)])
    return naive.answers[0].end
  }
}
