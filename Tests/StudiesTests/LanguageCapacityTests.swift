import Metrics
import Policies
import Tables
import TestSupport
import Testing
import Workloads

@testable import Simulation
@testable import Studies

/// How much is served of tenants that are language models: loads, capacities, closed loops.
struct LanguageCapacityTests {
  private static func experiment(
    _ arrivals: String, policies: String = "[\"exclusive\", \"space-only\"]"
  ) throws -> Experiment {
    let text =
      "{\"format\": \"gpuloom.experiment/1\", \"name\": \"e\", \"gpu\": \"h100-sxm5-80gb\", "
      + "\"testbed\": \"modern\", \"duration_s\": 20, \"tenants\": [{\"name\": \"chat\", "
      + "\"model\": \"llama-3.1-8b\", \"slo_ttft_ms\": 200, \"slo_tpot_ms\": 20, "
      + "\"arrivals\": \(arrivals)}], \"policies\": \(policies)}"
    return try ExperimentReader.read(
      text: text, file: "e.json", library: ExperimentReaderTests.library, policies: .builtIn
    ).experiment
  }

  private static let lengths =
    "\"input_tokens\": {\"exponential\": {\"mean\": 400, \"largest\": 2000}}, \"output_tokens\": 40"

  /// What `compare` says of the share in time at a load, over which the capacity is looked for.
  private static func share(_ experiment: Experiment) throws -> Double {
    var collector = MetricCollector(experiment)
    let programs = try Simulation.prepare(experiment)
    let (totals, observer) = try Simulation.run(
      experiment, programs, experiment.policies[0], seed: experiment.seeds[0], observer: collector)
    collector = try #require(observer as? MetricCollector)
    let summary = collector.summary(
      experiment, policy: "p", seed: experiment.seeds[0], totals: totals,
      soloNS: programs.soloLatencyNS)
    return try #require(summary.tenants[0][.sloAttainment])
  }

  @Test func itsCapacityIsWhereItsObjectivesOfTokensBreak() throws {
    let base = try Self.experiment("{\"poisson_rps\": 4, \(Self.lengths)}")
    let study = try CapacityTests.answered(base) { $0.share = 0.95 }
    for row in study.rows {
      let knee = try #require(row.knees[0])
      let failing = try #require(knee.failing)
      let scene = try CapacityScene(base, .load, varied: [true], seed: 1)
      #expect(try Self.share(scene.experiment(at: knee.capacity, row.policy)) >= 0.95)
      #expect(try Self.share(scene.experiment(at: failing, row.policy)) < 0.95)
    }
  }

  @Test func aLoadIsOfWhatIsAnsweredWhenAllWait() throws {
    let base = try Self.experiment("{\"poisson_rps\": 100, \(Self.lengths)}")
    let capacity = try LoadSweep.capacitiesRPS(base, base.policies[0])[0]
    let sweep = try LoadSweep(base, seed: 1)
    func done(_ load: Double) throws -> Double {
      let one = sweep.experiment(load: load, capacitiesRPS: [capacity], base.policies[0])
      let (totals, _) = try Simulation.run(
        one, Simulation.prepare(one), one.policies[0], seed: 1, observer: MetricCollector(one))
      return Double(totals.finished[0]) * 1e9 / Double(totals.spanNS)
    }
    // Far below it all are answered as they come; far above, no more than that many.
    #expect(abs(try done(0.3) / capacity - 0.3) < 0.03)
    let most = try done(3) / capacity
    #expect(most > 0.6 && most < 1.1, "\(most)")
  }

  @Test func aClosedLoopOfOneClientAsksAsOftenAsItIsAnswered() throws {
    let base = try Self.experiment(
      "{\"closed_loop\": {\"clients\": 1, \"think_ms\": 0}, \"input_tokens\": 300, \"output_tokens\": 30}"
    )
    let language = try #require(base.tenants[0].language)
    var alone = LoneRequests(language, base.testbed, on: base.gpu)
    let (totals, _) = try Simulation.run(
      base, Simulation.prepare(base), base.policies[0], seed: 1, observer: MetricCollector(base))
    let expected = 20_000_000_000 / alone.latencyNS(input: 300, output: 30)
    #expect(totals.finished[0] == Int(expected))
    let most = try #require(
      ExperimentLimits.mostClosedRequests(of: base.tenants[0], base, soloNS: 0))
    #expect(most >= Double(expected) && most < 1e5, "\(most)")
  }

  @Test func copiesBringTheirLengthsAlong() throws {
    let base = try Self.experiment("{\"poisson_rps\": 4, \(Self.lengths)}")
    let scene = try CapacityScene(base, .replicas, varied: [true], seed: 1)
    func requests(_ n: Double) throws -> [(Int64, RequestTokens)] {
      let tenant = try scene.experiment(at: n, base.policies[0]).tenants[0]
      guard case .trace(let times) = tenant.arrivals else { return [] }
      return Array(zip(times, try #require(tenant.tokens?.recorded?.requests)))
    }
    let (one, three) = (try requests(1), try requests(3))
    #expect(three.count > 2 * one.count && three.map(\.0) == three.map(\.0).sorted())
    for request in one { #expect(three.contains { $0 == request }) }
    // The first copy is the run's own, drawn as a run draws it.
    let source = try #require(base.tenants[0].tokens)
    var stream = TokenStream(source, seed: 1, stream: "chat")
    for (record, request) in one.enumerated() { #expect(request.1 == stream.next(record: record)) }
  }

  @Test func moreOfTheGPUIsMoreOfItForOperatorsToo() throws {
    let base = try Self.experiment("{\"poisson_rps\": 4, \(Self.lengths)}")
    func alone(_ experiment: Experiment) throws -> Int64 {
      let language = try #require(experiment.tenants[0].language)
      var lone = LoneRequests(language, experiment.testbed, on: experiment.gpu)
      return lone.latencyNS(input: 1500, output: 40)
    }
    let own = try alone(base)
    for resource in [CapacityResource.sm, .dram, .host, .pace] {
      #expect(try alone(#require(resource.doubled(in: base))) < own, "\(resource)")
    }
  }

  @Test func oneWithoutAnObjectiveIsRefused() throws {
    var base = try Self.experiment("{\"poisson_rps\": 4, \(Self.lengths)}")
    base.tenants[0].language?.ttftNS = nil
    base.tenants[0].language?.tpotNS = nil
    #expect {
      _ = try CapacityStudy(base, CapacityStudy.Question())
    } throws: { error in
      (error as? InputError)?.diagnostics.first?.hint?.contains("slo_ttft_ms") == true
    }
  }
}
