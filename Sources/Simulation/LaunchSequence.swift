/// The launches of a program in order, with their sums: rows that run once each, or parts whose rows
/// run several times over, as the layers of a language model do. Rows are kept once however often
/// they run.
struct LaunchSequence: RandomAccessCollection, Sendable {
  /// Rows that run some times over.
  struct Part: Sendable {
    /// The number of its first launch.
    var start: Int
    /// Its rows.
    var rows: Range<Int>
    var repeats: Int
    /// What is done before it, and by its rows once.
    var before = WorkSum()
    var once = WorkSum()
    /// Its rows once, and all parts behind it, with a gap before each launch.
    var onceNS: Int64 = 0
    var afterNS: Int64 = 0

    var end: Int { start + rows.count * repeats }
  }

  private(set) var rows: [ProgramLaunch]
  /// Empty where every row runs once.
  private var parts: [Part] = []
  /// `prefix[i]`: what the rows before the i-th of its part do; for rows that run once, all before.
  private var prefix: [WorkSum] = []
  /// Durations of row i and those behind it in its part, with a gap before each but the first.
  private var rest: [Int64]
  let count: Int
  /// What all of them do.
  private(set) var work = WorkSum()

  var startIndex: Int { 0 }
  var endIndex: Int { count }

  /// Launches that run once each, `gap` nanoseconds from one's end to the next one's start.
  init(_ launches: [ProgramLaunch], gap: Int64) {
    rows = launches
    count = launches.count
    prefix.reserveCapacity(count)
    rest = Array(repeating: 0, count: count)
    for launch in launches {
      prefix.append(work)
      work.add(launch)
    }
    for i in launches.indices.reversed() {
      rest[i] = launches[i].durationNS + (i + 1 < count ? rest[i + 1] + gap : 0)
    }
  }

  /// Launches in parts: so many of the rows, so many times over.
  init(_ rows: [ProgramLaunch], parts given: [(rows: Int, repeats: Int)], gap: Int64) {
    self.rows = rows
    rest = Array(repeating: 0, count: rows.count)
    prefix.reserveCapacity(rows.count)
    parts.reserveCapacity(given.count)
    var (first, start) = (0, 0)
    for (size, repeats) in given where size > 0 && repeats > 0 {
      var part = Part(start: start, rows: first..<first + size, repeats: repeats, before: work)
      for i in part.rows {
        prefix.append(part.once)
        part.once.add(rows[i])
        part.onceNS += rows[i].durationNS + gap
      }
      var left: Int64 = 0
      for i in part.rows.reversed() {
        left += rows[i].durationNS
        rest[i] = left
        left += gap
      }
      work.add(part.once, times: repeats)
      (first, start) = (first + size, part.end)
      parts.append(part)
    }
    count = start
    var after: Int64 = 0
    for p in parts.indices.reversed() {
      parts[p].afterNS = after
      after += parts[p].onceNS * Int64(parts[p].repeats)
    }
  }

  @inline(__always)
  subscript(i: Int) -> ProgramLaunch {
    parts.isEmpty ? rows[i] : rows[row(of: i)]
  }

  /// The part a launch is in, or the last.
  private func part(of i: Int) -> Int {
    var p = 0
    while p < parts.count - 1, i >= parts[p].end { p += 1 }
    return p
  }

  /// The row of a launch.
  func row(of i: Int) -> Int {
    if parts.isEmpty { return i }
    let part = parts[part(of: i)]
    return part.rows.lowerBound + (i - part.start) % part.rows.count
  }

  /// What the launches before one do, run one after the other.
  func work(before i: Int) -> WorkSum {
    if i == count { return work }
    if parts.isEmpty { return prefix[i] }
    let part = parts[part(of: i)]
    let (times, row) = (i - part.start).quotientAndRemainder(dividingBy: part.rows.count)
    var sum = part.before
    sum.add(part.once, times: times)
    sum += prefix[part.rows.lowerBound + row]
    return sum
  }

  /// Durations of a launch and all later ones, with a gap before each of them but the first; 0 where
  /// there are none.
  @inline(__always)
  func remainingNS(from i: Int) -> Int64 {
    if parts.isEmpty { return i < count ? rest[i] : 0 }
    return partlyRemainingNS(from: i)
  }

  private func partlyRemainingNS(from i: Int) -> Int64 {
    if i >= count { return 0 }
    let part = parts[part(of: i)]
    let (times, row) = (i - part.start).quotientAndRemainder(dividingBy: part.rows.count)
    return rest[part.rows.lowerBound + row] + Int64(part.repeats - 1 - times) * part.onceNS
      + part.afterNS
  }

  /// All launches, without the gaps between them.
  var durationNS: Int64 { sum { rows[$0].durationNS } }

  /// A quantity of rows, over all launches.
  func sum(_ ofRow: (Int) -> Int64) -> Int64 {
    if parts.isEmpty { return rows.indices.reduce(0) { $0 + ofRow($1) } }
    return parts.reduce(0) { sum, part in
      sum + Int64(part.repeats) * part.rows.reduce(0) { $0 + ofRow($1) }
    }
  }

  /// Every launch that runs once, and of those that are repeated the first two and the last time.
  var outermost: [Int] {
    if parts.isEmpty { return Array(0..<count) }
    var launches: [Int] = []
    for part in parts {
      for times in Set([0, Swift.min(1, part.repeats - 1), part.repeats - 1]).sorted() {
        let first = part.start + times * part.rows.count
        launches += first..<first + part.rows.count
      }
    }
    return launches
  }
}
