import Tables
import Testing

@testable import Traces
@testable import Workloads

@Suite struct TraceTextTests {
  /// What is written is read back as it was, names with commas among it.
  @Test func rowsSurviveTheRoundTrip() throws {
    let names = ["plain", "with, comma", "with space"]
    let rows = [
      TraceRow(arrivalNS: 0, sourceRow: 1, tenant: 0, inputTokens: 0, outputTokens: 7),
      TraceRow(arrivalNS: 9, sourceRow: 2, tenant: 2, inputTokens: 12, outputTokens: 0),
      TraceRow(
        arrivalNS: 9_000_000_000_000, sourceRow: 3, tenant: 1, inputTokens: 5, outputTokens: 6),
    ]
    let text = TraceText(tenantNames: names, hasSizes: true)
    var bytes = Array(
      text.header([TraceProvenance("source", "a\nb"), TraceProvenance("k", "v")]).utf8)
    for row in rows { text.append(row, to: &bytes) }
    let trace = try TraceImport.open(.bytes(bytes, name: "round.csv"))
    #expect(trace.summary.provenance.map(\.key) == ["source", "k"])
    #expect(trace.summary.provenance.map(\.value) == ["a b", "v"])
    let reader = try trace.makeReader()
    for row in rows {
      let found = try #require(try reader.next())
      #expect(found.arrivalNS == row.arrivalNS && found.inputTokens == row.inputTokens)
      #expect(found.outputTokens == row.outputTokens)
      #expect(trace.tenantNames[Int(found.tenant)] == names[Int(row.tenant)])
    }
    #expect(try reader.next() == nil)
  }

  /// A name with quotes neither grows nor shrinks, however often it is written and read.
  @Test func quotesInNamesDoNotGrow() throws {
    let names = ["a \"b\" c", "\"", "\"\"", "\"x\"", "in\"side", "comma, and \"quote\""]
    var written: [[UInt8]] = []
    var current = names
    for _ in 0..<3 {
      let text = TraceText(tenantNames: current, hasSizes: false)
      var bytes = Array(text.header([]).utf8)
      for index in names.indices {
        text.append(TraceRow(arrivalNS: Int64(index), tenant: Int32(index)), to: &bytes)
      }
      written.append(bytes)
      current = try TraceImport.open(.bytes(bytes, name: "names.csv")).tenantNames
      #expect(current == names)
    }
    #expect(Set(written).count == 1)
    // Without quotes around it, a name is what stands there.
    let bare = try ImportResult("arrival_ns,tenant\n0,a\"\"b\n")
    #expect(bare.trace.tenantNames == ["a\"\"b"])
  }
}
