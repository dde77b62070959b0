import Tables
import Testing

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
}
