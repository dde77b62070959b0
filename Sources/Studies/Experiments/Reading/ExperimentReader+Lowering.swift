import Hardware
import KernelData
import Simulation
import Tables

/// Tables that are lowered for a run.
extension ExperimentReader {
  /// Notes the file behind a table, or that there is none.
  mutating func noteOrigin(
    of found: ModelTable, _ model: String, _ gpu: GPUSpec, _ place: NamePlace
  ) {
    guard let stack = found.stack, let text = found.note else {
      let name = ModelLibrary.isPath(model) ? model : found.name
      note(input("kernels", name, folder: "kernels/\(name)/\(gpu.name).csv", place))
      return
    }
    note(input("stack", stack, folder: "stacks/\(stack).json", place))
    notes.append(
      Diagnostic(
        file: place.file, line: place.line, column: place.column, severity: .note, message: text))
    lowered.append(model)
  }

  /// Lowers the batches that a policy may run and that a model's own are not, so that none of them
  /// is interpolated or padded.
  mutating func lowerBatches(_ experiment: inout Experiment) {
    let largest = experiment.policies.map { $0.make().largestBatch }.max() ?? 1
    if largest <= 1 { return }
    for model in lowered {
      let found = attempt(
        at: NamePlace(file: file),
        { [library, experiment] () throws(InputError) in
          try library.table(
            model, on: experiment.gpu, including: Lowering.batches(upTo: largest))
        })
      guard let found else { continue }
      for i in experiment.tenants.indices where experiment.tenants[i].model == model {
        experiment.tenants[i].table = found.table
      }
    }
  }
}
