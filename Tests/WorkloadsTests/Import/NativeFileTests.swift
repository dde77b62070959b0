import Tables
import TestSupport
import Testing

@testable import Workloads

/// Public files as their publishers keep them. They lie beside a checkout on some machines only;
/// elsewhere these tests are reported as skipped.
@Suite(.enabled(if: SharedFiles.areAvailable)) struct NativeFileTests {
  @Test func `The Azure code trace keeps all its rows, the unterminated last one too`() throws {
    let trace = try TraceImport.open(
      path: SharedFiles.path("traces/AzureLLMInferenceTrace_code.csv"))
    #expect(trace.summary.format == .azureLLM)
    #expect(trace.summary.requests == 8819)
    #expect(trace.summary.recordsRead == 8819)
    #expect(trace.summary.spanNS == 3_435_948_056_000)
    #expect(trace.summary.ties == 0)
    #expect(trace.summary.warnings.map(\.name) == [.gap])
    var last = TraceRow()
    try trace.forEachRow { row throws(InputError) in last = row }
    #expect(last.inputTokens == 549)
    #expect(last.outputTokens == 173)
    #expect(last.arrivalNS == trace.summary.spanNS)
  }
}
