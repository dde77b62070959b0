import SimBasics

/// Stages of a joint round: by tenant the same number of cuts through its launches, in order. What
/// lies between two cuts is a stage, which may be empty.
struct StageSchedule: Hashable, Sendable {
  /// By tenant: cuts, each from 0 to the number of launches, non-decreasing.
  var cuts: [[Int]]

  /// The stage of a launch.
  func stage(of launch: Int, tenant: Int) -> Int {
    // Searched in halves: with a cut after every launch there are many.
    var (low, high) = (0, cuts[tenant].count)
    while low < high {
      let middle = (low + high) / 2
      if cuts[tenant][middle] <= launch { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// What is tried first: no cut, a cut after every launch, model after model, equal stages.
  static func candidates(launches: [Int], mostCuts: Int) -> [StageSchedule] {
    let longest = launches.max() ?? 0
    var list = [StageSchedule(cuts: launches.map { _ in [] })]
    if launches.count < 2 { return list }
    if longest > 1 {
      list.append(
        StageSchedule(cuts: launches.map { count in (1..<longest).map { min($0, count) } }))
    }
    list.append(
      StageSchedule(
        cuts: launches.indices.map { t in
          (1..<launches.count).map { $0 <= t ? 0 : launches[t] }
        }))
    for cuts in stride(from: 1, through: mostCuts, by: 1) {
      list.append(
        StageSchedule(
          cuts: launches.map { count in (1...cuts).map { count * $0 / (cuts + 1) } }))
    }
    return list
  }
}

/// Looks for the stages of the least makespan: candidates, then each cut in turn over its
/// positions, a strictly smaller makespan wins, until a pass gains nothing; then again from random
/// cuts, while the budget lasts.
struct StageSearch {
  let launches: [Int]
  let mostCuts: Int
  let seed: UInt64
  let cost: (StageSchedule) -> Int64?
  private(set) var evaluationsLeft: Int
  private(set) var best: (schedule: StageSchedule, makespanNS: Int64)?
  private var known: [StageSchedule: Int64] = [:]

  /// - Parameter budget: the most evaluations of `cost`; those that were made before are free.
  init(
    launches: [Int], mostCuts: Int, budget: Int, seed: UInt64,
    cost: @escaping (StageSchedule) -> Int64?
  ) {
    self.launches = launches
    self.mostCuts = mostCuts
    self.seed = seed
    self.cost = cost
    evaluationsLeft = budget
  }

  mutating func run() {
    let candidates = StageSchedule.candidates(launches: launches, mostCuts: mostCuts)
    for candidate in candidates { _ = evaluate(candidate) }
    if launches.count < 2 || mostCuts == 0 { return }
    // The best of few cuts: a cut after every launch has too many to move.
    let movable = candidates.filter { (1...mostCuts).contains($0.cuts[0].count) }
    let start = movable.min { (known[$0] ?? .max) < (known[$1] ?? .max) }
    if let start { descend(from: start) }
    var random = SeededGenerator(seed: seed, stream: "stages")
    var idle = 0
    // Small problems run out of new schedules before the budget does.
    while evaluationsLeft > 0, idle < 64 {
      let before = evaluationsLeft
      let count = 1 + random.nextBelow(mostCuts)
      let cuts = launches.map { n in (0..<count).map { _ in random.nextBelow(n + 1) }.sorted() }
      descend(from: StageSchedule(cuts: cuts))
      idle = evaluationsLeft == before ? idle + 1 : 0
    }
  }

  private mutating func descend(from start: StageSchedule) {
    guard var least = evaluate(start) else { return }
    var at = start
    var gained = true
    while gained {
      gained = false
      for t in launches.indices {
        for cut in at.cuts[t].indices {
          let low = cut > 0 ? at.cuts[t][cut - 1] : 0
          let high = cut + 1 < at.cuts[t].count ? at.cuts[t][cut + 1] : launches[t]
          for position in low...high where position != at.cuts[t][cut] {
            var other = at
            other.cuts[t][cut] = position
            guard let makespan = evaluate(other) else { return }
            if makespan < least { (at, least, gained) = (other, makespan, true) }
          }
        }
      }
    }
  }

  /// The makespan; nil where the budget is spent or the schedule cannot run.
  private mutating func evaluate(_ schedule: StageSchedule) -> Int64? {
    if let old = known[schedule] { return old }
    guard evaluationsLeft > 0 else { return nil }
    evaluationsLeft -= 1
    guard let makespan = cost(schedule) else { return nil }
    known[schedule] = makespan
    if makespan < best?.makespanNS ?? .max { best = (schedule, makespan) }
    return makespan
  }
}
