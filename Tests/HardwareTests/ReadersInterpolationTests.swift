import Testing

@testable import Hardware

@Suite("Batches between those of a table")
struct InterpolationTests {
  static func launch(_ name: String, _ grid: Extent3, flop: Int64, ns: Int64?) -> KernelProfile {
    KernelProfile(
      name: name, grid: grid, block: Extent3(128), registersPerThread: 32, sharedMemoryBytes: 0,
      flop: flop, dramBytes: 2 * flop, durationNS: ns, fusionClass: "\(name)_\(flop)")
  }

  static func table(_ batches: [(batch: Int, launches: [KernelProfile])]) -> KernelTable {
    KernelTable(
      model: "m", gpu: "g", stack: "s", precision: .fp32, weightsMiB: 1, workspaceMiB: 1,
      inputBytes: 1, outputBytes: 1, source: "by hand", provenance: "analytic", batches: batches)
  }

  static let scaling = table([
    (
      2,
      [launch("a", Extent3(5, 3), flop: 200, ns: 1000), launch("b", Extent3(7), flop: 10, ns: 9)]
    ),
    (
      6,
      [launch("a", Extent3(14, 3), flop: 600, ns: 2000), launch("b", Extent3(7), flop: 10, ns: 9)]
    ),
  ])

  @Test func aScalingGridIsInterpolated() throws {
    guard case .interpolated(let rows, 2, 6)? = Self.scaling.rows(batch: 3) else {
      Issue.record("not interpolated")
      return
    }
    // 5 blocks at 2 and 14 at 6 are ceil(2.33…, a request): 7 at 3.
    #expect(rows[0].grid == Extent3(7, 3))
    #expect(rows[0].flop == 300)
    #expect(rows[0].durationNS == 1250)
    #expect(rows[0].fusionClass == "a_200|a_600|3")
    #expect(rows[1].grid == Extent3(7))
    #expect(rows[1].fusionClass == "b_10")
  }

  @Test func whatTheTableHasIsExactAndWhatIsAboveItIsNot() {
    guard case .exact(let rows)? = Self.scaling.rows(batch: 6) else {
      Issue.record("not exact")
      return
    }
    #expect(rows == Self.scaling.batches[1].launches)
    #expect(Self.scaling.rows(batch: 7) == nil)
    #expect(Self.scaling.rows(batch: 0) == nil)
    guard case .padded(_, 2)? = Self.scaling.rows(batch: 1) else {
      Issue.record("nothing below the first batch to interpolate from")
      return
    }
  }

  static let others: [(String, KernelProfile)] = [
    ("another kernel", launch("c", Extent3(14, 3), flop: 600, ns: 2000)),
    ("a grid that does not scale", launch("a", Extent3(20, 3), flop: 600, ns: 2000)),
    ("two extents", launch("a", Extent3(14, 9), flop: 600, ns: 2000)),
    ("no duration", launch("a", Extent3(14, 3), flop: 600, ns: nil)),
  ]

  @Test(arguments: others.indices)
  func oneLaunchThatDoesNotScalePadsTheBatch(index: Int) {
    var table = Self.scaling
    table.batches[1].launches[0] = Self.others[index].1
    guard case .padded(let rows, 6)? = table.rows(batch: 3) else {
      Issue.record("not padded: \(Self.others[index].0)")
      return
    }
    #expect(rows == table.batches[1].launches)
  }
}
