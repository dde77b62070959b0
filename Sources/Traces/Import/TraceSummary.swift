import Tables

/// A named warning with how often it applies and a sentence for people.
public struct TraceWarningReport: Equatable, Sendable {
  /// Which warning.
  public var name: TraceWarning
  /// How many rows, gaps or tasks it concerns; at least 1.
  public var count: Int64
  /// The sentence, without the name.
  public var message: String
}

/// How many records were left out for one reason.
public struct TraceLeftOut: Equatable, Sendable {
  /// The reason.
  public var reason: TraceFault
  /// The number of records.
  public var count: Int64
}

/// What is in a trace file: counts that add up, the clock, and the warnings that bear on replay.
///
/// Always `recordsRead == recordsUsed + leftOut.map(\.count).reduce(0, +)`. For formats with one
/// request a record, `requests == recordsUsed`; for counted formats it is the sum of the counts.
public struct TraceSummary: Equatable, Sendable {
  /// The file as the user named it.
  public var file = ""
  /// The format it was read as.
  public var format = TraceFormat.own
  /// Records (rows, gaps, functions, seconds, windows) found in the file.
  public var recordsRead: Int64 = 0
  /// Records whose requests are in the trace.
  public var recordsUsed: Int64 = 0
  /// Records left out, by reason, in a fixed order; only reasons that occur.
  public var leftOut: [TraceLeftOut] = []
  /// Requests in the trace.
  public var requests: Int64 = 0
  /// The source clock's value at offset 0: nanoseconds since 1970 in UTC for dated formats.
  public var startNS: Int64 = 0
  /// The first arrival's offset in nanoseconds.
  public var firstNS: Int64 = 0
  /// From offset 0 to the last arrival; for counted formats, to the end of the last bin.
  public var spanNS: Int64 = 0
  /// The width of a bin in counted formats; 0 in others.
  public var binNS: Int64 = 0
  /// Requests that arrive at the same nanosecond as the one before.
  public var ties: Int64 = 0
  /// Rows earlier than a row before them in the file.
  public var outOfOrder: Int64 = 0
  /// How far a row lies behind the latest row before it, at most, in nanoseconds.
  public var maximumLatenessNS: Int64 = 0
  /// Where the requests of a bin were put; nil for formats that record times.
  public var placement: BinPlacement?
  /// The greatest common divisor of all gaps in nanoseconds; 0 for a single gap and for equal ones.
  public var tickNS: Int64 = 0
  /// The longest gap between two arrivals, or run of empty bins, in nanoseconds.
  public var maximumGapNS: Int64 = 0
  /// Where the longest gap starts.
  public var maximumGapStartNS: Int64 = 0
  /// The warnings, in the order of `TraceWarning`.
  public var warnings: [TraceWarningReport] = []
  /// The first records left out, described.
  public var examples: [Diagnostic] = []
  /// The `# key: value` lines before an own-format header, in order.
  public var provenance: [TraceProvenance] = []

  /// Records left out for any reason.
  public var leftOutCount: Int64 { leftOut.reduce(0) { $0 + $1.count } }

  /// The warning's report, where it applies.
  public func warning(_ name: TraceWarning) -> TraceWarningReport? {
    warnings.first { $0.name == name }
  }
}
