import Tables

/// Reads recorded arrival traces in the formats in which their publishers keep them.
///
/// A file is read twice: once to check every record, find the clock's start and measure the order,
/// and once for the rows. So a fault in the last row is reported before the first row is used, and
/// memory does not grow with the file.
public enum TraceImport {
  /// Tells a file's format by its content.
  ///
  /// - Throws: `badData` when it is no trace in a known format, `missingFile` when it is not there.
  public static func detect(path: String) throws(InputError) -> TraceFormat {
    try detect(.file(path))
  }

  /// Tells an input's format by its content.
  public static func detect(_ input: TraceInput) throws(InputError) -> TraceFormat {
    let head = try input.head(FormatDetection.headSize)
    try FormatDetection.refuseForeign(head, file: input.name)
    if let format = FormatDetection.detect(head) { return format }
    let known = TraceFormat.allCases.map(\.rawValue).joined(separator: ", ")
    throw InputError(
      Diagnostic(
        file: input.name, line: 1, column: 1, message: "not a trace in a known format",
        hint: TraceLog.hint(TraceFault.header.rawValue, "known: \(known)")))
  }

  /// Checks a trace file and opens it.
  ///
  /// - Parameters:
  ///   - format: what the file is; nil to tell by its content.
  /// - Throws: `badData` with the faults found (up to `options.describedFaults`), `missingFile`.
  /// - Complexity: O(file size); memory as `TraceRowReader` says.
  public static func open(
    path: String, format: TraceFormat? = nil, options: TraceOptions = TraceOptions()
  ) throws(InputError) -> ImportedTrace {
    try open(.file(path), format: format, options: options)
  }

  /// Checks a trace and opens it.
  public static func open(
    _ input: TraceInput, format: TraceFormat? = nil, options: TraceOptions = TraceOptions()
  ) throws(InputError) -> ImportedTrace {
    var statistics: TraceStatistics?
    return try survey(input, format, options, &statistics)
  }

  private static func survey(
    _ input: TraceInput, _ format: TraceFormat?, _ options: TraceOptions,
    _ statistics: inout TraceStatistics?
  ) throws(InputError) -> ImportedTrace {
    let known: TraceFormat
    if let format {
      try FormatDetection.refuseForeign(
        try input.head(FormatDetection.headSize), file: input.name)
      known = format
    } else {
      known = try detect(input)
    }
    return try TraceSurvey(input: input, format: known, options: options).run(&statistics)
  }

  /// Checks a trace and gathers its statistics: in one reading where every row is in order of time,
  /// in two otherwise.
  public static func statistics(
    _ input: TraceInput, format: TraceFormat? = nil, options: TraceOptions = TraceOptions()
  ) throws(InputError) -> (trace: ImportedTrace, statistics: TraceStatistics) {
    var gathered: TraceStatistics? = TraceStatistics()
    let trace = try survey(input, format, options, &gathered)
    var statistics = gathered ?? TraceStatistics()
    if gathered == nil {
      let reader = try trace.makeReader()
      var row = TraceRow()
      while try reader.next(&row) {
        statistics.add(
          arrivalNS: row.arrivalNS, inputTokens: row.inputTokens, outputTokens: row.outputTokens)
      }
    }
    statistics.finish(endNS: trace.summary.spanNS)
    return (trace, statistics)
  }

  /// Makes the reader of one format; counted formats expand into rows only when asked to.
  static func makeSource(
    _ format: TraceFormat, _ input: TraceInput, options: TraceOptions, log: TraceLog,
    expands: Bool, wanted: [Bool]? = nil
  ) throws(InputError) -> any TraceRowSource {
    if format != .azureFunctionsMinute, input.parts.count > 1 {
      throw InputError(
        Diagnostic(
          file: input.name, message: "a trace of several files in format \(format.rawValue)",
          hint: "only \(TraceFormat.azureFunctionsMinute.rawValue) comes as a file for each day"))
    }
    let stream = try input.open()
    switch format {
    case .own:
      return TraceRowBox(CSVRowSource<OwnTraceLayout>(stream: stream, options: options, log: log))
    case .azureLLM:
      return TraceRowBox(CSVRowSource<AzureLLMLayout>(stream: stream, options: options, log: log))
    case .vidur:
      return TraceRowBox(CSVRowSource<VidurLayout>(stream: stream, options: options, log: log))
    case .burstGPT:
      return TraceRowBox(CSVRowSource<BurstGPTLayout>(stream: stream, options: options, log: log))
    case .genTD26:
      return TraceRowBox(CSVRowSource<GenTD26Layout>(stream: stream, options: options, log: log))
    case .azureFunctions2021:
      return TraceRowBox(
        CSVRowSource<AzureFunctions2021Layout>(stream: stream, options: options, log: log))
    case .mooncake: return TraceRowBox(MooncakeSource(stream: stream, options: options, log: log))
    case .interArrival: return try InterArrivalSource(stream: stream, options: options, log: log)
    case .disb: return try DISBSource(stream: stream, options: options, log: log)
    case .ratePerSecond:
      return try RatePerSecondSource(stream: stream, options: options, log: log, expands: expands)
    case .rateSteps:
      return try RateStepsSource(stream: stream, options: options, log: log, expands: expands)
    case .serveGen:
      return ServeGenSource(stream: stream, options: options, log: log, expands: expands)
    case .azureFunctionsMinute:
      return try AzureMinuteSource(
        days: input.parts, options: options, log: log, expands: expands, wanted: wanted)
    }
  }
}

/// A trace that passed its check: what is in it, and as many readings of its rows as wanted.
public struct ImportedTrace: Sendable {
  /// What the check found.
  public let summary: TraceSummary
  /// The names that `TraceRow.tenant` numbers, in the order of their first row.
  public let tenantNames: [String]
  /// The requests of each of `tenantNames`.
  public let tenantRequests: [Int64]
  private let input: TraceInput
  private let options: TraceOptions

  init(
    summary: TraceSummary, tenantNames: [String], tenantRequests: [Int64], input: TraceInput,
    options: TraceOptions
  ) {
    self.summary = summary
    self.tenantNames = tenantNames
    self.tenantRequests = tenantRequests
    self.input = input
    self.options = options
  }

  /// Starts a reading from the first row.
  public func makeReader() throws(InputError) -> TraceRowReader {
    let log = TraceLog(file: input.name, options: options, isQuiet: true)
    let source = try TraceImport.makeSource(
      summary.format, input, options: options, log: log, expands: true)
    return TraceRowReader(source: source, summary: summary)
  }

  /// Starts a reading of some tenants' rows alone; the others cost little where they are counts.
  ///
  /// - Parameter tenants: for each of `tenantNames` whether its rows are wanted.
  public func makeReader(tenants: [Bool]) throws(InputError) -> TraceRowReader {
    let log = TraceLog(file: input.name, options: options, isQuiet: true)
    let source = try TraceImport.makeSource(
      summary.format, input, options: options, log: log, expands: true, wanted: tenants)
    var whole = summary
    if summary.format == .azureFunctionsMinute {
      whole.requests = zip(tenants, tenantRequests).reduce(0) { $0 + ($1.0 ? $1.1 : 0) }
    }
    return TraceRowReader(source: source, summary: whole, wanted: tenants)
  }

  /// The tenants' numbers, the one with the most requests first; equals in the order of their first
  /// row.
  public var tenantsByRank: [Int] {
    tenantNames.indices.sorted {
      tenantRequests[$0] != tenantRequests[$1] ? tenantRequests[$0] > tenantRequests[$1] : $0 < $1
    }
  }

  /// Calls `body` with every row in order of time.
  ///
  /// - Throws: what `body` throws, and `InputError` when the file changed since it was opened.
  public func forEachRow(_ body: (TraceRow) throws(InputError) -> Void) throws(InputError) {
    let reader = try makeReader()
    var row = TraceRow()
    while try reader.next(&row) { try body(row) }
  }
}
