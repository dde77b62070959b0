import SimBasics
import Tables
import TestSupport
import Testing

@testable import Traces
@testable import Workloads

@Suite struct TraceFitTests {
  static func statistics(
    _ name: String, _ parameters: [(name: String, value: Double)] = [], seconds: Int64,
    seed: UInt64 = 1
  ) throws -> TraceStatistics {
    var generator = try ArrivalGenerator(
      .generator(GeneratorSpec(name, parameters: parameters)), seed: seed, stream: "fit")
    var statistics = TraceStatistics()
    while let time = generator.next(), time < seconds * 1_000_000_000 {
      statistics.add(arrivalNS: time)
    }
    statistics.finish(endNS: seconds * 1_000_000_000)
    return statistics
  }

  /// The closed forms against long simulated traces.
  @Test func modelForetellsItsGenerator() throws {
    let switches = [(0.4, 2.0), (1.5, 20.0)]
    let found = try Self.statistics(
      "modulated",
      [
        ("rps", 12), ("strength_1", 0.4), ("memory_1_s", 2), ("strength_2", 1.5),
        ("memory_2_s", 20),
      ], seconds: 12_000)
    let model = ModulationModel(
      rate: 12, gapVariance: 1,
      switches: switches.map { RateSwitch(strength: $0.0, memory: $0.1) })
    for scale in TraceStatistics.scales {
      let value = try #require(found.dispersion(seconds: scale))
      let foretold = model.dispersion(seconds: Double(scale))
      #expect(abs(value / foretold - 1) < 0.15, "at \(scale) s: \(value), foretold \(foretold)")
    }
    for lag in [1, 5, 20] {
      let value = try #require(found.autocorrelation(lagSeconds: lag))
      #expect(abs(value - model.autocorrelation(lagSeconds: lag)) < 0.06)
    }
    let variation = try #require(found.variation)
    #expect(abs(variation / model.variation - 1) < 0.1)
  }

  /// Without switches the model is a Poisson process.
  @Test func modelWithoutSwitchesIsPoisson() {
    let model = ModulationModel(rate: 5, gapVariance: 1, switches: [])
    #expect(abs(model.dispersion(seconds: 10) - 1) < 1e-12)
    #expect(abs(model.autocorrelation(lagSeconds: 1)) < 1e-12)
    #expect(abs(model.variation - 1) < 1e-12)
  }

  @Test func linearSystemsAreSolved() {
    let x = LinearSystem.solve([[0, 2, 1], [1, -1, 0], [3, 0, 2]], [7, -1, 9])
    for (found, expected) in zip(x, [1.0, 2, 3]) { #expect(abs(found - expected) < 1e-12) }
  }

  /// A bursty trace is fitted so that what was fitted matches, and the report can say no.
  @Test func burstsAreFitted() throws {
    let statistics = try Self.statistics("code-onoff", seconds: 1_800, seed: 5)
    let fit = try TraceFit(statistics, file: "bursts.csv")
    #expect(fit.error < 0.02)
    let likeness = try TraceLikeness(statistics, fit.spec)
    let fitted = likeness.figures.filter(\.isFitted)
    #expect(fitted.filter(\.isMatched).count >= fitted.count - 2, "\(likeness.mismatches)")
    // The fit has no state for rare peaks, and must say so.
    #expect(likeness.mismatches.contains("peak_to_mean_1s"))
  }

  @Test func tooLittleIsRefused() throws {
    let few = try Self.statistics("poisson", seconds: 10)
    #expect(throws: InputError.self) { _ = try TraceFit(few, file: "few.csv") }
    #expect(throws: InputError.self) { _ = try TraceFit(TraceStatistics(), file: "none.csv") }
  }

  /// The window that the end cuts short is left out.
  @Test func wholeWindowsOnly() throws {
    var statistics = TraceStatistics()
    for second in 0..<25 {
      for _ in 0..<4 { statistics.add(arrivalNS: Int64(second) * 1_000_000_000) }
    }
    statistics.finish()
    #expect(statistics.wholeDispersion(seconds: 10) == 0)
    #expect((statistics.dispersion(seconds: 10) ?? 0) > 2)
  }
}
