import Hardware
import RunSupport
import SimBasics
import Testing
import Workloads

@testable import Simulation

/// What a language model's request takes alone, in closed form, against runs in which it is alone.
@Suite struct LoneRequestTests {
  /// Requests so far apart that none meets another.
  private static func experiment(_ seed: UInt64) -> (
    experiment: Experiment, requests: [(at: Int64, input: Int, output: Int)]
  ) {
    var random = SeededGenerator(seed: seed, stream: "lone")
    var testbed = Testbed(name: "costs")
    testbed.launchCPU = Int64(random.nextBelow(seed % 3 == 0 ? 20_000 : 3_000))
    testbed.launchGap = Int64(random.nextBelow(2_000))
    testbed.completionSync = Int64(random.nextBelow(2)) * 8_000
    let stack = LanguageFixtures.stack(
      stepNS: Int64(random.nextBelow(400_000)), perSequenceNS: 700, overlaps: seed % 2 == 0,
      graphs: random.nextBelow(2) * 4)
    var settings = ServingSettings()
    settings.maxTokens = 64
    settings.chunkedPrefill = random.nextBelow(3) > 0
    settings.scheduler = [.continuous, .prefillFirst, .fixed][random.nextBelow(3)]
    let requests = (0..<8).map { i in
      (
        at: Int64(i) * 1_000_000_000, input: 1 + random.nextBelow(200),
        output: 1 + random.nextBelow(30)
      )
    }
    let tenant = LanguageFixtures.tenant(requests, settings, stack: stack)
    return (
      Fixtures.experiment(
        [tenant], policies: ["exclusive"], testbed: testbed, gpu: LanguageFixtures.gpu()), requests
    )
  }

  @Test("Equal to a run of it alone, to the nanosecond", arguments: UInt64(0)..<24)
  func alone(seed: UInt64) throws {
    let (experiment, requests) = Self.experiment(seed)
    let language = try #require(experiment.tenants[0].language)
    var lone = LoneRequests(language, experiment.testbed, on: experiment.gpu)
    let run = try simulate(experiment, "exclusive")
    #expect(run.keeper.records.count == 8)
    for record in run.keeper.records {
      let request = requests[record.number]
      let latency = lone.latencyNS(input: request.input, output: request.output)
      #expect(record.completionNS - record.arrivalNS == latency, "seed \(seed), \(request)")
    }
  }
}
