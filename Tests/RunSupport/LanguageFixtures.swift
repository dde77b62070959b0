import Hardware
import LanguageModels
import Simulation
import Tables
import Workloads

/// A small language model on the small GPU.
package enum LanguageFixtures {
  /// The fixtures' GPU with a rate at which language models compute, and room for one.
  package static func gpu(sms: Int = 8) -> GPUSpec {
    var gpu = Fixtures.gpu(sms: sms)
    gpu.flopPerCyclePerSM[.bf16Tensor] = 1_024
    return gpu
  }

  /// Few layers, small ones, so that iterations have some 40 launches.
  package static func model(layers: Int = 4, maxContext: Int = 4_096) -> LanguageModel {
    LanguageModel(
      name: "small", layers: layers, hidden: 256, heads: 4, kvHeads: 2, headDim: 64, ffn: 512,
      isGated: true, vocab: 1_000, hasTiedEmbedding: true, precision: .bf16,
      maxContext: maxContext)
  }

  /// A stack whose host costs what is given, in nanoseconds.
  package static func stack(
    stepNS: Int64 = 0, perSequenceNS: Int64 = 0, overlaps: Bool = false, graphs: Int = 0
  ) -> ServingStack {
    let text = """
      {"format": "gpuloom.llm-stack/1", "name": "test", "description": "made up",
       "fuses_residual": true, "fuses_rotary_write": true, "fuses_gate_up": true,
       "launch_floor_us": 2, "streaming_share": 0.75, "step_cpu_us": \(Double(stepNS) / 1e3),
       "step_cpu_per_sequence_us": \(Double(perSequenceNS) / 1e3), "overlaps_steps": \(overlaps),
       "graph_sequences": \(graphs), "graph_gap_us": 0.1,
       "sources": {"launch_floor_us": "x", "streaming_share": "x", "step_cpu_us": "x",
       "step_cpu_per_sequence_us": "x", "graph_sequences": "x", "graph_gap_us": "x"}}
      """
    guard let node = try? JSONReader.node(of: text, file: "test"),
      let stack = try? ServingStack.read(node, file: "test")
    else { preconditionFailure("the fixtures' stack cannot be read") }
    return stack
  }

  /// A tenant that serves requests of given arrivals and lengths.
  package static func tenant(
    named name: String = "chat", _ requests: [(at: Int64, input: Int, output: Int)],
    _ settings: ServingSettings = ServingSettings(), model: LanguageModel? = nil,
    stack: ServingStack? = nil, gpu: GPUSpec? = nil, replicas: Int = 1,
    blocks: TokenLengths.PromptBlocks? = nil
  ) -> TenantSpec {
    let (gpu, stack) = (gpu ?? self.gpu(), stack ?? self.stack())
    let language = LanguageTenant(
      model: model ?? self.model(), stack: stack,
      operators: OperatorModel(gpu: gpu, stack: stack),
      sliceOperators: gpu.migSlices.map {
        OperatorModel(gpu: gpu.slice($0.name) ?? gpu, stack: stack)
      }, settings: settings)
    var tenant = TenantSpec(
      name: name, model: language.model.name, table: language.table(gpu: gpu),
      replicas: replicas, sloNS: nil, priority: 0, arrivals: .trace(requests.map(\.at)),
      tokens: TokenSource(
        recorded: TokenLengths(
          requests.map { RequestTokens(input: Int32($0.input), output: Int32($0.output)) },
          blocks: blocks)))
    tenant.language = language
    return tenant
  }

  /// Settings whose pool has exactly so many blocks on the GPU.
  ///
  /// - Parameter contextMiB: what the testbed's contexts and replicas take.
  package static func settings(
    blocks: Int, of tokens: Int = 16, gpu: GPUSpec? = nil, model: LanguageModel? = nil,
    contextMiB: Double = 0
  ) -> ServingSettings {
    let (gpu, model) = (gpu ?? self.gpu(), model ?? self.model())
    var settings = ServingSettings()
    settings.kvBlock = tokens
    let bytes =
      (Double(blocks) + 0.5) * Double(tokens * model.kvBytesPerToken) + Double(model.weightsBytes)
    settings.memoryFraction = (bytes / 1_048_576 + contextMiB) / Double(gpu.memoryMiB)
    return settings
  }
}
