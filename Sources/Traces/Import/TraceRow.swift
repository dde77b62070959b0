/// One request of a recorded trace.
package struct TraceRow: Equatable, Sendable {
  /// Nanoseconds from the trace's start (`TraceSummary.startNS`); never negative.
  package var arrivalNS: Int64
  /// The row, element, line or bin of the source it came from, from 1 (headers are not counted).
  package var sourceRow: Int64
  /// The prompt's length in tokens; -1 when the source has none.
  package var inputTokens: Int64
  /// The answer's length in tokens; -1 when the source has none.
  package var outputTokens: Int64
  /// The index in `ImportedTrace.tenantNames`; -1 when the source names no tenant.
  package var tenant: Int32
  /// The session it belongs to, counted by its source; -1 when it stands alone.
  package var session: Int32 = -1
  /// Nanoseconds from the session's last answer to this request; -1 when it came at its own time.
  package var delayNS: Int64 = -1

  /// Creates a row.
  package init(
    arrivalNS: Int64 = 0, sourceRow: Int64 = 0, tenant: Int32 = -1, inputTokens: Int64 = -1,
    outputTokens: Int64 = -1
  ) {
    self.arrivalNS = arrivalNS
    self.sourceRow = sourceRow
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.tenant = tenant
  }
}

/// One `# key: value` line of a trace's header.
package struct TraceProvenance: Equatable, Sendable {
  /// What precedes the colon.
  package var key: String
  /// What follows it.
  package var value: String
}
