import Hardware
import Tables

/// What a serving stack does around a model's operators (`gpuloom.llm-stack/1`).
package struct ServingStack: Sendable {
  /// The catalogue name, such as `vllm-0.19`.
  package var name: String
  /// What it is, in a sentence.
  package var description: String
  /// Whether adding the residual is part of the norm that follows.
  package var fusesResidual: Bool
  /// Whether the rotary embedding and the write of keys and values are one launch.
  package var fusesRotaryWrite: Bool
  /// Whether gate and up are one product, and the activation one launch with their product.
  package var fusesGateUp: Bool
  /// Duration of a launch with next to nothing to do, in nanoseconds.
  package var launchFloorNS: Double
  /// Share of the DRAM's peak that element-wise launches reach.
  package var streamingShare: Double
  /// Host time of an iteration (scheduling, sampling, detokenising), in nanoseconds.
  package var stepCPUNS: Int64
  /// The same for each sequence of it, in nanoseconds.
  package var stepCPUPerSequenceNS: Int64
  /// Whether that time overlaps with the iteration before.
  package var overlapsSteps: Bool
  /// The most sequences of a decode-only iteration that runs as one CUDA graph; 0 for no graphs.
  package var graphSequences: Int
  /// Gap between two launches of a graph, in nanoseconds, beyond the launches' own durations.
  package var graphGapNS: Int64
  /// Where each number comes from, by key.
  package var sources: [(key: String, source: String)] = []

  /// The format's name and version.
  package static let format = "gpuloom.llm-stack/1"

  /// Reads a stack's file: every key is required, every number needs its source.
  ///
  /// - Throws: as `InputFile.text(at:)`, and `badData` with every fault found.
  package static func read(_ path: String) throws(InputError) -> ServingStack {
    try read(JSONReader.node(at: path), file: path)
  }

  /// Reads a stack from parsed JSON; `file` names it in errors.
  ///
  /// - Throws: `badData` with every fault found.
  package static func read(_ node: JSONNode, file: String) throws(InputError) -> ServingStack {
    var fields = FieldReader(node, file: file, what: "a serving stack")
    try fields.expectFormat(format)
    var numbers = NumberReader(fields: fields)
    var stack = ServingStack(
      name: numbers.fields.string("name"), description: numbers.fields.string("description"),
      fusesResidual: numbers.fields.bool("fuses_residual"),
      fusesRotaryWrite: numbers.fields.bool("fuses_rotary_write"),
      fusesGateUp: numbers.fields.bool("fuses_gate_up"),
      launchFloorNS: numbers.double("launch_floor_us", 0, 1000) * 1e3,
      streamingShare: numbers.double("streaming_share", 0.01, 1),
      stepCPUNS: Self.time("step_cpu_us", &numbers),
      stepCPUPerSequenceNS: Self.time("step_cpu_per_sequence_us", &numbers),
      overlapsSteps: numbers.fields.bool("overlaps_steps"),
      graphSequences: numbers.integer("graph_sequences", 0, 1 << 20),
      graphGapNS: Self.time("graph_gap_us", &numbers))
    let (sources, faults) = SourceReader.read(
      numbers.fields.required("sources"), file: file, numbers: numbers.names)
    stack.sources = sources
    let all = numbers.fields.finish() + faults
    if !all.isEmpty { throw InputError(diagnostics: all) }
    return stack
  }

  private static func time(_ key: String, _ numbers: inout NumberReader) -> Int64 {
    Int64((numbers.double(key, 0, 1_000_000) * 1e3).rounded())
  }
}
