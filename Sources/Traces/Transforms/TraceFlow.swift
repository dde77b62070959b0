import Tables

/// Rows in order of time, one after the other.
package protocol TraceStage: AnyObject {
  /// The next row; nil after the last.
  func next() throws(InputError) -> TraceRow?
}

/// A trace that can be read again and again, and what is known of it before the first row.
package struct TraceFlow: Sendable {
  /// The names that rows number; empty where there are no tenants.
  package internal(set) var tenantNames: [String]
  /// Whether rows carry prompt and answer lengths.
  package internal(set) var hasSizes: Bool
  /// Where the trace ends, in nanoseconds: a mean gap after its last arrival, or the end of the last
  /// bin of a counted format.
  package internal(set) var endNS: Int64
  /// How many files one reading holds open.
  var openFiles: Int
  /// Starts a reading.
  var start: @Sendable () throws(InputError) -> any TraceStage

  /// The flow of an imported trace.
  ///
  /// - Complexity: O(file) where no row carries a length, O(1) where the first does.
  package init(_ trace: ImportedTrace) throws(InputError) {
    tenantNames = trace.tenantNames
    let summary = trace.summary
    let gap = summary.binNS > 0 ? 0 : summary.spanNS / max(1, summary.requests - 1)
    let room = Int64.max - summary.spanNS
    endNS = summary.spanNS + min(room, max(gap, 1))
    endNS += min(Int64.max - endNS, trace.spreadNS)
    openFiles = 1
    start = { () throws(InputError) in ImportStage(try trace.makeReader()) }
    hasSizes = false
    let reader = try trace.makeReader()
    while let row = try reader.next() {
      if row.inputTokens >= 0 || row.outputTokens >= 0 {
        hasSizes = true
        break
      }
    }
  }

  /// Starts a reading from the first row.
  package func makeStage() throws(InputError) -> any TraceStage { try start() }

  /// The same trace passed through another stage.
  func through(
    _ stage: @escaping @Sendable (any TraceStage) -> any TraceStage
  ) -> TraceFlow {
    var flow = self
    let start = start
    flow.start = { () throws(InputError) in stage(try start()) }
    return flow
  }
}

/// The rows of an imported trace.
private final class ImportStage: TraceStage {
  private let reader: TraceRowReader

  init(_ reader: TraceRowReader) { self.reader = reader }

  func next() throws(InputError) -> TraceRow? { try reader.next() }
}
