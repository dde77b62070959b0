import TestSupport
import Testing

/// What a launch asks of the GPU, whatever kind of row tells it, through the command line.
@Suite("Laws 4 and 14: what fits together does not slow each other")
struct LawsDemandTests {
  private static let streams = "{\"policy\": \"space-only\", \"mechanism\": \"streams\"}"

  /// What a row has.
  enum Row: CaseIterable {
    case counters, operationsAndDuration, operations

    /// A launch of 10 000 ns that asks for 2/5 of the issue slots (of those without a duration, 3/8)
    /// and for 3/10 of the DRAM or less.
    var kernel: LawFiles.Kernel {
      switch self {
      case .counters:
        .init(blocks: 80, warps: 6, durationNS: 10_000, counters: (sm: 0.4, dram: 0.3))
      case .operationsAndDuration:
        .init(blocks: 80, warps: 6, flop: 512_000, bytes: 3750, durationNS: 10_000)
      case .operations: .init(blocks: 80, warps: 6, flop: 480_000, bytes: 3750)
      }
    }
  }

  private func run(
    _ kernels: [LawFiles.Kernel], instructionFactor: Double = 1
  ) -> LawFiles.Result {
    LawFiles(
      instructionFactor: instructionFactor,
      tenants: kernels.enumerated().map { .init("t\($0)", [$1], at: [0]) },
      policies: [Self.streams]
    ).run()
  }

  @Test("14: two rows of any two kinds that fit", arguments: Row.allCases, Row.allCases)
  func fits(a: Row, b: Row) {
    let result = run([a.kernel, b.kernel])
    #expect(result.latencies() == [10_000, 10_000], "\(result.error)")
  }

  /// Both are in the way of themselves if they take their whole time for work.
  @Test("14: two kernels whose counters say SM 5 %, DRAM 2 %")
  func lightKernels() {
    let light = LawFiles.Kernel(
      blocks: 160, warps: 8, durationNS: 25_000, counters: (sm: 0.05, dram: 0.02))
    #expect(run([light, light]).latencies() == [25_000, 25_000])
  }

  @Test("4: a kernel at half of the issue slots beside a copy, both with durations")
  func besideACopy() {
    let half = LawFiles.Kernel(blocks: 80, warps: 8, flop: 640_000, durationNS: 10_000)
    let copy = LawFiles.Kernel(blocks: 80, warps: 8, flop: 16, bytes: 8000, durationNS: 8000)
    let result = run([half, copy])
    #expect(result.latencies("t0") == [10_000], "\(result.error)")
    #expect(result.latencies("t1") == [8000])
  }

  /// Where they do not fit they share: 3/5 twice are 6/5 of the slots.
  @Test(
    "two rows of a kind that do not fit take as long as the slots need", arguments: [false, true])
  func sharing(hasCounters: Bool) {
    var kernel = LawFiles.Kernel(blocks: 80, warps: 8, flop: 768_000, durationNS: 10_000)
    if hasCounters { kernel.counters = (sm: 0.6, dram: 0) }
    #expect(run([kernel, kernel]).latencies() == [12_000, 12_000])
  }

  /// Operations are not all that is issued where a duration was measured; a counter has it all.
  @Test("the instruction factor is of operations with a duration alone", arguments: Row.allCases)
  func instructionFactor(row: Row) {
    // 2 · 1.5 · 2/5 are 6/5 of the slots.
    let latencies = run([row.kernel, row.kernel], instructionFactor: 1.5).latencies()
    #expect(latencies == (row == .operationsAndDuration ? [12_000, 12_000] : [10_000, 10_000]))
  }
}
