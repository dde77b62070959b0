import Metrics
import SimBasics
import Testing

/// The exact store against sorting a plain array.
struct SampleStoreTests {
  @Test(arguments: [UInt64(1), 2, 3, 4])
  func quantilesEqualThoseOfASortedArray(seed: UInt64) {
    var random = SeededGenerator(seed: seed, stream: "samples")
    for count in [1, 2, 3, 99, 100, 101, 16_384, 16_385] {
      // Few distinct values on odd seeds, so that ties are met too.
      let range: ClosedRange<Int64> = seed % 2 == 1 ? 0...50 : -1_000_000...1_000_000_000
      var store = SampleStore()
      var plain: [Int64] = []
      for _ in 0..<count {
        let sample = Int64.random(in: range, using: &random)
        store.append(sample)
        plain.append(sample)
      }
      plain.sort()
      for share in count > 1_000 ? [5_000, 9_990] : [1, 5_000, 9_000, 9_500, 9_900, 9_990, 10_000] {
        let quantile = Quantile(tenThousandths: share)
        // The definition, counted out: the first sample with at least q·n samples up to it.
        let expected = (1...count).first { $0 * 10_000 >= share * count }.map { $0 - 1 }
        let found = store.quantile(quantile)
        #expect(found == expected.map { plain[$0] }, "seed \(seed), n \(count), q \(share)")
        #expect(quantile.of(sorted: plain) == found)
      }
      let bound = plain[count / 2]
      let atMost = store.count(atMost: bound)
      #expect(atMost == plain.filter { $0 <= bound }.count)
      #expect(store.minimum == plain.first && store.maximum == plain.last)
      let mean = Double(plain.reduce(0, +)) / Double(count)
      #expect(store.mean == mean)
    }
  }

  @Test func appendingAfterAQuantileAndExtremesAreSafe() {
    var store = SampleStore()
    let none = store.quantile(.p50)
    #expect(none == nil && store.mean == nil)
    for sample in [Int64.max, .min, 0, .max, .min] { store.append(sample) }
    #expect(store.quantile(.p50) == 0)
    #expect(store.quantile(.maximum) == .max)
    store.append(.min)
    #expect(store.quantile(.p50) == .min)
    #expect(store.mean.map { abs($0 + 1.5e18) < 1e17 } == true)
  }

  @Test func mergedStoresCountAllSamples() {
    var a = SampleStore()
    var b = SampleStore()
    for i in 0..<20_000 { (i % 3 == 0) ? a.append(Int64(i)) : b.append(Int64(i)) }
    _ = a.quantile(.p50)
    a.append(contentsOf: b)
    a.append(contentsOf: SampleStore())
    #expect(a.count == 20_000)
    #expect(a.quantile(.p50) == 9_999)
    #expect(a.quantile(.p99) == 19_799)
    a.append(-1)
    // Of 20 001 samples the third: -1, 0, 1.
    #expect(a.quantile(Quantile(tenThousandths: 1)) == 1)
    #expect(a.minimum == -1)
  }

  @Test func spreadDoesNotDependOnTheOrder() {
    var up = SampleStore()
    var down = SampleStore()
    for i in 0..<5_000 {
      up.append(Int64(i * i))
      down.append(Int64((4_999 - i) * (4_999 - i)))
    }
    let a = up.standardDeviation()
    let b = down.standardDeviation()
    #expect(a == b)
    var flat = SampleStore()
    for sample in [Int64(2), 4, 4, 4, 5, 5, 7, 9] { flat.append(sample) }
    #expect(flat.standardDeviation() == 2)
    #expect(flat.coefficientOfVariation() == 0.4)
  }
}

/// Figures over seeds and over replicas.
struct SampleStatisticsTests {
  @Test func intervalOfAKnownSample() throws {
    // 1…5: mean 3, s = √2.5, t(4) = 2.776, half width 2.776·√(2.5/5) = 1.9629.
    let five = try #require(SampleStatistics([1, 2, 3, 4, 5]))
    #expect(five.mean == 3)
    let half = try #require(five.confidenceHalfWidth)
    #expect(abs(half - 1.9629) < 1e-4)
    #expect(SampleStatistics([7])?.confidenceHalfWidth == nil)
    #expect(SampleStatistics([]) == nil)
    // However little a sum of equal figures is off, they have no spread.
    for figure in [2, 0.1, 2.948105, 1e-7 / 3, 1e9 / 7] {
      let equal = try #require(SampleStatistics([figure, figure, figure]))
      #expect(equal.mean == figure && equal.confidenceHalfWidth == 0, "\(figure)")
    }
  }

  @Test(arguments: [(1, 12.706), (10, 2.228), (30, 2.042), (40, 2.021), (60, 2.000), (120, 1.980)])
  func studentFactors(n: Int, t: Double) {
    #expect(abs(StudentT.twoSided95(degreesOfFreedom: n) - t) < 6e-4)
  }

  @Test func studentFactorsFallSmoothlyPastTheTable() {
    for n in 1..<200 {
      #expect(
        StudentT.twoSided95(degreesOfFreedom: n) > StudentT.twoSided95(degreesOfFreedom: n + 1))
    }
  }

  @Test(arguments: [UInt64(1), 2])
  func intervalsCoverTheMeanNinetyFiveTimesInAHundred(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed, stream: "coverage")
    var hits = 0
    for _ in 0..<2_000 {
      // Sums of twelve uniforms are close to normal with mean 6.
      let samples = (0..<5).map { _ in
        (0..<12).reduce(0.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
      }
      let statistics = try #require(SampleStatistics(samples))
      let half = try #require(statistics.confidenceHalfWidth)
      if abs(statistics.mean - 6) <= half { hits += 1 }
    }
    // 1 900 expected, deviation 9.7: four of them either way.
    #expect((1_861...1_939).contains(hits), "seed \(seed)")
  }

  @Test func fairness() {
    #expect(Fairness.jain([3, 3, 3]) == 1)
    #expect(Fairness.jain([1, 0, 0, 0]) == 0.25)
    #expect(Fairness.jain([1e300, 1e300]) == 1)
    #expect(Fairness.jain([]) == nil && Fairness.jain([0]) == nil)
    #expect(Fairness.stragglerGap([4, 3, 2]) == 0.5)
    #expect(Fairness.stragglerGap([4]) == nil)
  }
}
