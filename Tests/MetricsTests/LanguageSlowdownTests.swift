import Hardware
import Metrics
import RunSupport
import Simulation
import Testing

/// Slowdown of a language model's requests: over the same request alone.
@Suite struct LanguageSlowdownTests {
  @Test("Slowdown is 1 alone, and what others cost beside them")
  func slowdown() throws {
    for (gap, isAlone) in [(Int64(1_000_000_000), true), (50_000, false)] {
      var requests: [(at: Int64, input: Int, output: Int)] = []
      for i in 0..<8 { requests.append((Int64(i) * gap, 20 + 31 * i, 30 - 3 * i)) }
      let experiment = Fixtures.experiment(
        [LanguageFixtures.tenant(requests)], policies: ["exclusive"],
        testbed: Fixtures.costly, gpu: LanguageFixtures.gpu())
      let (totals, observer) = try Simulation.run(
        experiment, try Simulation.prepare(experiment), experiment.policies[0], seed: 1,
        observer: MetricCollector(experiment))
      var collector = try #require(observer as? MetricCollector)
      let summary = collector.summary(
        experiment, policy: "exclusive", seed: 1, totals: totals, soloNS: [0])
      for row in summary.rows {
        let mean = try #require(row[.slowdownMean])
        let p99 = try #require(row[.slowdownP99])
        #expect(isAlone ? mean == 1 && p99 == 1 : mean > 1.1 && p99 > mean)
      }
    }
  }
}
