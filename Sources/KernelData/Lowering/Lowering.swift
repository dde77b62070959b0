import Hardware
import Tables

/// Lowers models from their published layer shapes to launches on a GPU.
///
/// What is modelled: a runtime of one stream that runs convolutions as implicit matrix products,
/// chooses tiles and depth splits for the GPU at hand, keeps every tensor in FP32, and fuses
/// normalisation, activation and residual into them or, as its stack says, does not. What is not:
/// reformatting between layouts, autotuning over real timings, tensor cores, activations that stay
/// in L2 between layers.
package enum Lowering {
  /// The models that ship with a table.
  package static var shippedNames: [String] { LayerGraph.shipped.map(\.name) }

  /// The models that can be lowered.
  package static var modelNames: [String] { (LayerGraph.shipped + LayerGraph.others).map(\.name) }

  /// The batches of the tables that ship.
  package static let batches = [1, 2, 4, 8, 16, 32, 64]

  /// The kernel table of a model on a GPU.
  ///
  /// - Parameter stack: the runtime's constants: a name under `models/stacks`, or a path.
  /// - Throws: `missingFile` for an unknown model or stack, `badData` where a batch is out of
  ///   1...4096, a kernel does not fit the GPU, or the stack's file has faults.
  package static func table(
    model: String, gpu: GPUSpec, batches: [Int] = batches, stack: String = standardStack,
    library: ModelLibrary = .locate()
  ) throws(InputError) -> KernelTable {
    guard let graph = (LayerGraph.shipped + LayerGraph.others).first(where: { $0.name == model })
    else {
      throw InputError(
        message: "unknown model '\(Excerpt.word(model))'",
        hint: NearestName.hint(for: model, in: modelNames))
    }
    let stack = try LoweringStack.read(path(ofStack: stack, library))
    return try table(of: graph, gpu: gpu, batches: batches, stack: stack)
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
    for batch in batches where batch < 1 || batch > 4096 {
      throw InputError(message: "expected batches from 1 to 4096, found \(batch)")
    }
    var rows: [(batch: Int, launches: [KernelProfile])] = []
    for batch in Set(batches).sorted() {
      var builder = LaunchBuilder(gpu: gpu, stack: stack, batch: batch)
      for layer in graph.layers { builder.append(layer) }
      guard builder.launches.count >= graph.layers.count,
        builder.launches.allSatisfy({ $0.durationNS != nil })
      else {
        throw InputError(message: "a kernel of '\(graph.name)' does not fit an SM of \(gpu.name)")
      }
      rows.append((batch, builder.launches))
    }
    return KernelTable(
      model: graph.name, gpu: gpu.name, stack: stack.description, precision: .fp32,
      weightsMiB: mebibytes(graph.weights * 4),
      workspaceMiB: mebibytes(graph.largestActivations * 4),
      inputBytes: Int64(graph.inputBytes), outputBytes: Int64(graph.outputBytes),
      source: "lowered from layer shapes: \(graph.description); \(stack.calibration)",
      provenance: "analytic", batches: rows)
  }

  /// Bytes in MiB, to a thousandth.
  private static func mebibytes(_ bytes: Int) -> Double {
    (Double(bytes) / 1_048_576 * 1000).rounded() / 1000
  }
}
