import Testing

@testable import Policies

@Suite("Stages of joint rounds")
struct StageSearchTests {
  /// A cost with many local minima that depends on every cut.
  static func cost(_ schedule: StageSchedule) -> Int64 {
    var sum: Int64 = 1_000
    for (t, cuts) in schedule.cuts.enumerated() {
      for (i, cut) in cuts.enumerated() {
        sum += Int64((cut * 7 + i * 5 + t * 3) % 11) - 5
      }
    }
    return sum
  }

  static func search(_ launches: [Int], _ budget: Int, seed: UInt64 = 1) -> StageSearch {
    var search = StageSearch(
      launches: launches, mostCuts: 2, budget: budget, seed: seed, cost: Self.cost)
    search.run()
    return search
  }

  @Test("with a large budget it finds what trying all cuts finds")
  func bruteForce() throws {
    var least = Self.cost(StageSchedule(cuts: [[], []]))
    let one = (0...3).map { [$0] }
    let two = (0...3).flatMap { a in (a...3).map { [a, $0] } }
    for list in [one, two] {
      for a in list {
        for b in list { least = min(least, Self.cost(StageSchedule(cuts: [a, b]))) }
      }
    }
    for schedule in StageSchedule.candidates(launches: [3, 3], mostCuts: 2) {
      least = min(least, Self.cost(schedule))
    }
    #expect(try #require(Self.search([3, 3], 10_000).best).makespanNS == least)
  }

  @Test("no candidate is better, more budget is never worse, one seed gives one schedule")
  func laws() throws {
    let launches = [7, 4, 9]
    let candidates = StageSchedule.candidates(launches: launches, mostCuts: 2).map(Self.cost)
    var last = Int64.max
    for budget in [1, 3, 5, 10, 30, 100, 300, 1_000] {
      let found = try #require(Self.search(launches, budget).best)
      #expect(found.makespanNS <= last)
      if budget >= candidates.count { #expect(found.makespanNS <= candidates.min() ?? 0) }
      #expect(found.schedule == Self.search(launches, budget).best?.schedule)
      last = found.makespanNS
    }
  }

  @Test("stages are counted by the cuts before a launch")
  func stages() {
    let schedule = StageSchedule(cuts: [[0, 2, 2, 5], []])
    #expect((0..<6).map { schedule.stage(of: $0, tenant: 0) } == [1, 1, 3, 3, 3, 4])
    #expect(schedule.stage(of: 3, tenant: 1) == 0)
    // Model after model: each is in a stage of its own.
    let turns = StageSchedule.candidates(launches: [2, 3, 1], mostCuts: 0)[2]
    #expect((0..<3).map { turns.stage(of: 0, tenant: $0) } == [0, 1, 2])
    #expect(turns.stage(of: 2, tenant: 1) == 1)
  }
}
