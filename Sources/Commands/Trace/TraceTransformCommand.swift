import CommandLine
import Reports
import Tables
import Traces
import Workloads

/// `gpuloom trace transform`: cuts, scales, joins and splits traces.
enum TraceTransformCommand: Command {
  static let name = "trace transform"
  static let summary = "cut, scale, join or split a trace; notes where it comes from"

  static var usage: CommandUsage {
    CommandUsage(
      positionals: "FILE…",
      flags: [
        .valued("--do", "STEP", "a step; steps are taken in the order given", isRepeatable: true),
        .valued("--seed", "N", "the seed of what the steps draw (1)"),
      ] + TraceSink.flags + TraceInputFlags.flags,
      formats: ["csv"],
      notes: [
        "Steps\n" + HelpText.aligned(TransformStep.forms.map { ($0.form, $0.meaning) }),
        "The output begins with the steps, the seed and the SHA-256 of every file read.\n"
          + "Several files are consecutive days of one trace, in the order given.",
      ],
      examples: [
        (
          "gpuloom trace transform azure.csv --do slice=600..1200 --do rate=2.5 --to part.csv",
          "ten minutes of a recording at two and a half times its rate"
        ),
        (
          "gpuloom trace transform mooncake.jsonl --do dequantise=3 --do split=zipf:8:1",
          "batches spread over their tick, for eight tenants"
        ),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let paths = [arguments.positional("a FILE")] + arguments.remainingPositionals()
    var steps: [(text: String, step: TransformStep)] = []
    for text in arguments.strings("--do") {
      do {
        steps.append((text, try TransformStep(text)))
      } catch {
        for fault in error.diagnostics { arguments.fault(fault.message, hint: fault.hint) }
      }
    }
    let seed = UInt64(arguments.integer("--seed") ?? 1)
    let target = arguments.string("--to")
    let reading = TraceInputFlags.read(&arguments)
    try arguments.finish()
    let merged = steps.compactMap { step -> String? in
      if case .merge(let other) = step.step { return other }
      return nil
    }
    let inputs = try TraceInputFlags.inputs(paths)
    try reading.check(inputs, others: merged)
    let options = reading.options
    let trace = try TraceImport.open(
      try TraceInputFlags.days(inputs), format: reading.format, options: options)
    context.report(TraceImportCommand.diagnostics(trace.summary))
    var provenance = try TraceImportCommand.provenance(trace.summary, options, days: inputs)
    var flows = [try TraceFlow(trace)]
    // Another file's format is told by its content: `--as` speaks of the first one.
    var transform = TraceTransform(seed: seed) { (other: String) throws(InputError) in
      try TraceFlow(try TraceImport.open(path: other, options: options))
    }
    for (index, step) in steps.enumerated() {
      flows.append(try transform.apply(step.step, to: flows[index]))
      provenance.append(TraceProvenance("step_\(index + 1)", step.text))
      if case .merge(let other) = step.step {
        provenance.append(
          TraceProvenance("step_\(index + 1)_sha256", try SHA256.hex(ofFile: other)))
      }
    }
    provenance.append(TraceProvenance("seed", "\(seed)"))
    try refuseEmpty(flows, steps.map(\.text), paths[0])
    try TraceImportCommand.write(
      flows[steps.count], provenance, to: target, name: "transformed", context)
    return .done
  }

  /// Refuses steps that leave nothing: no command reads a trace without requests.
  ///
  /// - Parameter flows: the trace before the first step and after each.
  private static func refuseEmpty(
    _ flows: [TraceFlow], _ steps: [String], _ path: String
  ) throws(InputError) {
    guard let last = flows.last, try last.makeStage().next() == nil else { return }
    var before: (first: Int64, last: Int64, requests: Int)?
    for (index, flow) in flows.enumerated() {
      var extent: (first: Int64, last: Int64, requests: Int)?
      let stage = try flow.makeStage()
      while let row = try stage.next() {
        extent = (extent?.first ?? row.arrivalNS, row.arrivalNS, (extent?.requests ?? 0) + 1)
      }
      guard extent == nil else {
        before = extent
        continue
      }
      guard index > 0, let before else { break }
      func seconds(_ time: Int64) -> String { NumberText.significant(Double(time) / 1e9, 6) }
      let requests = before.requests == 1 ? "one request" : "\(before.requests) requests"
      throw InputError(
        kind: .usage,
        Diagnostic(
          file: path, message: "the step '\(steps[index - 1])' leaves no request",
          hint: "before it the trace has \(requests) from \(seconds(before.first)) to "
            + "\(seconds(before.last)) s"))
    }
    throw InputError(Diagnostic(file: path, message: "the trace holds no request"))
  }
}
