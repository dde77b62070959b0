import SimBasics
import TestSupport
import Testing

@testable import Workloads

@Suite struct ArrivalGeneratorTests {
  static func arrivals(
    _ process: ArrivalProcess, seed: UInt64, seconds: Int64, stream: String = "test"
  ) throws -> [Int64] {
    var generator = try ArrivalGenerator(process, seed: seed, stream: stream)
    var result: [Int64] = []
    while let time = generator.next(), time < seconds * 1_000_000_000 { result.append(time) }
    return result
  }

  @Test(arguments: GeneratorCatalog.names)
  func arrivalsAreOrderedAndRepeatable(name: String) throws {
    let process = ArrivalProcess.generator(try GeneratorSpec(name))
    let first = try Self.arrivals(process, seed: 3, seconds: 200)
    #expect(first.count > 10)
    #expect(zip(first, first.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(first.allSatisfy { $0 >= 0 })
    #expect(try Self.arrivals(process, seed: 3, seconds: 200) == first)
    if name != "deterministic" {
      #expect(try Self.arrivals(process, seed: 4, seconds: 200) != first)
      #expect(try Self.arrivals(process, seed: 3, seconds: 200, stream: "other") != first)
    }
  }

  @Test func equalGapsDoNotDrift() throws {
    let process = ArrivalProcess.deterministic(requestsPerSecond: 3)
    let times = try Self.arrivals(process, seed: 1, seconds: 1_000)
    #expect(times.count == 2_999)
    #expect(times.first == 333_333_333)
    #expect(times[2] == 1_000_000_000)
    #expect(times[2_996] == 999_000_000_000)
  }

  @Test(arguments: [0.25, 1, 3])
  func renewalGapsHaveTheWantedVariation(cv: Double) throws {
    let process = ArrivalProcess.gamma(requestsPerSecond: 50, cv: cv)
    let times = try Self.arrivals(process, seed: 8, seconds: 2_000)
    #expect(abs(Double(times.count) / 100_000 - 1) < 0.005 + 0.01 * cv)
    #expect(abs(NaiveStatistics.variation(times) / cv - 1) < 0.05)
  }

  /// A stationary start means that the first second is like any other, which a renewal process
  /// started at an arrival would not be.
  @Test func firstSecondIsLikeAnyOther() throws {
    for (process, rate) in [
      (ArrivalProcess.gamma(requestsPerSecond: 5, cv: 4), 5.0),
      (.generator(try GeneratorSpec("weibull", parameters: [("rps", 5), ("shape", 0.4)])), 5.0),
      (.generator(try GeneratorSpec("code-onoff")), 2.567),
    ] {
      var early = 0
      for seed in 0..<4_000 {
        early += try Self.arrivals(process, seed: UInt64(seed), seconds: 1).count
      }
      // Deviation of the mean of 4000 counts whose dispersion is 16 at most.
      let deviation = (16 * rate / 4_000).squareRoot()
      #expect(abs(Double(early) / 4_000 - rate) < 4 * deviation, "\(process)")
    }
  }

  @Test func badNumbersAreNamed() {
    #expect(ArrivalProcess.poisson(requestsPerSecond: 0).faults().count == 1)
    #expect(ArrivalProcess.poisson(requestsPerSecond: .nan).faults().count == 1)
    #expect(ArrivalProcess.gamma(requestsPerSecond: -1, cv: -1).faults().count == 2)
    let error = #expect(throws: (any Error).self) {
      _ = try GeneratorSpec("code-onof", parameters: [])
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains("did you mean 'code-onoff'?"))
    #expect(throws: (any Error).self) {
      _ = try GeneratorSpec("hawkes", parameters: [("branching", 1)])
    }
    #expect(throws: (any Error).self) {
      _ = try GeneratorSpec("sensor", parameters: [("jitter", 0.1)])
    }
    #expect(throws: (any Error).self) {
      _ = try GeneratorSpec("poisson", parameters: [("rps", 1), ("rps", 2)])
    }
    #expect(throws: (any Error).self) {
      _ = try GeneratorSpec("batched-3s", parameters: [("tick_s", 1), ("jitter_s", 0.6)])
    }
  }

  /// Defaults are valid, `rps` is first, and every number says where it comes from.
  @Test(arguments: GeneratorCatalog.entries.map(\.name))
  func catalogIsComplete(name: String) throws {
    let entry = try #require(GeneratorCatalog.entry(named: name))
    #expect(entry.parameters.first?.name == "rps")
    for parameter in entry.parameters {
      #expect(parameter.fault(of: parameter.defaultValue) == nil)
      #expect(!parameter.source.isEmpty && !parameter.meaning.isEmpty)
    }
    let spec = try GeneratorSpec(name)
    #expect(ArrivalProcess.generator(spec).requestsPerSecond == entry.parameters[0].defaultValue)
  }
}
