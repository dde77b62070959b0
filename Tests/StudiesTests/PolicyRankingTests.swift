import Metrics
import Testing

@testable import Studies

/// The sentence that says which policy serves best: honest about ties, luck and what is missing.
struct PolicyRankingTests {
  /// Figures of one policy: for each tenant the share in time and the p99 in ms, seed by seed.
  private typealias Figures = [(share: Double?, p99: [Double])]

  private func ranking(
    _ policies: [(String, Figures)], slos: [Double?] = [100, 50], models: [String] = ["a", "b"],
    draws: Bool = true
  ) -> PolicyRanking {
    let tenants = zip(slos, models).enumerated().map { t, pair in
      PolicyRanking.Tenant(name: "t\(t)", model: pair.1, sloMS: pair.0)
    }
    let seeds = policies.first?.1.first?.p99.count ?? 1
    return PolicyRanking(
      policies: policies.map(\.0), tenants: tenants, seeds: seeds, drawsArrivals: draws
    ) { figure, policy, tenant, seed in
      guard let own = policies.first(where: { $0.0 == policy })?.1 else { return nil }
      switch (figure, tenant) {
      case (.arrived, nil): return 1
      case (.latencyP99, nil): return own.map { $0.p99[seed] }.max()
      case (.latencyP99, let t?): return own[t].p99[seed]
      case (.sloAttainment, let t?): return own[t].share
      default: return nil
      }
    }
  }

  private let good: Figures = [(1, [20]), (0.995, [20])]
  private let close: Figures = [(1, [45]), (1, [10])]
  private let bad: Figures = [(0.8, [120]), (1, [10])]

  @Test func theOneWithTheMostToSpareIsFirst() {
    let ranking = ranking([("bad", bad), ("close", close), ("good", good)])
    #expect(ranking.standings.map(\.policy) == ["good", "close", "bad"])
    #expect(
      ranking.sentence
        == "Of 3 policies that share the GPU, 2 meet every SLO (99 % of each tenant's requests in "
        + "time). good has the most to spare: its p99 is at most 40 % of the SLO (t1); the "
        + "runner-up, close, is at 45 % (t0).")
  }

  @Test func theOnlyOneThatMeetsThemIsNamed() {
    let sentence = ranking([("bad", bad), ("good", good)]).sentence
    #expect(
      sentence
        == "Of 2 policies that share the GPU, 1 meets every SLO (99 % of each tenant's requests in "
        + "time): good. Its p99 is at most 40 % of the SLO (t1); the runner-up, bad, has 80 % in "
        + "time (t0).")
    #expect(
      ranking([("good", good)]).sentence
        == "The one policy that shares the GPU, good, meets every SLO (99 % of each tenant's "
        + "requests in time). Its p99 is at most 40 % of the SLO (t1).")
    #expect(
      ranking([("bad", bad)]).sentence
        == "The one policy that shares the GPU, bad, does not meet every SLO (99 % of each tenant's "
        + "requests in time). Of its worst tenant (t0) 80 % are in time.")
  }

  @Test func noneMayMeetThem() {
    let worse: Figures = [(0.5, [300]), (0.2, [400])]
    let sentence = ranking([("worse", worse), ("bad", bad)]).sentence
    #expect(sentence.contains("none meets every SLO"))
    #expect(
      sentence.hasSuffix(
        "Closest is bad, with 80 % in time of its worst tenant (t0); the runner-up, worse, has 20 % "
          + "in time (t1)."))
    let equal = ranking([("bad", bad), ("as bad", bad)]).sentence
    #expect(
      equal.hasSuffix(
        "Closest are bad and as bad, equal with 80 % in time of their worst tenant (t0)."))
  }

  /// Just short of the bound is not the bound, and just short of all is not all.
  @Test func nothingIsRoundedUpToWhatItMisses() {
    let short: Figures = [(0.98996, [20]), (1, [10])]
    let sentence = ranking([("short", short)]).sentence
    #expect(sentence.contains("does not meet") && sentence.contains("98.9 %"))
    let almost: Figures = [(0.99999, [20]), (0.99999, [10])]
    let unknown = ranking([("almost", almost)], slos: [nil, nil]).sentence
    #expect(unknown.contains("at least 99.9 % in time"), "\(unknown)")
  }

  @Test func equalsAreEqual() {
    let twin: Figures = [(1, [20.0001]), (0.995, [20.0001])]
    let sentence = ranking([("twin", twin), ("good", good), ("close", close)]).sentence
    #expect(
      sentence.contains(
        "good and twin have the most to spare, and are equal in it: their p99 is at most 40 %"))
    #expect(!sentence.contains("close"))
  }

  @Test func withoutTheObjectivesThemselvesSharesAreTold() {
    let full: Figures = [(1, [20]), (1, [10])]
    let two = ranking([("one", full), ("two", full), ("bad", bad)], slos: [nil, nil])
    #expect(two.leaders == ["one", "two"])
    #expect(two.sentence.hasSuffix("one and two are equal, with at least 100 % in time (t0)."))
  }

  @Test func whatSeedsDoNotTellApartIsSaid() {
    let one: Figures = [(1, [20, 30, 25]), (1, [5, 5, 5])]
    let two: Figures = [(1, [22, 29, 27]), (1, [5, 5, 5])]
    let worse: Figures = [(1, [40, 51, 45]), (1, [5, 5, 5])]
    #expect(
      ranking([("one", one), ("two", two)]).sentence.contains("which 3 seeds do not tell apart"))
    #expect(!ranking([("one", one), ("worse", worse)]).sentence.contains("tell apart"))
    // Recorded arrivals are the same under all seeds: nothing is known of luck.
    #expect(
      !ranking([("one", one), ("two", two)], draws: false).sentence.contains("tell apart"))
  }

  @Test func withoutObjectivesLikeModelsAreOrderedByP99() {
    let (fast, slow): (Figures, Figures) = ([(nil, [10]), (nil, [12])], [(nil, [20]), (nil, [9])])
    #expect(
      ranking([("slow", slow), ("fast", fast)], slos: [nil, nil], models: ["a", "a"]).sentence
        == "No tenant has an SLO. fast has the lowest p99, 12.0 ms; the runner-up, slow, has 20.0 ms."
    )
    let unlike = ranking([("slow", slow), ("fast", fast)], slos: [nil, nil]).sentence
    #expect(unlike.hasPrefix("No tenant has an SLO, and unlike models have no common figure"))
    #expect(ranking([]).sentence.isEmpty)
  }
}
