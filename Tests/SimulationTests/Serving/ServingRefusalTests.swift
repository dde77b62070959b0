import Hardware
import Policies
import RunSupport
import Scheduling
import Tables
import Testing
import Workloads

@testable import Simulation

/// What of language models is refused, by name and with the sum.
@Suite struct ServingRefusalTests {
  @Test(
    "What goes by tables' times refuses language models by name",
    arguments: ["clockwork", "nexus", "triton", "clipper", "space-time", "oracle"])
  func refused(policy: String) throws {
    let tenant = LanguageFixtures.tenant([(0, 10, 2)])
    let experiment = Fixtures.experiment(
      [tenant], policies: [policy], gpu: LanguageFixtures.gpu())
    let error = #expect(throws: InputError.self) { try simulate(experiment, policy) }
    #expect(error?.diagnostics.first?.message.contains("language model of 'chat'") ?? false)
  }

  @Test("A request that can never fit is refused by name, with the sum")
  func neverFits() throws {
    let settings = LanguageFixtures.settings(blocks: 10)
    func message(_ requests: [(at: Int64, input: Int, output: Int)]) -> String? {
      let experiment = Fixtures.experiment(
        [LanguageFixtures.tenant(requests, settings)], policies: ["space-only"],
        gpu: LanguageFixtures.gpu())
      do {
        _ = try simulate(experiment, "space-only")
        return nil
      } catch {
        return (error as? InputError)?.diagnostics.first?.message
      }
    }
    #expect(message([(0, 150, 11)]) == nil)
    #expect(
      message([(0, 1, 1), (0, 150, 12)])
        == "request 2 of 'chat' never fits the KV pool: 150 tokens of prompt + 12 of answer = 162, "
        + "which take 11 blocks of 16, more than its 10")
    #expect(message([(0, 4_090, 7)])?.contains("never fits the context of 'small'") ?? false)
  }

  @Test("A split that leaves one side no SMs is refused by name; two TPCs are enough")
  func noSMs() throws {
    for sms in 1...4 {
      var gpu = LanguageFixtures.gpu()
      gpu.smCount = sms
      let options = PolicyOptions(["split": .word("fixed")])
      let experiment = Fixtures.experiment(
        [LanguageFixtures.tenant([(0, 40, 8), (1_000, 40, 8)], gpu: gpu)], gpu: gpu)
      if sms > gpu.smsPerTPC {
        let run = try simulate(experiment, "pd-multiplex", options: options)
        #expect(run.totals.completed == [2])
        continue
      }
      let error = #expect(throws: InputError.self) {
        try simulate(experiment, "pd-multiplex", options: options)
      }
      #expect(
        error?.diagnostics.first?.message.contains("leaves no SMs for prefills") ?? false, "\(sms)")
    }
  }

  @Test("A pool of no blocks is refused by name, with the sum")
  func noBlocks() throws {
    var settings = ServingSettings()
    settings.memoryFraction = 0.01
    var gpu = LanguageFixtures.gpu()
    gpu.memoryMiB = 100
    let experiment = Fixtures.experiment(
      [LanguageFixtures.tenant([(0, 10, 2)], settings, gpu: gpu)], policies: ["space-only"],
      gpu: gpu)
    let error = #expect(throws: InputError.self) { try simulate(experiment, "space-only") }
    let message = error?.diagnostics.first?.message ?? ""
    #expect(message.contains("leaves 'chat' no KV block on test: 0.01 × 100 MiB − "), "\(message)")
  }
}
