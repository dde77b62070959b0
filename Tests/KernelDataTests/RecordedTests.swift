import Hardware
import Tables
import TestSupport
import Testing

@testable import KernelData

/// What the recorder of `models/record` writes, read; its samples are synthetic and say so.
@Suite struct RecordedTests {
  static let folder = SharedFiles.repositoryRoot + "/models/record/sample/"

  func table(_ batch: Int) throws -> KernelTable {
    let profile = try ProfileImport.open(path: Self.folder + "synthetic-b\(batch).json")
    let facts = try #require(profile.recorded)
    var options = ProfileTableOptions()
    options.model = facts.model ?? ""
    options.batch = facts.batch ?? 0
    return try profile.selection(.automatic).kernelTable(options)
  }

  @Test func theRecordersTraceIsRead() throws {
    let profile = try ProfileImport.open(path: Self.folder + "synthetic-b4.json")
    #expect(
      profile.recorded
        == RecordedFacts(
          model: "synthetic", batch: 4, precision: .fp32, weightsMiB: 12.5, workspaceMiB: 16,
          stack: "SYNTHETIC, made up by record.py"))
    #expect(profile.kernels.count == 32 && profile.rowsRead == 69)
    let selection = try profile.selection(.automatic)
    #expect(selection.iteration?.period == 8 && selection.iteration?.repeats == 4)
    #expect(selection.kernels.first.map { profile.name(of: $0) }?.contains("conv_7x7") == true)
  }

  @Test func batchesMakeOneTable() throws {
    let both = try table(4).adding(table(1), file: "t")
    #expect(both.batches.map(\.batch) == [1, 4])
    #expect(both.batches.map(\.launches.count) == [8, 8])
    let read = try KernelTable.read(text: both.csvText, file: "t")
    #expect(read.batches.map(\.launches) == both.batches.map(\.launches))
  }

  @Test func whatDoesNotBelongTogetherIsRefused() throws {
    func fault(_ other: KernelTable) throws -> String {
      do {
        _ = try table(1).adding(other, file: "t.csv")
        return "none"
      } catch let error as InputError { return error.description }
    }
    #expect(try fault(table(1)).hasPrefix("t.csv: error: the table has batch 1 already"))
    var other = try table(4)
    other.gpu = "t4"
    other.precision = .fp16
    let both = try fault(other)
    other = try table(4)
    other.weightsMiB = 7
    other.workspaceMiB = 9
    #expect(try fault(other).contains("the table's weights-mib is '0.0', the profile's '7.0'"))
    other.weightsMiB = 0
    #expect(try table(1).adding(other, file: "t").workspaceMiB == 9)
    #expect(both.contains("the table's gpu is 'Tesla T4', the profile's 't4'"))
    #expect(both.contains("the table's precision is 'fp32', the profile's 'fp16'"))
  }

  @Test(arguments: [
    ("{\"batch\": 0}", "expected what the recorder writes in 'batch', found \"0\""),
    ("{\"batch\": 1.5}", "expected what the recorder writes in 'batch', found \"1.5\""),
    ("{\"batch\": \"1\"}", "expected what the recorder writes in 'batch', found \"1\""),
    ("{\"precision\": \"half\"}", "expected what the recorder writes in 'precision'"),
    ("{\"weights_mib\": -1}", "expected what the recorder writes in 'weights_mib'"),
    ("{\"model\": \"\"}", "expected what the recorder writes in 'model'"),
    ("{\"colour\": 1}", "unknown key 'colour' in 'gpuloom'"),
  ])
  func faultyFactsAreRefused(facts: String, sentence: String) {
    let text = ImportSamples.kineto.replacing(
      "{\"schemaVersion\": 1", with: "{\"gpuloom\": \(facts)")
    #expect(importError(text)?.contains(sentence) == true, "\(importError(text) ?? "accepted")")
  }

  @Test func aCutArchiveIsRefused() throws {
    let bytes = ImportDatabase.archive
    for kept in [bytes.count / 2, bytes.count - 3, 20] {
      do {
        _ = try ProfileImport.read(bytes: Array(bytes.prefix(kept)), name: "f")
        Issue.record("accepted \(kept) of \(bytes.count) bytes")
      } catch { #expect(error.description.contains("gzip"), "\(error)") }
    }
  }
}
