import Hardware
import LanguageModels
import SimBasics
import Tables
import TestSupport
import Testing

@testable import KernelData

struct OperatorRowsTests {
  private static let library = LoweringTests.library

  private static func file(_ text: String) throws(InputError) -> OperatorSampleFile? {
    let table = try CSVReader.table(of: text, file: "r.csv")
    guard let family = OperatorSampleFile.family(of: table.header.fields) else { return nil }
    return try OperatorSampleFile.of(table, family, library: library)
  }

  static let gemm = "gpu,dtype,m,n,k,latency_ms\nh100-sxm5-80gb,bfloat16,64,4096,4096,0.016\n"
  static let decode =
    "gpu,dtype,kv_dtype,batch,kv_tokens,heads,kv_heads,head_dim,latency_ms\n"
    + "h100-sxm5-80gb,bfloat16,bfloat16,32,2048,32,8,128,0.1\n"
  static let experts =
    "gpu,dtype,tokens,hidden,ffn,top_k,experts,tp,ep,distribution,latency_ms\n"
    + "h100-sxm5-80gb,bfloat16,64,4096,14336,2,8,2,1,power_law_1.2,0.5\n"

  @Test func theOperationIsToldFromTheColumns() throws {
    #expect(try Self.file(Self.gemm)?.family == .gemm)
    #expect(try Self.file(Self.decode)?.family == .decodeAttention)
    #expect(try Self.file(Self.experts)?.family == .experts)
    let prefill = Self.decode.replacingOnce("kv_tokens", "tokens")
    #expect(try Self.file(prefill)?.family == .prefillAttention)
    // Plain products, as they were read before.
    #expect(
      try Self.file("gpu,op,m,n,k,batch,dtype,latency_ms\nT4,linear,64,64,64,1,fp32,0.5\n") == nil)
    let sample = try #require(try Self.file(Self.experts)?.samples.first)
    #expect(
      sample.shape
        == .experts(
          ExpertShape(
            tokens: 64, hidden: 4096, ffn: 7168, perToken: 2, experts: 8, spread: .powerLaw(1.2))))
    #expect(sample.latency == SimDuration(nanoseconds: 500_000))
  }

  @Test func whatIsNotModelledIsCounted() throws {
    let rows =
      Self.gemm + "h100-sxm5-80gb,nvfp4,64,64,64,0.1\nh100-sxm5-80gb,nvfp4,64,64,65,0.1\n"
      + "h100-sxm5-80gb,fp8,64,64,64,0.1\n"
    let file = try #require(try Self.file(rows))
    #expect(file.samples.map(\.precision) == [.bf16, .fp8])
    #expect(
      file.notes.map(\.description)
        == ["r.csv: warning: 2 rows left out: operands in 'nvfp4' are not modelled"])
    let cache = Self.decode.replacingOnce("bfloat16,bfloat16", "bfloat16,fp8")
    let left = try #require(try Self.file(cache))
    #expect(left.samples.isEmpty)
    #expect(
      left.notes.first?.message == "1 row left out: keys and values in 'fp8' are not modelled")
  }

  @Test(arguments: [
    (
      gemm, "h100-sxm5-80gb", "h100-sxm-80gb",
      "r.csv:2:1: error: unknown GPU 'h100-sxm-80gb'\n  hint: did you mean 'h100-sxm5-80gb'?"
    ),
    (
      gemm, "bfloat16", "bfloat61",
      "r.csv:2:16: error: unknown dtype 'bfloat61'\n  hint: did you mean 'bfloat16'?"
    ),
    (
      gemm, ",64,", ",0,",
      "r.csv:2:25: error: expected an integer from 1 to 16777216 in 'm', found \"0\""
    ),
    (
      gemm, "0.016", "-1",
      "r.csv:2:38: error: expected a number from 0.00001 to 1000000000 in 'latency_ms', "
        + "found \"-1\""
    ),
    (
      decode, ",32,8,", ",32,7,",
      "r.csv:2:45: error: expected a divisor of the 32 heads in 'kv_heads', found 7"
    ),
    (
      experts, "power_law_1.2", "power_1.2",
      "r.csv:2:47: error: expected 'balanced' or 'power_law_' and an exponent in "
        + "'distribution', found \"power_1.2\""
    ),
    (
      experts, ",2,8,2,", ",9,8,2,",
      "r.csv:2:39: error: expected at most the 8 experts in 'top_k', found 9"
    ),
    (
      decode, "latency_ms", "latency",
      "r.csv:1:60: error: unknown column 'latency'\n  hint: did you mean 'latency_ms'?"
    ),
  ])
  func faultsAreToldWhere(text: String, old: String, new: String, told: String) {
    let damaged = text.replacingOnce(old, new)
    let fault = #expect(throws: InputError.self) { _ = try Self.file(damaged) }
    #expect(fault?.description.contains(told) == true, "\(fault?.description ?? "")")
  }

  @Test func errorsAreGroupedByGPUAndOperation() throws {
    let files = try [Self.gemm, Self.decode].map { try #require(try Self.file($0)) }
    let samples = files.flatMap(\.samples)
    let report = try OperatorPrediction.report(
      samples, catalogue: Self.library.operatorCatalogue(), library: Self.library,
      minimum: SimDuration(nanoseconds: 0))
    #expect(report.groups.map(\.op) == ["gemm", "decode_attention", "*"])
    #expect(report.groups.map(\.rows) == [1, 1, 2])
    // As measured: 4096 x 4096 with 64 tokens 15 us, 32 x 2048 tokens 99 us.
    #expect(report.groups.allSatisfy { $0.mape < 25 })
    let left = try OperatorPrediction.report(
      samples, catalogue: Self.library.operatorCatalogue(), library: Self.library,
      minimum: SimDuration(nanoseconds: 50_000), transfersAll: true)
    #expect(left.groups.map(\.op) == ["decode_attention"])
    #expect(left.notes.contains { $0.contains("transferred from a100-sxm4-80gb") })
    #expect(left.notes.contains("1 row below the minimum left out"))
  }

  /// Rows with bytes changed, cut or doubled are read or refused with places, and never crash.
  @Test(arguments: SharedFiles.isDeepRun ? 0..<2000 as Range<UInt64> : 0..<60)
  func damagedRowsAreToldOrRead(seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: "damage")
    for rows in [Self.gemm, Self.decode, Self.experts] {
      do throws(InputError) {
        let table = try CSVReader.table(of: DamagedText.of(rows, &generator), file: "f")
        guard let family = OperatorSampleFile.family(of: table.header.fields) else { continue }
        _ = try OperatorSampleFile.of(table, family, library: Self.library)
      } catch {
        #expect(DamagedText.isTold(error, in: "f"), "seed \(seed)")
      }
    }
  }
}
