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
  private let tenants: [Tenant]
  private let drawsArrivals: Bool

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

  // MARK: Words

  /// The ranking in words, without a newline; empty where there is nothing to rank.
  package var sentence: String {
    guard let first = standings.first else { return "" }
    let second = standings.count > 1 ? standings[1] : nil
    guard hasObjectives else { return withoutObjectives(first, second) }
    let meeting = standings.count(where: \.meetsAll)
    let count = standings.count
    let those =
      count == 1 ? "The one policy that shares the GPU" : "Of \(count) policies that share the GPU"
    let rule = "\(Self.percent(Self.share)) of each tenant's requests in time"
    if meeting == 0 {
      let lead =
        count == 1
        ? "\(those), \(first.policy), does not meet every SLO (\(rule))"
        : "\(those) none meets every SLO (\(rule))"
      return lead + ". " + closest(first, second)
    }
    var text =
      count == 1
      ? "\(those), \(first.policy), meets every SLO (\(rule))"
      : "\(those), \(meeting == count ? "all" : "\(meeting)") \(meeting == 1 ? "meets" : "meet")"
        + " every SLO (\(rule))"
    if meeting == 1, count > 1 { text += ": \(first.policy)" }
    text += ". " + spare(first, among: meeting, second)
    return text
  }

  /// Of the best of those that meet every objective: what is left, and what the runner-up has.
  private func spare(_ first: Standing, among meeting: Int, _ second: Standing?) -> String {
    var text: String
    if let (ratio, tenant) = first.tightness {
      let share = Self.percent(ratio)
      text =
        meeting > 1
        ? "\(first.policy) has the most to spare: its p99 is at most \(share) of the SLO (\(tenant))"
        : "Its p99 is at most \(share) of the SLO (\(tenant))"
    } else {
      guard let (share, tenant) = first.attainment else { return "" }
      text = "\(first.policy) has at least \(Self.percent(share)) in time (\(tenant))"
    }
    guard let second else { return text + "." }
    guard second.meetsAll else {
      return text + "; " + loss(second) + "."
    }
    guard let own = first.tightness, let other = second.tightness else { return text + "." }
    let equals = standings.filter {
      $0.meetsAll && $0.tightness.map { Self.percent($0.ratio) } == Self.percent(own.ratio)
    }.map(\.policy)
    if equals.count > 1 {
      return
        "\(Self.list(equals)) have the most to spare, and are equal in it: their p99 is at most "
        + "\(Self.percent(own.ratio)) of the SLO (\(own.tenant))."
    }
    text +=
      "; the runner-up, \(second.policy), is at \(Self.percent(other.ratio)) (\(other.tenant))"
    return text + doubt(first, second) + "."
  }

  private func closest(_ first: Standing, _ second: Standing?) -> String {
    guard let own = first.attainment else { return "" }
    let share = Self.percent(own.share)
    var text =
      "Closest is \(first.policy), with \(share) in time of its worst tenant (\(own.tenant))"
    if standings.count == 1 { text = "Of its worst tenant (\(own.tenant)) \(share) are in time" }
    guard let second else { return text + "." }
    if let other = second.attainment, Self.percent(other.share) == share {
      let equals = standings.filter { $0.attainment.map { Self.percent($0.share) } == share }
      return "Closest are \(Self.list(equals.map(\.policy))), equal with \(share) in time of their "
        + "worst tenant (\(own.tenant))."
    }
    text += "; " + loss(second)
    return text + "."
  }

  /// What the runner-up loses.
  private func loss(_ second: Standing) -> String {
    guard let (share, tenant) = second.attainment else {
      return "the runner-up, \(second.policy), serves nobody"
    }
    return "the runner-up, \(second.policy), has \(Self.percent(share)) in time (\(tenant))"
  }

  private func withoutObjectives(_ first: Standing, _ second: Standing?) -> String {
    let start = "No tenant has an SLO"
    guard tenants.allSatisfy({ $0.model == tenants.first?.model }) else {
      return "\(start), and unlike models have no common figure of merit: each tenant's table has "
        + "its own order."
    }
    guard let own = SampleStatistics(first.bySeed)?.mean else { return "" }
    let shown = NumberText.significant(own, 3)
    guard let second, let other = SampleStatistics(second.bySeed)?.mean else {
      return "\(start); \(first.policy) has a p99 of \(shown) ms."
    }
    if NumberText.significant(other, 3) == shown {
      let equals = standings.filter {
        SampleStatistics($0.bySeed).map { NumberText.significant($0.mean, 3) } == shown
      }
      return "\(start). \(Self.list(equals.map(\.policy))) share the lowest p99, \(shown) ms."
    }
    return "\(start). \(first.policy) has the lowest p99, \(shown) ms; the runner-up, "
      + "\(second.policy), has \(NumberText.significant(other, 3)) ms" + doubt(first, second) + "."
  }

  /// What the seeds do not tell apart.
  private func doubt(_ first: Standing, _ second: Standing) -> String {
    guard drawsArrivals, first.bySeed.count == second.bySeed.count,
      let difference = SampleStatistics(zip(first.bySeed, second.bySeed).map { $1 - $0 }),
      let half = difference.confidenceHalfWidth
    else { return "" }
    return difference.mean - half <= 0
      ? ", which \(difference.count) seeds do not tell apart" : ""
  }

  /// Not rounded up to a bound it misses.
  private static func percent(_ share: Double) -> String {
    let text = NumberText.significant(share * 100, 3)
    if share < 1, text.hasPrefix("100") { return "99.9 %" }
    if share < PolicyRanking.share, text == "99.0" { return "98.9 %" }
    return text.hasSuffix(".0") ? "\(text.dropLast(2)) %" : text + " %"
  }

  private static func list(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }
}
