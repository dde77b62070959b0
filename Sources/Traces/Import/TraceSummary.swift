import Tables

/// A named warning with how often it applies and a sentence for people.
package struct TraceWarningReport: Equatable, Sendable {
  /// Which warning.
  package var name: TraceWarning
  /// How many rows, gaps or tasks it concerns; at least 1.
  package var count: Int64
  /// The sentence, without the name.
  package var message: String
}

/// How many records were left out for one reason.
package struct TraceLeftOut: Equatable, Sendable {
  /// The reason.
  package var reason: TraceFault
  /// The number of records.
  package var count: Int64
}

/// What is in a trace file: counts that add up, the clock, and the warnings that bear on replay.
///
/// Always `recordsRead == recordsUsed + leftOut.map(\.count).reduce(0, +)`. For formats with one
/// request a record, `requests == recordsUsed`; for counted formats it is the sum of the counts.
package struct TraceSummary: Equatable, Sendable {
  /// The file as the user named it.
  package var file = ""
  /// The format it was read as.
  package var format = TraceFormat.own
  /// Records (rows, gaps, functions, seconds, windows) found in the file.
  package var recordsRead: Int64 = 0
  /// Records whose requests are in the trace.
  package var recordsUsed: Int64 = 0
  /// Records left out, by reason, in a fixed order; only reasons that occur.
  package var leftOut: [TraceLeftOut] = []
  /// Requests in the trace.
  package var requests: Int64 = 0
  /// The source clock's value at offset 0: nanoseconds since 1970 in UTC for dated formats.
  package var startNS: Int64 = 0
  /// The first arrival's offset in nanoseconds.
  package var firstNS: Int64 = 0
  /// From offset 0 to the last arrival; for counted formats, to the end of the last bin.
  package var spanNS: Int64 = 0
  /// The width of a bin in counted formats; 0 in others.
  package var binNS: Int64 = 0
  /// Requests that arrive at the same nanosecond as the one before.
  package var ties: Int64 = 0
  /// Rows earlier than a row before them in the file.
  package var outOfOrder: Int64 = 0
  /// How far a row lies behind the latest row before it, at most, in nanoseconds.
  package var maximumLatenessNS: Int64 = 0
  /// Where the requests of a bin were put; nil for formats that record times.
  package var placement: BinPlacement?
  /// The greatest common divisor of all gaps in nanoseconds; 0 for a single gap and for equal ones.
  package var tickNS: Int64 = 0
  /// The longest gap between two arrivals, or run of empty bins, in nanoseconds.
  package var maximumGapNS: Int64 = 0
  /// Where the longest gap starts.
  package var maximumGapStartNS: Int64 = 0
  /// The warnings, in the order of `TraceWarning`.
  package var warnings: [TraceWarningReport] = []
  /// The first records left out, described.
  package var examples: [Diagnostic] = []
  /// The `# key: value` lines before an own-format header, in order.
  package var provenance: [TraceProvenance] = []

  /// Records left out for any reason.
  package var leftOutCount: Int64 { leftOut.reduce(0) { $0 + $1.count } }

  /// The warning's report, where it applies.
  package func warning(_ name: TraceWarning) -> TraceWarningReport? {
    warnings.first { $0.name == name }
  }
}
