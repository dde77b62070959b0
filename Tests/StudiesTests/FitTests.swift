import RunSupport
import SimBasics
import Testing

@testable import Simulation
@testable import Studies

/// The bounded least squares behind `fit`.
struct FitTests {
  typealias Constant = LeastSquaresFit.Constant

  /// Times of the form a + b·x against those of known constants.
  private static func residuals(_ values: [Double], noise: [Double]? = nil) -> [Double] {
    (1...20).map { x in
      let goal = (100 + 7 * Double(x)) * (1 + (noise?[x - 1] ?? 0))
      return PortableMath.log((values[0] + values[1] * Double(x)) / goal)
    }
  }

  private static let constants = [
    Constant(name: "fixed", start: 10, bounds: 0...1e5),
    Constant(name: "each", start: 1, bounds: 0...1e5),
  ]

  @Test func knownConstantsAreFound() throws {
    let result = try LeastSquaresFit(Self.constants) { Self.residuals($0) }.run(seed: 1)
    #expect(abs(result.values[0] - 100) < 1e-3 && abs(result.values[1] - 7) < 1e-4)
    #expect(result.residual < 1e-6)
  }

  @Test(arguments: 1...5) func intervalsHoldWhatNoiseMoved(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let noise = (0..<20).map { _ in 0.02 * generator.nextNormal() }
    let result = try LeastSquaresFit(Self.constants) { Self.residuals($0, noise: noise) }
      .run(seed: seed)
    // A 95 % interval is doubled, so that five seeds do not miss by chance.
    #expect(abs(result.values[0] - 100) < 2 * result.halfWidths[0] + 1)
    #expect(abs(result.values[1] - 7) < 2 * result.halfWidths[1] + 0.1)
    #expect(result.halfWidths.allSatisfy { $0 > 0 })
  }

  @Test func boundsHold() throws {
    var constants = Self.constants
    constants[1].bounds = 0...5
    let result = try LeastSquaresFit(constants) { Self.residuals($0) }.run(seed: 1)
    #expect(result.values[1] == 5)
  }

  @Test func whatPointsCannotCarryIsRefused() {
    let idle = Constant(name: "idle", start: 3, bounds: 0...10)
    let twin = Constant(name: "twin", start: 3, bounds: 0...1e5)
    #expect(throws: LeastSquaresFit.Failure.ineffective(["idle"])) {
      try LeastSquaresFit(Self.constants + [idle]) { Self.residuals($0) }.run(seed: 1)
    }
    #expect(throws: LeastSquaresFit.Failure.inseparable("twin")) {
      try LeastSquaresFit(Self.constants + [twin]) { Self.residuals([$0[0] + $0[2], $0[1]]) }
        .run(seed: 1)
    }
    #expect(throws: LeastSquaresFit.Failure.tooFewPoints(points: 1, constants: 2)) {
      try LeastSquaresFit(Self.constants) { [Self.residuals($0)[0]] }.run(seed: 1)
    }
    #expect(throws: LeastSquaresFit.Failure.noResiduals) {
      try LeastSquaresFit(Self.constants) { _ in nil }.run(seed: 1)
    }
  }

  /// A burst of R requests is counted from its own instant: throughput is R over its length.
  @Test(arguments: [1, 3, 9]) func burstsCountTheSecondOnly(size: Int) throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 1_000)])
    let base = Fixtures.experiment([Fixtures.tenant("a", table, .trace([0]))])
    let one = SweepAxis.burst.experiment(base, x: size, policy: PolicyChoice(name: "time-only"))
    let (totals, keeper) = try simulate(one, "time-only")
    #expect(keeper.records.count == size && totals.completed == [size])
    #expect(totals.spanNS == Int64(size) * 1_000)
  }
}
