import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import Simulation
import Testing

@testable import Metrics

/// The order of tenants reaches no digit of a figure.
struct TenantOrderFiguresTests {
  private static func summary(_ experiment: Experiment, _ policy: String) throws -> RunSummary {
    let choice = PolicyChoice(name: policy)
    var one = experiment
    one.policies = [choice]
    let programs = try Simulation.prepare(one)
    let (totals, observer) = try Simulation.run(
      one, programs, choice, seed: 3, observer: MetricCollector(one))
    guard var collector = observer as? MetricCollector else {
      preconditionFailure("a run hands back the observer it was given")
    }
    return collector.summary(
      one, policy: policy, seed: 3, totals: totals, soloNS: programs.soloLatencyNS)
  }

  @Test("tenants in another order have the same figures", arguments: PolicyCatalog.builtIn.names)
  func reordered(policy: String) throws {
    var random = SeededGenerator(seed: 8, stream: policy)
    // A part for each tenant takes a TPC at least: the test GPU has not that many.
    let tenants = (0..<(Fixtures.needTPCs.contains(policy) ? 2 : 7)).map { t in
      Fixtures.tenant(
        "t\(t)",
        Fixtures.table(
          "m\(t)", [Fixtures.kernel("k", duration: Int64(7_001 + 3_333 * t), flop: 1_000_003)],
          batches: [1, 4]), replicas: 1 + t % 3, sloNS: 300_000,
        .process(.poisson(requestsPerSecond: 2_000 + Double(t))))
    }
    var experiment = Fixtures.experiment(tenants, durationNS: 20_000_000)
    let first = try Self.summary(experiment, policy)
    #expect(first.device[.jainFairness] != nil && first.device[.slowdownMean] != nil)
    for _ in 0..<6 {
      experiment.tenants.shuffle(using: &random)
      let again = try Self.summary(experiment, policy)
      #expect(first.device == again.device)
      for row in again.tenants { #expect(first.tenants.contains(row)) }
    }
  }

  @Test("sums and Jain's index do not hang on the order of what is summed")
  func sums() {
    var random = SeededGenerator(seed: 9)
    var numbers = (0..<50).map { _ in Double(random.nextBelow(1_000_000)) / 7 }
    let (sum, index) = (numbers.sumInAnyOrder, Fairness.jain(numbers))
    var plain: Set<Double> = []
    for _ in 0..<50 {
      numbers.shuffle(using: &random)
      #expect(numbers.sumInAnyOrder == sum && Fairness.jain(numbers) == index)
      plain.insert(numbers.reduce(0, +))
    }
    // Added as they come, they do.
    #expect(plain.count > 1)
  }
}
