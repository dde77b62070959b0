import SimBasics
import Simulation

/// What the horizontal axis of measured points changes in an experiment of one tenant.
package enum SweepAxis: String, CaseIterable, Sendable {
  /// The tenant's replicas; arrivals as the experiment has them.
  case replicas
  /// x replicas get one request each at one instant; what they got before, at an instant long
  /// past, only warms caches and is not counted.
  case burst

  /// Equal replicas ordered by their mean latency, the fastest being 1; how many there are is the
  /// number that the point's figure begins with.
  case replicaRank = "replica_rank"

  /// The part of what the policy can serve that all tenants together ask for, in percent
  /// (`LoadSweep`).
  case load

  /// The requests of one tenant in the order of their arrivals, the first being 1; replicas and
  /// arrivals as the experiment has them.
  case request

  /// From the warming burst to the counted one, in nanoseconds: longer than any burst takes.
  static let burstGapNS: Int64 = 10_000_000_000

  /// The experiment of one tenant alone at one place of the axis under one policy.
  ///
  /// - Parameter x: the number of replicas, where the axis does not keep the experiment's.
  /// - Precondition: the tenant is there, `x` is at least 1, the axis is not the load.
  package func experiment(
    _ base: Experiment, tenant: Int = 0, x: Int, policy: PolicyChoice
  ) -> Experiment {
    var experiment = base
    experiment.policies = [policy]
    experiment.tenants = [base.tenants[tenant]]
    if self == .request { return experiment }
    experiment.tenants[0].replicas = x
    if self == .burst {
      experiment.tenants[0].arrivals = .trace(
        Array(repeating: 0, count: x) + Array(repeating: Self.burstGapNS, count: x))
      experiment.warmupNS = Self.burstGapNS
      experiment.durationNS = nil
    }
    return experiment
  }
}

/// How far simulated points are from published ones.
package enum FitError {
  /// |simulated / published − 1|, the mean over the points; nil without points.
  package static func mean(_ points: [(simulated: Double, published: Double)]) -> Double? {
    if points.isEmpty { return nil }
    return points.reduce(0) { $0 + abs($1.simulated / $1.published - 1) } / Double(points.count)
  }

  /// The natural logarithm, the same on every machine.
  package static func log(_ ratio: Double) -> Double { PortableMath.log(ratio) }

  /// The geometric mean of ratios; nil without any or where one is not above 0.
  package static func geometricMean(_ ratios: [Double]) -> Double? {
    guard !ratios.isEmpty, ratios.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    return PortableMath.exp(
      ratios.reduce(0) { $0 + PortableMath.log($1) } / Double(ratios.count))
  }
}
