import Hardware
import Tables
import TestSupport
import Testing

@testable import KernelData

@Suite("Shipped kernel tables")
struct LoweringGoldenTests {
  /// The files are what the code makes, byte for byte; `RECORD_GOLDEN=1` rewrites them and fails.
  @Test(arguments: Lowering.shippedNames)
  func areWhatTheCodeMakes(model: String) throws {
    let library = LoweringTests.library
    let gpu = try library.gpu("v100-sxm2-16gb")
    let text = try Lowering.table(model: model, gpu: gpu, library: library).csvText
    let path = SharedFiles.repositoryRoot + "/models/kernels/\(model)/\(gpu.name).csv"
    if InputFolder.environment("RECORD_GOLDEN") == "1" {
      try GoldenFile.write(text, to: path)
      Issue.record("rewritten: \(path)")
      return
    }
    let shipped = try InputFile.text(at: path)
    #expect(shipped == text, "run once with RECORD_GOLDEN=1 and look at the difference")
    let table = try KernelTable.read(text: shipped, file: path)
    #expect(table.csvText == shipped)
    #expect(table.batches.map(\.batch) == LayerGraph.named(model)?.batches)
  }
}
