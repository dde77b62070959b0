/// One request of a recorded trace.
public struct TraceRow: Equatable, Sendable {
  /// Nanoseconds from the trace's start (`TraceSummary.startNS`); never negative.
  public var arrivalNS: Int64
  /// The row, element, line or bin of the source it came from, from 1 (headers are not counted).
  public var sourceRow: Int64
  /// The prompt's length in tokens; -1 when the source has none.
  public var inputTokens: Int64
  /// The answer's length in tokens; -1 when the source has none.
  public var outputTokens: Int64
  /// The index in `ImportedTrace.tenantNames`; -1 when the source names no tenant.
  public var tenant: Int32

  /// Creates a row.
  public init(
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
public struct TraceProvenance: Equatable, Sendable {
  /// What precedes the colon.
  public var key: String
  /// What follows it.
  public var value: String
}
