import SimBasics
import TestSupport
import Testing

@testable import Traces
@testable import Workloads

@Suite struct TraceStatisticsTests {
  static func statistics(_ arrivals: [Int64]) -> TraceStatistics {
    var statistics = TraceStatistics()
    for arrival in arrivals { statistics.add(arrivalNS: arrival) }
    statistics.finish()
    return statistics
  }

  /// Bursty arrivals with ties, long gaps and a first arrival after zero.
  static func arrivals(seed: UInt64, count: Int) -> [Int64] {
    var randomness = SeededGenerator(seed: seed, stream: "statistics")
    var time: Int64 = 0
    return (0..<count).map { _ in
      switch randomness.nextBelow(10) {
      case 0: time += Int64(randomness.nextUnit() * 9e9)
      case 1: break
      case 2: time += randomness.nextBelow(40) == 0 ? 400_000_000_000 : 1
      default: time += Int64(randomness.nextUnit() * 3e8)
      }
      return time
    }
  }

  static func isClose(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-9) -> Bool {
    guard let a else { return false }
    return abs(a - b) <= tolerance * max(1, abs(b))
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func agreesWithPlainDefinitions(seed: UInt64) throws {
    let arrivals = Self.arrivals(seed: seed, count: 3_000)
    let statistics = Self.statistics(arrivals)
    let last = try #require(arrivals.last)
    #expect(statistics.requests == 3_000)
    #expect(statistics.span.nanoseconds == last)
    #expect(Self.isClose(statistics.requestsPerSecond, 3_000 / (Double(last) / 1e9)))
    #expect(Self.isClose(statistics.variation, NaiveStatistics.variation(arrivals)))
    for scale in TraceStatistics.scales {
      let width = scale * 1_000_000_000
      let counts = NaiveStatistics.counts(arrivals, width: width)
      #expect(statistics.windows(seconds: scale) == Int64(counts.count))
      #expect(
        Self.isClose(
          statistics.dispersion(seconds: scale),
          NaiveStatistics.dispersion(arrivals, width: width)))
      #expect(
        Self.isClose(
          statistics.peakToMean(seconds: scale),
          (counts.max() ?? 0) / NaiveStatistics.mean(counts)))
    }
    let seconds = NaiveStatistics.counts(arrivals, width: 1_000_000_000)
    for lag in [1, 2, 10, 299, 300] {
      #expect(
        Self.isClose(
          statistics.autocorrelation(lagSeconds: lag),
          NaiveStatistics.autocorrelation(seconds, lag: lag)), "lag \(lag)")
    }
    let minutes = NaiveStatistics.counts(arrivals, width: 60_000_000_000)
    #expect(
      Self.isClose(
        statistics.autocorrelation(lagMinutes: 3),
        NaiveStatistics.autocorrelation(minutes, lag: 3)))
    let ties = zip(arrivals, arrivals.dropFirst()).filter { $0 == $1 }.count
    #expect(statistics.ties == Int64(ties))
    #expect(statistics.timeline.counts.reduce(0, +) == 3_000)
    #expect(statistics.timeline.counts.count <= RateTimeline.limit)
  }

  @Test func longestGapsAreKeptInOrder() {
    let arrivals = Self.arrivals(seed: 9, count: 4_000)
    let gaps = zip(arrivals, arrivals.dropFirst()).map { $1 - $0 }
    let statistics = Self.statistics(arrivals)
    #expect(
      statistics.longestGaps.map(\.lengthNS)
        == Array(gaps.sorted(by: >).prefix(TraceStatistics.longestGapLimit)))
    #expect(statistics.longGaps == Int64(gaps.filter { $0 >= 60_000_000_000 }.count))
  }

  @Test func quantilesAreWithinABucket() throws {
    let arrivals = Self.arrivals(seed: 5, count: 5_000)
    let gaps = zip(arrivals, arrivals.dropFirst()).map { $1 - $0 }.sorted()
    let statistics = Self.statistics(arrivals)
    for share in [0.1, 0.5, 0.9, 0.99] {
      let exact = Double(gaps[Int((share * Double(gaps.count)).rounded(.up)) - 1])
      let found = try #require(statistics.gapQuantile(share))
      #expect(abs(found - exact) <= 0.008 * exact + 1)
    }
  }

  @Test func bucketsTileTheIntegers() {
    for bucket in 0..<(64 * 57) {
      let low = LogHistogram.lowerBound(bucket)
      #expect(LogHistogram.bucket(low) == bucket)
      if low > 0 { #expect(LogHistogram.bucket(low - 1) == bucket - 1) }
    }
    #expect(LogHistogram.bucket(.max) < LogHistogram().counts.count)
  }

  /// No quantile lies outside of what there is, however few there are.
  @Test func quantilesStayWithinTheGaps() {
    let few = Self.statistics([0, 2, 10, 10, 19].map { $0 * 1_000_000_000 })
    #expect(few.gapQuantile(0.9) == 9e9 && few.gapQuantile(0.99) == 9e9)
    let one = Self.statistics([0, 1_000_000_007])
    for share in [0.01, 0.5, 0.99] { #expect(one.gapQuantile(share) == 1_000_000_007) }
    var sizes = SizeStatistics()
    sizes.add(1_001)
    #expect(sizes.quantile(0.5) == 1_001)
  }

  /// A shape needs gaps that differ by more than the clock's rounding, and ten of them.
  @Test func equalGapsHaveNoShape() {
    #expect(Self.statistics([0, 100_000_000, 200_032_000]).gammaShape == nil)
    // Thirty a second on a clock of milliseconds.
    let thirds = (0..<1_000).map { (at: Int64) -> Int64 in (at * 1_000 + 15) / 30 * 1_000_000 }
    #expect(Self.statistics(thirds).gammaShape == nil)
    let jittered = (0..<1_000).map { (at: Int64) -> Int64 in
      at * 100_000_000 + at * at % 17 * 2_000
    }
    #expect(Self.statistics(jittered).gammaShape == nil)
  }

  @Test(arguments: [0.2, 1, 3.5])
  func gammaShapeIsRecovered(shape: Double) throws {
    var randomness = SeededGenerator(seed: 11, stream: "shape")
    var time = 0.0
    let arrivals = (0..<40_000).map { _ in
      time += randomness.nextGamma(shape: shape) / shape * 1e9
      return Int64(time)
    }
    let found = try #require(Self.statistics(arrivals).gammaShape)
    // Nanosecond gaps cut the law's smallest values, which matters for small shapes.
    #expect(abs(found - shape) < 0.08 * shape)
  }

  @Test func findsTicks() {
    let onTicks = (0..<500).map { Int64($0 / 7) * 3_000_000_000 }
    #expect(Self.statistics(onTicks).tickNS == 3_000_000_000)
    let loose = onTicks.enumerated().map { $1 + Int64($0 % 7 - 3) * 1_000_000 + 3_000_000 }
    let statistics = Self.statistics(loose.sorted())
    #expect(statistics.tickNS == 3_000_000_000)
    #expect(statistics.isTickLoose)
    let fine = (0..<500).map { Int64($0 * $0) * 700 }
    #expect(Self.statistics(fine).tickNS == 700)
    #expect(Self.statistics([5, 5, 5]).tickNS == nil)
    // What a single gap, or equal ones, have in common is their length.
    #expect(Self.statistics([0, 52_963_411]).tickNS == nil)
    #expect(Self.statistics([0, 0, 52_963_411]).tickNS == nil)
    #expect(Self.statistics((0..<9).map { $0 * 100_000_000 }).tickNS == nil)
    #expect(Self.statistics([0, 2, 10, 10, 19].map { $0 * 1_000_000_000 }).tickNS == 1_000_000_000)
  }

  @Test func findsRepeatedBlocks() {
    let pattern: [Int64] = [31, 47, 5, 90, 12, 64, 77]
    var time: Int64 = 0
    let tiled = (0..<900).map { at in
      time += pattern[at % 7] * 1_000_003
      return time
    }
    #expect(Self.statistics(tiled).repeatingBlock == 7)
    #expect(Self.statistics((0..<900).map { $0 * 1_000 }).repeatingBlock == 1)
    #expect(Self.statistics(Self.arrivals(seed: 3, count: 3_000)).repeatingBlock == nil)
  }

  @Test func nothingAndExtremesAreNoFault() {
    let empty = Self.statistics([])
    #expect(empty.requests == 0)
    #expect(empty.requestsPerSecond == nil && empty.variation == nil && empty.tickNS == nil)
    #expect(empty.dispersion(seconds: 1) == nil && empty.peakToMean(seconds: 1) == nil)
    let one = Self.statistics([0])
    #expect(one.variation == nil && one.windows(seconds: 1) == 0)
    let far = Self.statistics([0, .max - 1, .max])
    #expect(far.requests == 3 && far.longGaps == 1)
    let unsorted = Self.statistics([5_000_000_000, 1, 6_000_000_000])
    #expect(unsorted.outOfOrder == 1 && unsorted.lastNS == 6_000_000_000)
  }
}
