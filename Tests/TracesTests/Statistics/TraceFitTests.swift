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

  static func isNear(_ found: Double?, _ expected: Double, _ share: Double) -> Bool {
    found.map { abs($0 - expected) <= share * expected } ?? false
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
    #expect(fitted.filter { $0.isMatched == true }.count >= fitted.count - 2)
    // The fit has no state for rare peaks, and must say so.
    #expect(likeness.mismatches.contains("peak_to_mean_1s"))
  }

  @Test func tooLittleIsRefused() throws {
    let few = try Self.statistics("poisson", seconds: 10)
    #expect(throws: InputError.self) { _ = try TraceFit(few, file: "few.csv") }
    #expect(throws: InputError.self) { _ = try TraceFit(TraceStatistics(), file: "none.csv") }
  }

  /// The first so many requests of a generator, ended by the last, as a file records them.
  static func requests(
    _ name: String, _ parameters: [(name: String, value: Double)] = [], _ count: Int, seed: UInt64
  ) throws -> TraceStatistics {
    var generator = try ArrivalGenerator(
      .generator(GeneratorSpec(name, parameters: parameters)), seed: seed, stream: "fit")
    var statistics = TraceStatistics()
    for _ in 0..<count { if let time = generator.next() { statistics.add(arrivalNS: time) } }
    statistics.finish()
    return statistics
  }

  static func generated(_ likeness: TraceLikeness, _ name: String) throws -> Double {
    try #require(likeness.figures.first { $0.name == name }?.generated)
  }

  /// Chance is not fitted: however short, Poisson arrivals give a rate that never changes.
  @Test(arguments: [300, 600, 6_000], [1, 2, 3] as [UInt64])
  func poissonIsPoisson(count: Int, seed: UInt64) throws {
    let trace = try Self.requests("poisson", [("rps", 10)], count, seed: seed)
    let fit = try TraceFit(trace, file: "poisson.csv")
    for index in 1...3 { #expect(fit.spec.value("strength_\(index)") == 0) }
    let likeness = try TraceLikeness(trace, fit.spec)
    let variation = try #require(trace.variation)
    #expect(abs(try Self.generated(likeness, "cv") / variation - 1) < 0.1)
    // A trace's own dispersion strays from 1 by the root of 2 over its windows.
    let bound = 0.1 + 3 * (2 / Double(trace.windows(seconds: 1))).squareRoot()
    #expect(abs(try Self.generated(likeness, "dispersion_1s") - 1) < bound)
  }

  @Test(.enabled(if: SharedFiles.areAvailable))
  func aShortPoissonFileIsPoisson() throws {
    let path = SharedFiles.path("cases/traces/poisson-600.csv")
    let trace = try TraceImport.statistics(.file(path)).statistics
    let likeness = try TraceLikeness(trace, try TraceFit(trace, file: path).spec)
    #expect(abs(try Self.generated(likeness, "cv") / 0.994 - 1) < 0.1)
    #expect(abs(try Self.generated(likeness, "dispersion_1s") / 0.944 - 1) < 0.25)
  }

  /// Bursty gaps stay bursty, and even ones even.
  @Test(arguments: [(3.41, 600), (3.41, 6_000), (0.4, 600)])
  func gapsAreNotSmoothed(cv: Double, count: Int) throws {
    let trace = try Self.requests("gamma", [("rps", 10), ("cv", cv)], count, seed: 2)
    let likeness = try TraceLikeness(trace, try TraceFit(trace, file: "gamma.csv").spec)
    let variation = try #require(trace.variation)
    #expect(abs(try Self.generated(likeness, "cv") / variation - 1) < 0.15)
  }

  /// The dispersion of gamma gaps in windows of few requests and of many.
  @Test(arguments: [0.4, 2, 3.41])
  func modelForetellsGaps(cv: Double) throws {
    for rate in [1.0, 10] {
      let found = try Self.statistics("gamma", [("rps", rate), ("cv", cv)], seconds: 30_000)
      let model = ModulationModel(rate: rate, gapVariance: cv * cv, switches: [])
      for scale in TraceStatistics.scales {
        let value = try #require(found.dispersion(seconds: scale))
        let foretold = model.dispersion(seconds: Double(scale))
        #expect(abs(value / foretold - 1) < 0.15, "\(rate)/s, \(scale) s: \(value), \(foretold)")
      }
    }
  }

  /// What neither trace has is no match.
  @Test func absentFiguresAreNoMatch() throws {
    let trace = try Self.requests("poisson", [("rps", 10)], 300, seed: 1)
    let likeness = try TraceLikeness(trace, try TraceFit(trace, file: "short.csv").spec)
    for name in ["dispersion_60s", "autocorrelation_60s"] {
      let figure = try #require(likeness.figures.first { $0.name == name })
      #expect(figure.trace == nil && figure.isMatched == nil && !figure.isFitted)
      #expect(!likeness.mismatches.contains(name))
    }
  }
}
