import Hardware
import Metrics
import Policies
import Simulation
import TestSupport
import Testing

@testable import Studies

/// Energy and waste as figures of whole runs of shipped and lowered tables.
struct CostFiguresTests {
  private func runs(
    _ model: String, on gpu: String, arrivals: String = "{\"closed_loop\": {}}",
    policies: String = "\"time-only\", \"space-only\"", replicas: Int = 1, seconds: Double = 0.3
  ) throws -> [RunSummary] {
    let text =
      "{\"format\": \"gpuloom.experiment/1\", \"name\": \"e\", \"gpu\": \"\(gpu)\", "
      + "\"testbed\": \"ideal\", \"tenants\": [{\"name\": \"t\", \"model\": \"\(model)\", "
      + "\"replicas\": \(replicas), \"arrivals\": \(arrivals)}], "
      + "\"policies\": [\(policies)], \"duration_s\": \(seconds)}"
    let loaded = try ExperimentReader.read(
      text: text, library: ModelLibrary(folder: SharedFiles.repositoryRoot + "/models"),
      policies: .builtIn)
    return Comparison.run(try JudgedExperiment(loaded), logsRequests: false, WorkControl(jobs: 1))
      .summaries
  }

  /// A model, a GPU with its idle power and its cap, and the least part of the cap that it takes.
  private static var boards: [(String, String, Double, Double, Double)] {
    let short: [(String, String, Double, Double, Double)] = [
      ("resnet50", "v100-sxm2-16gb", 53.5, 300, 0.3), ("resnet50", "t4", 31, 70, 0.7),
      ("resnet50:fp16", "a100-sxm4-80gb", 61, 400, 0.2),
    ]
    let more: [(String, String, Double, Double, Double)] = [
      ("bert_base", "v100-sxm2-16gb", 53.5, 300, 0.3), ("vgg19:fp32", "t4", 31, 70, 0.7),
      ("bert_large:fp16", "t4", 31, 70, 0.7), ("resnet50:int8", "t4", 31, 70, 0.5),
    ]
    return SharedFiles.isDeepRun ? short + more : short
  }

  @Test(
    "a busy table takes less than the cap, and where it is what limits the clock nearly all of it",
    arguments: boards)
  func power(model: String, gpu: String, idle: Double, cap: Double, share: Double) throws {
    for run in try runs(model, on: gpu) {
      let energy = try #require(run.device[.energy])
      let watts = energy / 0.3
      #expect(watts > max(idle, share * cap) && watts <= cap, "\(run.policy): \(watts) W")
      let own = try #require(run.tenants[0][.energy])
      #expect(abs(own + idle * 0.3 - energy) < 1e-9 * energy)
      #expect((run.device[.energyPerRequest] ?? 0) > run.tenants[0][.energyPerRequest] ?? 0)
      #expect(run.tenants[0][.wastedFraction] == 0)
    }
  }

  @Test("an idle GPU takes its idle power, each one of those used")
  func idle() throws {
    for run in try runs(
      "resnet50", on: "t4", arrivals: "{\"poisson_rps\": 0.000001}",
      policies: "\"exclusive\", \"space-only\"", replicas: 3, seconds: 2)
    {
      #expect(run.device[.completed] == 0)
      let joules = run.policy == "exclusive" ? 3 * 62.0 : 62.0
      #expect(run.device[.energy] == joules)
      #expect(run.tenants[0][.energy] == 0 && run.device[.energyPerRequest] == nil)
      #expect(run.device[.wastedFraction] == nil && run.device[.wastedSMTime] == 0)
    }
  }

  @Test("a GPU without an idle power, and a bound, have no energy")
  func unknown() throws {
    for run in try runs("resnet50:fp16", on: "h100-sxm5-80gb") {
      #expect(run.rows.allSatisfy { $0[.energy] == nil && $0[.energyPerRequest] == nil })
      #expect(run.device[.wastedFraction] == 0)
    }
    let bound = try runs(
      "resnet50", on: "t4", arrivals: "{\"poisson_rps\": 50}", policies: "\"oracle\"")
    #expect(bound.count == 1)
    for row in bound[0].rows {
      #expect(SummaryFigure.costs.allSatisfy { row[$0] == nil })
    }
  }
}
