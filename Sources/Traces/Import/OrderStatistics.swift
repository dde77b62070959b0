/// What the sequence of arrival times shows: order, ties, tick, gaps, a repeating pattern.
///
/// The periodicity search looks at the first 100 000 gaps and at periods up to 64: enough for
/// tiled patterns, and it keeps long traces cheap.
struct OrderStatistics {
  private static let longestPeriod = 64
  private static let searchedGaps = 100_000

  private(set) var count: Int64 = 0
  private(set) var minimum: Int64 = .max
  private(set) var maximum: Int64 = .min
  private(set) var outOfOrder: Int64 = 0
  private(set) var maximumLateness: Int64 = 0
  private(set) var clockResets: Int64 = 0
  private(set) var ties: Int64 = 0
  private(set) var duplicates: Int64 = 0
  private(set) var zeroSizes: Int64 = 0
  private(set) var gaps = GapTally()

  private var divisor = GapDivisor()
  private let gapLimit: Int64
  private let resetLimit: Int64
  private var previous: Int64 = 0
  private var tieGroup: [TraceRow] = []
  private var recentGaps: [Int64] = []
  private var runLengths = [Int](repeating: 0, count: longestPeriod + 1)
  private var matched = [Int](repeating: 0, count: longestPeriod + 1)
  private var gapIndex = 0

  init(options: TraceOptions) {
    gapLimit = max(1, options.gapNS)
    resetLimit = options.clockResetNS
  }

  mutating func add(_ row: TraceRow) {
    let time = row.arrivalNS
    if row.inputTokens == 0 || row.outputTokens == 0 { zeroSizes += 1 }
    if count == 0 {
      minimum = time
      maximum = time
      lastRow = row
    } else if time < maximum {
      outOfOrder += 1
      maximumLateness = max(maximumLateness, maximum - time)
      minimum = min(minimum, time)
      if previous - time > resetLimit { clockResets += 1 }
    } else if outOfOrder == 0 {
      addGap(time - previous, row)
      maximum = time
    } else {
      maximum = time
    }
    previous = time
    count += 1
  }

  private mutating func addGap(_ gap: Int64, _ row: TraceRow) {
    if gap == 0 {
      addTie(row)
    } else {
      if !tieGroup.isEmpty { tieGroup.removeAll(keepingCapacity: true) }
      gaps.add(startNS: previous, lengthNS: gap, limit: gapLimit)
    }
    divisor.add(gap)
    lastRow = row
    if gapIndex < Self.searchedGaps { searchPeriod(gap) }
  }

  /// The row before the current one, to start a group of ties with.
  private var lastRow: TraceRow?

  private mutating func addTie(_ row: TraceRow) {
    ties += 1
    if tieGroup.isEmpty, let lastRow { tieGroup.append(lastRow) }
    let isRepeated = tieGroup.contains {
      $0.inputTokens == row.inputTokens && $0.outputTokens == row.outputTokens
        && $0.tenant == row.tenant
    }
    // Without sizes every tie would count as a repeated row, which says nothing.
    if isRepeated, row.inputTokens >= 0 || row.outputTokens >= 0 {
      duplicates += 1
    } else if tieGroup.count < 64 {
      tieGroup.append(row)
    }
  }

  /// The clock's tick in nanoseconds; 0 where the gaps do not tell it.
  var tick: Int64 { divisor.tick ?? 0 }

  /// Counts, for every period, the gaps inside long runs in which each gap equals the one a period
  /// earlier: at least four periods and 100 gaps on end.
  private mutating func searchPeriod(_ gap: Int64) {
    let size = Self.longestPeriod
    if recentGaps.isEmpty { recentGaps = [Int64](repeating: -1, count: size) }
    for period in 1...size where gapIndex >= period {
      let earlier = recentGaps[(gapIndex - period) % size]
      if earlier == gap {
        runLengths[period] += 1
        let least = max(100, 4 * period)
        if runLengths[period] == least { matched[period] += least }
        if runLengths[period] > least { matched[period] += 1 }
      } else {
        runLengths[period] = 0
      }
    }
    recentGaps[gapIndex % size] = gap
    gapIndex += 1
  }

  /// The period in gaps, where at least a fifth of the searched gaps repeat with it.
  var period: Int? {
    var best = 0
    for period in 1...Self.longestPeriod where matched[period] > matched[best] { best = period }
    return best > 0 && matched[best] * 5 >= gapIndex ? best : nil
  }
}
