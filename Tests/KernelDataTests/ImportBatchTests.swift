import Hardware
import Tables
import Testing

@testable import KernelData

/// What a profile tells of its batch and precision, and what the user may overrule.
@Suite struct ImportBatchTests {
  /// trtexec's profile joined with the sample graph after a change to it.
  private func joined(_ old: String, _ new: String) throws -> ImportedProfile {
    var profile: ImportedProfile?
    try withFile(ImportSamples.trtexecGraph.replacing(old, with: new)) { path in
      var options = ProfileImportOptions()
      options.companions = [path]
      profile = try imported(ImportSamples.trtexec, options)
    }
    return try #require(profile)
  }

  private func table(
    _ profile: ImportedProfile, batch: Int? = nil, precision: Precision? = nil
  ) throws -> KernelTable {
    var options = ProfileTableOptions()
    (options.batch, options.precision, options.assumedSMs) = (batch, precision, 50)
    return try profile.selection(.automatic).kernelTable(options)
  }

  @Test func anEnginesInputTellsItsBatch() throws {
    let input = "\"Inputs\": [{\"Dimensions\": [1, 3, 8, 8]"
    let profile = try joined(
      input, "\"Inputs\": [{\"Name\": \"x\", \"Dimensions\": [32, 3, 8, 8]")
    #expect(profile.batch?.size == 32 && profile.tellsBatch)
    let made = try table(profile)
    #expect(made.batches.map(\.batch) == [32])
    #expect(made.source.contains("batch by the graph's input"))
    #expect(try table(profile, batch: 8).batches.map(\.batch) == [8])
    // A shape without a batch, one known only at run time, and a tensor that a layer writes.
    for shape in [
      "\"Name\": \"x\", \"Dimensions\": [3, 8, 8]",
      "\"Name\": \"x\", \"Dimensions\": [-1, 3, 8, 8]", "\"Dimensions\": [32, 3, 8, 8]",
    ] {
      let unknown = try joined(input, "\"Inputs\": [{" + shape)
      #expect(!unknown.tellsBatch)
      let made = try table(unknown)
      #expect(made.batches.map(\.batch) == [1] && made.source.contains("assumed: batch 1"))
    }
  }

  @Test(arguments: [
    ("resnet50_4_fwd_new", 4), ("in/bert_8_fb1", 8), ("transformer_xl_4_fwd", 4),
    ("resnet50_32_fb1_new.csv", 32), ("table_2024.csv", nil), ("fwd", nil), ("resnet50_0_fwd", nil),
    ("2024_runs/resnet50_fwd", nil), ("m_99999999999999999999_fwd", nil),
  ])
  func orionsFilesNameTheirBatch(name: String, batch: Int?) {
    #expect(FileNameBatch.orion(name) == batch)
  }

  @Test(arguments: [
    ("V100_bert_large-inf-512-8.csv", 8), ("a/A100-40_gpt2_large-inf-1024-4.csv", 4),
    ("H100_bert-train-512-16.csv", 16), ("V100_bert_large.csv", nil), ("2024-11-16.csv", nil),
    ("x-inf-long-8.csv", nil), ("", nil),
  ])
  func neuSightsFilesNameTheirBatch(name: String, batch: Int?) {
    #expect(FileNameBatch.neuSight(name) == batch)
  }

  @Test func orionsTableTakesTheBatchOfItsName() throws {
    let profile = try ProfileImport.read(
      bytes: Array(ImportSamples.orion.utf8), name: "resnet50_4_fwd_new")
    #expect(try table(profile).batches.map(\.batch) == [4])
    let graph = try ProfileImport.read(
      bytes: Array(ImportSamples.neusightGraph.utf8), name: "V100_bert_large-inf-512-8.csv")
    #expect(try table(graph).batches.map(\.batch) == [8])
  }

  @Test func vidurRecordsHalfPrecision() throws {
    let profile = try imported(ImportSamples.vidur)
    #expect(try table(profile).precision == .fp16)
    #expect(try table(profile, precision: .bf16).precision == .bf16)
    #expect(try table(imported(ImportSamples.orion)).precision == .fp32)
  }
}
