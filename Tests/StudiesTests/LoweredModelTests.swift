import Hardware
import KernelData
import Policies
import Tables
import TestSupport
import Testing

@testable import Simulation
@testable import Studies

/// Experiments whose kernel tables no file holds.
struct LoweredModelTests {
  private func read(
    _ model: String, gpu: String, policies: String = "[\"time-only\"]"
  ) throws(InputError) -> LoadedExperiment {
    let text = ExperimentReaderTests.text(policies: policies)
      .replacing("resnet50", with: model).replacing("v100-sxm2-16gb", with: gpu)
    return try ExperimentReader.read(
      text: text, file: "e.json", library: ExperimentReaderTests.library, policies: .builtIn)
  }

  @Test func saysThatATableIsLowered() throws {
    let loaded = try read("resnet50:fp16", gpu: "a100-sxm4-40gb")
    #expect(loaded.experiment.tenants[0].table.precision == .fp16Tensor)
    let notes = loaded.notes.map(\.description)
    #expect(notes.count == 1 && notes[0].contains("note: analytic: lowered for 'a100-sxm4-40gb'"))
    #expect(notes[0].hasPrefix("e.json:1:"))
    #expect(
      loaded.inputs.map { "\($0.role) \($0.name)" } == [
        "gpu models/gpus/a100-sxm4-40gb.json", "testbed models/testbeds/ideal.json",
        "stack models/stacks/inference-fp16.json",
      ])
  }

  @Test func shippedTablesAreNamedWithoutTheirPrecision() throws {
    let loaded = try read("resnet50:fp32", gpu: "v100-sxm2-16gb")
    #expect(loaded.notes.isEmpty)
    #expect(loaded.inputs.last?.name == "models/kernels/resnet50/v100-sxm2-16gb.csv")
  }

  /// Whatever batch a policy may make has a program of its own: none is interpolated or padded.
  @Test(arguments: [(5, [1, 2, 3, 4, 5, 8, 16]), (66, Array(1...64) + [66])])
  func policiesGetTheBatchesTheyMayRun(largest: Int, batches: [Int]) throws {
    let loaded = try read(
      "resnet18", gpu: "t4", policies: "[{\"policy\": \"batched\", \"max_batch\": \(largest)}]")
    let found = loaded.experiment.tenants[0].table.batches.map(\.batch)
    #expect(found.filter { $0 <= max(16, largest) } == batches)
    #expect(!loaded.notes.contains { $0.message.contains("interpolated") } || largest > 64)
  }

  @Test func tellsWhatAGPUCannotDo() throws {
    let error = #expect(throws: InputError.self) {
      try read("resnet50:tf32", gpu: "v100-sxm2-16gb")
    }
    #expect(
      error?.description.contains("error: 'v100-sxm2-16gb' states no rate for tf32") == true,
      "\(error as Any)")
    #expect(error?.diagnostics[0].line == 1)
  }
}
