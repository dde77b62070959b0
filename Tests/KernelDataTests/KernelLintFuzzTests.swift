import Hardware
import SimBasics
import Tables
import TestSupport
import Testing

@testable import KernelData

/// Damaged kernel tables are faults or findings, never a crash.
@Suite struct KernelLintFuzzTests {
  private static let tokens = [
    "0", "1", "-1", "9223372036854775807", "1e308", "65536", "1024", ",", ",,", "\n", "\"", "nan",
    "2147483647", "0.5", "#", "volta_", "Cijk_", "gemm", "",
  ]
  private static let rows = [
    "1,0,volta_sgemm,80,1,1,256,1,1,32,0,1000000,1000000,5123",
    "1,1,relu,80,2,3,128,2,1,16,1024,0,500,1500",
    "4,0,volta_sgemm,320,1,1,256,1,1,32,0,4000000,4000000,",
  ]

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func damagedTablesNeverCrash(seed: UInt64) throws {
    let gpus = KernelLintTests.gpus
    var random = SeededGenerator(seed: seed, stream: "lint")
    let whole = Array(lintTable(Self.rows).utf8)
    // Most of the damage goes where the numbers are.
    let head = whole.count - Self.rows.reduce(0) { $0 + $1.utf8.count + 1 }
    var judged = 0
    let count = SharedFiles.isDeepRun ? 50_000 : 100
    for _ in 0..<count {
      var bytes = whole
      for _ in 0...random.nextBelow(3) {
        let low = random.nextBelow(4) == 0 ? 0 : head
        let at = min(bytes.count, low + random.nextBelow(max(1, bytes.count - low)))
        let end = min(bytes.count, at + random.nextBelow(8))
        let token = Self.tokens[random.nextBelow(Self.tokens.count)]
        bytes.replaceSubrange(at..<end, with: Array(token.utf8))
      }
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(InputError) {
        let csv = try CSVReader.table(of: text, file: "f")
        let findings = try KernelLint.findings(in: csv) { GPUSpec.find($0.gpu, among: gpus) }
        for finding in findings {
          let at = finding.diagnostic
          #expect(at.file == "f" && at.line >= 1 && at.column >= 1 && !at.message.isEmpty)
        }
        judged += 1
        let table = try KernelTable.read(csv)
        for (_, launches) in table.batches
        where launches.allSatisfy({ $0.grid.count < 10_000 }) {
          let sum = try KernelSummary(launches, on: gpus[0], precision: table.precision, file: "f")
          #expect(sum.total.durationNS.isFinite && sum.total.tailNS <= sum.total.durationNS)
        }
      } catch { #expect(error.diagnostics.first?.file == "f", "\(error)") }
    }
    #expect(judged > 0 && judged < count)
  }
}
