import Tables
import TestSupport
import Testing

@testable import Traces
@testable import Workloads

/// Public files as their publishers keep them. They lie beside a checkout on some machines only;
/// elsewhere these tests are reported as skipped.
@Suite(.enabled(if: SharedFiles.areAvailable)) struct NativeFileTests {
  private func open(_ name: String) throws -> (trace: ImportedTrace, rows: [TraceRow]) {
    let trace = try TraceImport.open(path: SharedFiles.path("traces/" + name))
    var rows: [TraceRow] = []
    try trace.forEachRow { row throws(InputError) in rows.append(row) }
    #expect(Int64(rows.count) == trace.summary.requests)
    #expect(trace.summary.recordsRead == trace.summary.recordsUsed + trace.summary.leftOutCount)
    #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.arrivalNS <= $1.arrivalNS })
    return (trace, rows)
  }

  @Test func `The Azure code trace keeps all its rows, the unterminated last one too`() throws {
    let (trace, rows) = try open("AzureLLMInferenceTrace_code.csv")
    #expect(trace.summary.format == .azureLLM)
    #expect(trace.summary.requests == 8819)
    #expect(trace.summary.spanNS == 3_435_948_056_000)
    #expect(trace.summary.ties == 0)
    #expect(trace.summary.warnings.map(\.name) == [.gap])
    #expect(trace.summary.warning(.gap)?.count == 12)
    #expect(rows.last?.inputTokens == 549)
    #expect(rows.last?.outputTokens == 173)
    #expect(rows.last?.arrivalNS == trace.summary.spanNS)
  }

  @Test func `Mooncake's synthetic trace has its ties and hash counts`() throws {
    let (trace, rows) = try open("mooncake_synthetic_trace.jsonl")
    #expect(trace.summary.format == .mooncake)
    #expect(trace.summary.requests == 3993)
    #expect(trace.summary.spanNS / 100_000_000 == 10_220)
    #expect(trace.summary.ties == 11)
    #expect(trace.summary.tickNS == 1_000_000)
    #expect(trace.summary.warning(.hashCount) == nil)
    #expect(rows[0] == TraceRow(arrivalNS: 0, sourceRow: 1, inputTokens: 40160, outputTokens: 6))
  }

  @Test func `The gap list sums exactly and is seen to repeat`() throws {
    let (trace, rows) = try open("orion_inter_arrival_times.json")
    #expect(trace.summary.format == .interArrival)
    #expect(trace.summary.requests == 6240)
    #expect(trace.summary.spanNS == 299_733_000_000)
    #expect(rows[0].arrivalNS == 31_000_000)
    #expect(trace.summary.warning(.periodic)?.message.contains("period 21") == true)
  }

  @Test(arguments: BinPlacement.allCases)
  func `Counts per minute are conserved for each function`(_ placement: BinPlacement) throws {
    var options = TraceOptions()
    options.placement = placement
    let path = SharedFiles.path("traces/invitro_azure2019_format_invocations.csv")
    let trace = try TraceImport.open(path: path, options: options)
    #expect(trace.summary.format == .azureFunctionsMinute)
    #expect(trace.summary.requests == 4525)
    #expect(trace.summary.recordsRead == 4)
    // The file's own counts, read by the table reader and not by the importer.
    let table = try CSVReader.table(at: path)
    let expected = table.rows.map { row in (4..<1444).map { Int(row.fields[$0]) ?? -1 } }
    var counts = [[Int]](repeating: [Int](repeating: 0, count: 1440), count: 4)
    try trace.forEachRow { row throws(InputError) in
      counts[Int(row.tenant)][Int(row.arrivalNS / 60_000_000_000)] += 1
    }
    #expect(counts == expected)
  }

  @Test func `DISB's five tasks are merged and the five without arrivals named`() throws {
    let (trace, rows) = try open("disb_REAL.json")
    #expect(trace.summary.format == .disb)
    #expect(trace.summary.requests == 1684)
    #expect(trace.tenantNames.count == 5)
    let sizes = (0..<5).map { task in rows.filter { $0.tenant == Int32(task) }.count }
    #expect(sizes == [375, 202, 560, 374, 173])
    #expect(trace.summary.spanNS == 38_885_000_000)
    #expect(trace.summary.ties == 20)
    #expect(trace.summary.warning(.noArrivals)?.count == 5)
    #expect(trace.summary.warning(.noArrivals)?.message.contains("vgg19_be") == true)
    #expect(trace.summary.warning(.pastEnd)?.count == 23)
  }

  @Test func `ServeGen's windows give exactly the requests of their rates`() throws {
    let path = SharedFiles.path("traces/servegen_m-large_chunk-0-trace.csv")
    let trace = try TraceImport.open(path: path)
    #expect(trace.summary.format == .serveGen)
    #expect(trace.summary.recordsRead == 2016)
    #expect(trace.summary.recordsUsed == 2016)
    #expect(trace.summary.requests == 675_387)
    #expect(trace.summary.spanNS == 2016 * ServeGenSource.windowNS)
    let reader = try trace.makeReader()
    var first = 0
    while let row = try reader.next(), row.arrivalNS < ServeGenSource.windowNS { first += 1 }
    #expect(first == 799)
  }
}
