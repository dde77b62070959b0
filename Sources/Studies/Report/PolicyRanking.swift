import Metrics
import Reports
import Simulation

/// Which policy serves best and by how much, as a sentence or two; and what that rests on.
///
/// A policy meets an objective where at least `share` of the tenant's *arrived* requests are done in
/// time, in the mean over the seeds. Of those that meet every objective the one with the most to
/// spare is first: whose largest p99 over SLO, of all tenants, is lowest. Of the others the one whose
/// worst tenant has the most requests in time. What looks equal in three digits is said to be equal,
/// and what the seeds do not tell apart (the paired 95 % interval of the difference holds 0) is said
/// not to be told apart.
package struct PolicyRanking {
  /// The share of a tenant's arrived requests that must be in time.
  package static let share = 0.99

  /// A tenant, and its objective in ms where it has one and that is known.
  package struct Tenant: Sendable {
    package var name: String
    package var model: String
    package var sloMS: Double?

    package init(name: String, model: String, sloMS: Double?) {
      self.name = name
      self.model = model
      self.sloMS = sloMS
    }
  }

  /// How a policy does.
  package struct Standing: Sendable {
    /// The policy's label.
    package var policy: String
    /// Of its worst tenant: the mean share of arrived requests done in time.
    package var attainment: (share: Double, tenant: String)?
    /// Of its tightest tenant: the mean p99 over the SLO.
    package var tightness: (ratio: Double, tenant: String)?
    /// The latter, or without objectives the p99 of all in ms, seed by seed.
    var bySeed: [Double]

    /// Whether every objective is met.
    package var meetsAll: Bool { (attainment?.share ?? 0) >= PolicyRanking.share }
  }

  /// The policies, best first.
  package let standings: [Standing]
  /// Whether any tenant has an objective.
  package let hasObjectives: Bool
  let tenants: [Tenant]
  let drawsArrivals: Bool

  /// Ranks policies.
  ///
  /// - Parameters:
  ///   - policies: labels of those that share the GPU.
  ///   - value: a figure of a policy for a tenant (nil for all) under the n-th seed.
  ///   - drawsArrivals: whether the seeds tell runs apart.
  package init(
    policies: [String], tenants: [Tenant], seeds: Int, drawsArrivals: Bool,
    value: (_ figure: SummaryFigure, _ policy: String, _ tenant: Int?, _ seed: Int) -> Double?
  ) {
    self.tenants = tenants
    self.drawsArrivals = drawsArrivals
    func mean(_ figure: SummaryFigure, _ policy: String, _ tenant: Int?) -> Double? {
      let samples = (0..<seeds).compactMap { value(figure, policy, tenant, $0) }
      return SampleStatistics(samples)?.mean
    }
    var hasObjectives = false
    var found: [Standing] = []
    for policy in policies {
      var standing = Standing(policy: policy, bySeed: [])
      for (t, tenant) in tenants.enumerated() {
        guard let share = mean(.sloAttainment, policy, t) else { continue }
        hasObjectives = true
        if share < standing.attainment?.share ?? .infinity {
          standing.attainment = (share, tenant.name)
        }
        guard let slo = tenant.sloMS, let p99 = mean(.latencyP99, policy, t) else { continue }
        if p99 / slo > standing.tightness?.ratio ?? 0 {
          standing.tightness = (p99 / slo, tenant.name)
        }
      }
      standing.bySeed = (0..<seeds).compactMap { seed in
        guard standing.attainment != nil else { return value(.latencyP99, policy, nil, seed) }
        return tenants.indices.compactMap { t in
          guard let slo = tenants[t].sloMS else { return nil }
          return value(.latencyP99, policy, t, seed).map { $0 / slo }
        }.max()
      }
      if mean(.arrived, policy, nil) != nil { found.append(standing) }
    }
    self.hasObjectives = hasObjectives
    standings = found.enumerated().sorted {
      (Self.key($0.element, hasObjectives), $0.offset)
        < (Self.key($1.element, hasObjectives), $1.offset)
    }.map(\.element)
  }

  /// A policy's place, equals sharing one; nil where it is not ranked.
  package func rank(of policy: String) -> Int? {
    guard let own = standings.first(where: { $0.policy == policy }) else { return nil }
    let key = Self.key(own, hasObjectives)
    return 1 + standings.count { Self.key($0, hasObjectives) < key }
  }

  /// Lower is better; by what is shown, so that equals keep their order.
  private static func key(_ standing: Standing, _ hasObjectives: Bool) -> Key {
    guard hasObjectives else {
      return Key(group: 0, value: SampleStatistics(standing.bySeed)?.mean ?? .infinity)
    }
    guard standing.meetsAll else {
      return Key(group: 1, value: -(standing.attainment?.share ?? -1))
    }
    return Key(group: 0, value: standing.tightness?.ratio ?? -(standing.attainment?.share ?? 0))
  }

  private struct Key: Comparable {
    var group: Int
    var value: Double

    static func < (a: Key, b: Key) -> Bool { (a.group, a.value) < (b.group, b.value) }
  }
}
