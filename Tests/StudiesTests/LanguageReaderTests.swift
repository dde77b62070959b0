import Hardware
import LanguageModels
import Policies
import Tables
import TestSupport
import Testing

@testable import Simulation
@testable import Studies

/// Tenants that are language models, as files have them.
struct LanguageReaderTests {
  private static func text(
    model: String = "llama-3.1-8b", gpu: String = "h100-sxm5-80gb", members: String = "",
    arrivals: String = "{\"poisson_rps\": 2, \"input_tokens\": 100, \"output_tokens\": 20}",
    policies: String = "[\"space-only\"]"
  ) -> String {
    "{\"format\": \"gpuloom.experiment/1\", \"name\": \"e\", \"gpu\": \"\(gpu)\", "
      + "\"testbed\": \"modern\", \"duration_s\": 5,\n"
      + "\"tenants\": [{\"name\": \"chat\", \"model\": \"\(model)\",\n\(members)"
      + "\"arrivals\": \(arrivals)}],\n\"policies\": \(policies)}"
  }

  private static func read(_ text: String) throws(InputError) -> LoadedExperiment {
    try ExperimentReader.read(
      text: text, file: "e.json", library: ExperimentReaderTests.library, policies: .builtIn)
  }

  private static func faults(_ text: String) -> [String] {
    do {
      _ = try read(text)
      return []
    } catch { return error.diagnostics.map { "\($0)" } }
  }

  @Test func everyKeyOfServingIsRead() throws {
    let loaded = try Self.read(
      Self.text(
        model: "Llama-3.1-8B",
        members: """
          "slo_ttft_ms": 400, "slo_tpot_ms": 40.5, "serving": {"scheduler": "prefill-first",
          "max_sequences": 7, "max_tokens": 4096, "kv_block": 32, "memory_fraction": 0.8,
          "preemption": "swap", "prefix_cache": false, "chunked_prefill": false,
          "stack": "vllm-0.19"},
          """))
    let tenant = loaded.experiment.tenants[0]
    let language = try #require(tenant.language)
    #expect(tenant.model == "llama-3.1-8b" && language.model.layers == 32)
    #expect(language.ttftNS == 400_000_000 && language.tpotNS == 40_500_000)
    var settings = ServingSettings()
    settings.scheduler = .prefillFirst
    (settings.maxSequences, settings.maxTokens, settings.kvBlock) = (7, 4_096, 32)
    (settings.memoryFraction, settings.preemption) = (0.8, .swap)
    (settings.prefixCache, settings.chunkedPrefill) = (false, false)
    #expect(language.settings == settings)
    #expect(
      try Self.read(Self.text()).experiment.tenants[0].language?.settings == ServingSettings())
    #expect(loaded.inputs.map(\.role).contains("llm"))
  }

  @Test(arguments: [
    ("\"serving\": {\"scheduler\": \"continous\"},", "unknown scheduler 'continous'"),
    ("\"serving\": {\"preemption\": \"drop\"},", "unknown preemption 'drop'"),
    ("\"serving\": {\"max_token\": 5},", "'max_token'"),
    ("\"serving\": {\"max_sequences\": 0},", "'max_sequences'"),
    ("\"serving\": {\"kv_block\": 0},", "'kv_block'"),
    ("\"serving\": {\"memory_fraction\": 1.5},", "'memory_fraction'"),
    ("\"serving\": {\"stack\": \"vlm\"},", "unknown serving stack 'vlm'"),
    (
      "\"serving\": {\"scheduler\": \"prefill-first\", \"chunked_prefill\": true},",
      "computes prompts whole"
    ),
    (
      "\"serving\": {\"scheduler\": \"static\", \"preemption\": \"swap\"},",
      "no effect under the scheduler 'static'"
    ),
    ("\"slo_ttft_ms\": 0,", "'slo_ttft_ms'"),
  ])
  func faultsOfServing(members: String, words: String) {
    let faults = Self.faults(Self.text(members: members))
    #expect(faults.count == 1 && faults[0].contains(words), "\(faults)")
    #expect(faults.first?.hasPrefix("e.json:3:") ?? false, "\(faults)")
  }

  @Test func whatOtherModelsDoNotHave() {
    let arrivals = "{\"poisson_rps\": 2}"
    for (members, word) in [
      ("\"serving\": {},", "'serving'"), ("\"slo_tpot_ms\": 4,", "'slo_tpot_ms'"),
    ] {
      let faults = Self.faults(
        Self.text(
          model: "resnet50", gpu: "v100-sxm2-16gb", members: members, arrivals: arrivals))
      #expect(
        faults.count == 1 && faults[0].contains("\(word) applies to language models only"),
        "\(faults)")
    }
  }

  @Test func aMisspeltLanguageModelIsNamed() {
    let faults = Self.faults(Self.text(model: "lama-3.1-8b", arrivals: "{\"poisson_rps\": 2}"))
    #expect(
      faults.count == 1 && faults[0].contains("unknown model 'lama-3.1-8b'")
        && faults[0].contains("did you mean 'llama-3.1-8b'?"), "\(faults)")
  }

  @Test func requestsWithoutLengths() {
    let faults = Self.faults(Self.text(arrivals: "{\"poisson_rps\": 2}"))
    #expect(
      faults.count == 2 && faults.allSatisfy { $0.contains("need lengths") }, "\(faults)")
  }

  @Test func aGPUWithoutTheirRate() {
    let faults = Self.faults(Self.text(gpu: "v100-sxm2-16gb"))
    #expect(faults.count == 1 && faults[0].contains("has no 'bf16_tensor' rate"), "\(faults)")
  }

  @Test func splitsNeedAnObjective() {
    let faults = Self.faults(Self.text(policies: "[\"pd-multiplex\"]"))
    #expect(faults.count == 1 && faults[0].contains("'slo_tpot_ms'"), "\(faults)")
    #expect(
      Self.faults(
        Self.text(
          policies: "[{\"policy\": \"pd-multiplex\", \"split\": \"fixed\", "
            + "\"decode_share\": 0}]")
      ).first?.contains("'decode_share'") ?? false)
  }
}
