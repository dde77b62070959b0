import Hardware
import Tables

/// Lowers models from their published layer shapes to launches on a GPU.
///
/// What is modelled: a runtime of one stream that runs convolutions as implicit matrix products,
/// chooses tiles and depth splits for the GPU at hand, keeps every tensor in one precision, and fuses
/// normalisation, activation and residual into them or, as its stack says, does not. What is not:
/// reformatting between layouts, autotuning over real timings, layers left in another precision,
/// activations that stay in L2 between layers.
package enum Lowering {
  /// The models that ship with a table.
  package static var shippedNames: [String] { LayerGraph.shipped.map(\.name) }

  /// The models that can be lowered.
  package static var modelNames: [String] { (LayerGraph.shipped + LayerGraph.others).map(\.name) }

  /// The kernel table of a model on a GPU.
  ///
  /// - Parameters:
  ///   - batches: the model's own where none are given.
  ///   - stack: the runtime's constants: a name under `models/stacks`, or a path.
  /// - Throws: `badData` for an unknown model or stack, where a batch is out of
  ///   1...4096, a kernel does not fit the GPU, or the stack's file has faults.
  package static func table(
    model: String, gpu: GPUSpec, batches: [Int] = [], stack: String = standardStack,
    library: ModelLibrary = .locate()
  ) throws(InputError) -> KernelTable {
    guard let graph = LayerGraph.named(model) else {
      throw InputError(
        message: "unknown model '\(Excerpt.word(model))'",
        hint: NearestName.hint(for: model, in: modelNames))
    }
    let stack = try LoweringStack.read(path(ofStack: stack, library))
    return try table(
      of: graph, gpu: gpu, batches: batches.isEmpty ? graph.batches : batches, stack: stack)
  }

  /// The stack of the tables that ship.
  package static let standardStack = "inference-fp32"

  /// The stacks of a library, sorted.
  package static func stackNames(_ library: ModelLibrary) -> [String] {
    InputFolder.names(at: (library.folder ?? "models") + "/stacks").sorted()
      .filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) }
  }

  private static func path(
    ofStack name: String, _ library: ModelLibrary
  ) throws(InputError) -> String {
    if ModelLibrary.isPath(name) { return name }
    let known = stackNames(library)
    if known.contains(name) { return (library.folder ?? "models") + "/stacks/\(name).json" }
    throw InputError(
      message: "unknown stack '\(Excerpt.word(name))'",
      hint: NearestName.hint(for: name, in: known))
  }

  static func table(
    of graph: LayerGraph, gpu: GPUSpec, batches: [Int], stack: LoweringStack
  ) throws(InputError) -> KernelTable {
    guard stack.precision.isStated(by: gpu) else {
      let stated = LoweringPrecision.allCases.filter { $0.isStated(by: gpu) }.map(\.rawValue)
      throw InputError(
        message: "'\(gpu.name)' states no rate for \(stack.precision)",
        hint: "it has rates for: " + stated.joined(separator: ", "))
    }
    for batch in batches where batch < 1 || batch > 4096 {
      throw InputError(message: "expected batches from 1 to 4096, found \(batch)")
    }
    var rows: [(batch: Int, launches: [KernelProfile])] = []
    var throttled: [String] = []
    for batch in Set(batches).sorted() {
      let (launches, clock) = try SustainedClock(gpu: gpu).launches { timing throws(InputError) in
        try builder(of: graph, batch: batch, gpu: gpu, timing: timing, stack: stack)
      }
      rows.append((batch, launches))
      if clock < gpu.clockMHz { throttled.append("\(Int(clock.rounded())) at batch \(batch)") }
    }
    let clocks =
      throttled.isEmpty
      ? ""
      : "; clock under its own load at the power cap, MHz: " + throttled.joined(separator: ", ")
    return KernelTable(
      model: graph.name, gpu: gpu.name, stack: stack.description,
      precision: stack.precision.rate(on: gpu),
      weightsMiB: mebibytes(graph.weights * stack.precision.bytes),
      workspaceMiB: mebibytes(graph.largestActivations * stack.precision.bytes),
      inputBytes: Int64(graph.inputBytes), outputBytes: Int64(graph.outputBytes),
      source: "lowered from layer shapes: \(graph.description); \(stack.calibration)\(clocks)",
      provenance: "analytic", batches: rows)
  }

  /// A model's launches for a batch, timed on a GPU at some clock.
  private static func builder(
    of graph: LayerGraph, batch: Int, gpu: GPUSpec, timing: GPUSpec, stack: LoweringStack
  ) throws(InputError) -> LaunchBuilder {
    var builder = LaunchBuilder(gpu: gpu, stack: stack, batch: batch)
    builder.timingGPU = timing
    for layer in graph.layers {
      let before = builder.launches.count
      builder.append(layer)
      var mayBeNothing = false
      if case .concatenation = layer { mayBeNothing = true }
      let added = builder.launches[before...]
      guard mayBeNothing || !added.isEmpty, added.allSatisfy({ $0.durationNS != nil }) else {
        throw InputError(
          message: "a kernel of '\(graph.name)' does not fit an SM of \(gpu.name)")
      }
    }
    return builder
  }

  /// Bytes in MiB, to a thousandth.
  private static func mebibytes(_ bytes: Int) -> Double {
    (Double(bytes) / 1_048_576 * 1000).rounded() / 1000
  }
}
