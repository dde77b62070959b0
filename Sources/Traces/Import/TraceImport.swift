import Tables

/// Reads recorded arrival traces in the formats in which their publishers keep them.
///
/// A file is read twice: once to check every record, find the clock's start and measure the order,
/// and once for the rows. So a fault in the last row is reported before the first row is used, and
/// memory does not grow with the file. What can be read only once (see `TraceInput.given`) is kept.
package enum TraceImport {
  /// Tells a file's format by its content.
  ///
  /// - Parameter formats: what it may be; a program that knows further ones adds them here.
  /// - Throws: `badData` when it is no trace in a known format, `missingFile` when it is not there.
  package static func detect(
    path: String, formats: [TraceFormat] = TraceFormat.allCases
  ) throws(InputError) -> TraceFormat {
    try detect(.file(path), formats: formats)
  }

  /// Tells an input's format by its content.
  package static func detect(
    _ input: TraceInput, formats: [TraceFormat] = TraceFormat.allCases
  ) throws(InputError) -> TraceFormat {
    let head = try input.head(TraceHead.size)
    try TraceHead.refuseForeign(head, file: input.name)
    let start = TraceHead(head)
    switch start.find(among: formats) {
    case .format(let format): return format
    case .numbers(let numbers): throw numbers.refusal(file: input.name)
    case .unknown(let nearest, let found, let count):
      throw start.unknown(nearest, found, count, file: input.name, formats: formats)
    }
  }

  /// Checks a trace file and opens it.
  ///
  /// - Parameters:
  ///   - format: what the file is; nil to tell by its content.
  /// - Throws: `badData` with the faults found (up to `options.describedFaults`), `missingFile`.
  /// - Complexity: O(file size); memory as `TraceRowReader` says.
  package static func open(
    path: String, format: TraceFormat? = nil, options: TraceOptions = TraceOptions()
  ) throws(InputError) -> ImportedTrace {
    try open(.file(path), format: format, options: options)
  }

  /// Checks a trace and opens it.
  package static func open(
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
    var options = options
    options.isFormatTold = format != nil
    if let format {
      try TraceHead.refuseForeign(try input.head(TraceHead.size), file: input.name)
      known = format
    } else {
      known = try detect(input)
    }
    return try TraceSurvey(input: input, format: known, options: options).run(&statistics)
  }

  /// Checks a trace and gathers its statistics: in one reading where every row is in order of time,
  /// in two otherwise.
  package static func statistics(
    _ input: TraceInput, format: TraceFormat? = nil, options: TraceOptions = TraceOptions()
  ) throws(InputError) -> (trace: ImportedTrace, statistics: TraceStatistics) {
    var gathered: TraceStatistics? = TraceStatistics()
    let trace = try survey(input, format, options, &gathered)
    // What was gathered on the way knows nothing of the draws within a tick.
    if options.dequantiseNS != nil { gathered = nil }
    var statistics = gathered ?? TraceStatistics()
    var end = trace.summary.spanNS
    if gathered == nil {
      let reader = try trace.makeReader()
      var row = TraceRow()
      while try reader.next(&row) {
        end = max(end, row.arrivalNS)
        statistics.add(
          arrivalNS: row.arrivalNS, inputTokens: row.inputTokens, outputTokens: row.outputTokens)
      }
    }
    statistics.finish(endNS: end)
    return (trace, statistics)
  }
}
