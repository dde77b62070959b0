import Metrics
import Reports

extension PolicyRanking {
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

  /// The policies that are first: more than one where what is shown of them is equal.
  package var leaders: [String] {
    guard let first = standings.first else { return [] }
    return standings.filter { shown($0) == shown(first) }.map(\.policy)
  }

  /// What a policy is ranked by, as it is shown.
  private func shown(_ standing: Standing) -> [String] {
    guard hasObjectives else {
      let mean = SampleStatistics(standing.bySeed)?.mean
      return [mean.map { NumberText.significant($0, 3) } ?? ""]
    }
    guard standing.meetsAll, let ratio = standing.tightness?.ratio else {
      let share = standing.attainment.map { Self.percent($0.share) }
      return [standing.meetsAll ? "all" : "not all", share ?? ""]
    }
    return ["all", Self.percent(ratio), "of the SLO"]
  }

  /// Of the best of those that meet every objective: what is left, and what the runner-up has.
  private func spare(_ first: Standing, among meeting: Int, _ second: Standing?) -> String {
    let equals = leaders
    guard let (ratio, tenant) = first.tightness else {
      // How far below the objectives latencies stay is not known here: the shares are.
      guard let (share, tenant) = first.attainment else { return "" }
      let who = equals.count > 1 ? "\(Self.list(equals)) are equal, with" : "\(first.policy) has"
      return "\(who) at least \(Self.percent(share)) in time (\(tenant))."
    }
    let share = Self.percent(ratio)
    if equals.count > 1 {
      return
        "\(Self.list(equals)) have the most to spare, and are equal in it: their p99 is at most "
        + "\(share) of the SLO (\(tenant))."
    }
    var text =
      meeting > 1
      ? "\(first.policy) has the most to spare: its p99 is at most \(share) of the SLO (\(tenant))"
      : "Its p99 is at most \(share) of the SLO (\(tenant))"
    guard let second else { return text + "." }
    guard second.meetsAll, let other = second.tightness else { return text + "; \(loss(second))." }
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
    let equals = leaders
    if equals.count > 1 {
      return "Closest are \(Self.list(equals)), equal with \(share) in time of their worst tenant "
        + "(\(own.tenant))."
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
    let equals = leaders
    if equals.count > 1 {
      return "\(start). \(Self.list(equals)) share the lowest p99, \(shown) ms."
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
