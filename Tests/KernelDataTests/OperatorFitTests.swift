import Hardware
import LanguageModels
import SimBasics
import Tables
import TestSupport
import Testing

@testable import KernelData

struct OperatorFitTests {
  private static let library = LoweringTests.library

  /// Rows made with known constants are fitted to what made them, and sizes left out follow.
  @Test(arguments: [OperatorFamily.decodeAttention, .prefillAttention])
  func madeRowsAreFitted(family: OperatorFamily) throws {
    let gpu = try Self.library.gpu("h100-sxm5-80gb")
    var truth = OperatorConstants.start(family, .bf16, packsQueries: true)
    var generator = SeededGenerator(seed: 3, stream: family.rawValue)
    for j in truth.values.indices {
      truth.values[j] *= PortableMath.exp((Double(generator.next() % 1000) / 1000 - 0.5) * 0.5)
    }
    truth.values[1] = 0.8
    func pick(_ all: [Int]) -> Int { all[Int(generator.next() % UInt64(all.count))] }
    let shapes: [OperatorShape] = (0..<160).map { _ in
      let heads = AttentionHeads(queries: pick([8, 16, 32]), keys: pick([1, 4, 8]), width: 128)
      let (batch, tokens) = (pick([1, 4, 16, 64, 256]), pick([64, 128, 300, 1024, 4096, 8192]))
      return family == .decodeAttention
        ? .decode(
          DecodeShape(
            sequences: batch, context: batch * tokens, longest: tokens, heads: heads,
            isRepeated: true))
        : .prefill(PrefillShape(batch: batch, tokens: tokens, heads: heads))
    }
    let times = OperatorPredictor(OperatorChip(gpu), truth).ns(shapes)
    let rows = zip(shapes, times).enumerated().map { i, row in
      OperatorSample(
        gpu: gpu.name, precision: .bf16, shape: row.0,
        latency: SimDuration(nanoseconds: Int64(row.1.rounded())), line: i + 2)
    }
    let file = OperatorSampleFile(file: "made.csv", family: family, samples: rows, notes: [])
    let fit = try OperatorFitting(
      [file], catalogue: OperatorCatalogue(entries: []), library: Self.library,
      minimum: SimDuration(nanoseconds: 0))
    let error = try #require(fit.heldOut.group(gpu.name, family.rawValue))
    #expect(error.rows > 40 && error.mape < 3, "\(error.mape)")
    let constants = try #require(fit.files.first?.constants.first)
    #expect(constants.source.contains("made.csv") && constants.errorPercent < 3)
    // Nobody else was fitted: there is nothing to predict it from.
    #expect(constants.leftOutPercent == 0 && fit.leftOut.groups.isEmpty)
  }

  @Test func filesReadBackEqualAndSayWhatIsWrong() throws {
    let folder = SharedFiles.repositoryRoot + "/models/llms/operators/"
    for entry in try Self.library.operatorCatalogue().entries {
      let file = OperatorFile(gpu: entry.gpu.name, constants: entry.constants)
      #expect(file.jsonText == TemporaryFolder.text(of: folder + entry.gpu.name + ".json"))
      #expect(entry.constants.count >= 4)
    }
    let text = TemporaryFolder.text(of: folder + "a100-sxm4-80gb.json")
    func fault(_ old: String, _ new: String) throws -> String {
      let damaged = text.replacingOnce(old, new)
      return #expect(throws: InputError.self) {
        _ = try OperatorFile.read(JSONReader.node(of: damaged, file: "a.json"), file: "a.json")
      }?.description ?? ""
    }
    #expect(
      try fault("\"family\": \"gemm\"", "\"family\": \"gem\"")
        == "a.json:6:17: error: unknown word in 'family': \"gem\"\n"
        + "  hint: did you mean 'gemm'?")
    #expect(try fault("\"leak\"", "\"leek\"").contains("unknown key 'leek'"))
    #expect(
      try fault("\"rows\": 256", "\"rows\": 1024").contains(
        "expected an integer from 8 to 512 in 'rows', found 1024"))
  }

  /// The goals of the contract on measured rows of at least 20 us, those not fitted.
  @Test(
    .enabled(if: SharedFiles.areAvailable),
    arguments: [
      ("a100-sxm4-80gb", "gemm", 10.0), ("a100-sxm4-80gb", "prefill_attention", 10),
      ("a100-sxm4-80gb", "decode_attention", 12), ("a100-sxm4-80gb", "moe", 20),
      ("h100-sxm5-80gb", "prefill_attention", 10), ("h100-sxm5-80gb", "decode_attention", 12),
      ("rtx-pro-6000-server", "prefill_attention", 10),
      ("rtx-pro-6000-server", "decode_attention", 12),
    ])
  func measuredRowsAreWithinTheGoals(gpu: String, op: String, goal: Double) throws {
    try Self.hold(gpu, op, to: goal)
  }

  /// The large files; products of all precisions together.
  @Test(
    .enabled(if: SharedFiles.areAvailable && SharedFiles.isDeepRun),
    arguments: [
      ("h100-sxm5-80gb", "gemm", 10.5), ("h100-sxm5-80gb", "moe", 20),
      ("rtx-pro-6000-server", "gemm", 10.5), ("rtx-pro-6000-server", "moe", 20),
    ])
  func largeFilesAreWithinTheGoals(gpu: String, op: String, goal: Double) throws {
    try Self.hold(gpu, op, to: goal)
  }

  private static func hold(_ gpu: String, _ op: String, to goal: Double) throws {
    let table = try CSVReader.table(at: SharedFiles.path("kernels/llm/\(gpu)_\(op).csv.gz"))
    let family = try #require(OperatorSampleFile.family(of: table.header.fields))
    #expect(family.rawValue == op)
    let file = try OperatorSampleFile.of(table, family, library: library)
    let report = try OperatorPrediction.report(
      file.samples.filter { !$0.isFitted }, catalogue: library.operatorCatalogue(),
      library: library, minimum: SimDuration(nanoseconds: 20_000))
    let error = try #require(report.group(gpu, op))
    #expect(error.rows > 1000 && error.mape <= goal, "\(error.mape) % on \(error.rows) rows")
  }
}
