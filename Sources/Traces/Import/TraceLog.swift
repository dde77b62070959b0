import Tables

/// What becomes of every record of one reading, under the names of `TraceFault` and `TraceWarning`.
final class TraceLog {
  private let records: RecordLog
  private var warnings: [TraceWarning: (count: Int64, note: String?)] = [:]
  private var named: [TraceWarning: [String]] = [:]

  /// A quiet log never throws: it is for the second reading of a file that passed the first.
  init(file: String, options: TraceOptions, isQuiet: Bool = false) {
    records = RecordLog(
      file: file, reasons: TraceFault.allCases.count, isStrict: options.isStrict,
      limit: isQuiet ? 0 : max(1, options.describedFaults))
  }

  /// The file that faults are in now.
  var file: String {
    get { records.file }
    set { records.file = newValue }
  }
  /// Records found in the file, whatever became of them.
  var recordsRead: Int64 { records.recordsRead }
  /// The first faults.
  var diagnostics: [Diagnostic] { records.diagnostics }
  /// Whether a strict reading has met a fault.
  var hasFailed: Bool { records.hasFailed }
  /// The error of all faults described so far.
  var failure: InputError { records.failure }

  /// Counts one record found in the file, whatever becomes of it.
  @inline(__always) func countRecord() { records.countRecord() }

  /// How many records were left out for a reason.
  func leftOut(_ fault: TraceFault) -> Int64 { records.leftOut(Self.index(fault)) }

  /// Leaves out the record being read; in strict reading the import fails, after a few more.
  func leaveOut(
    _ fault: TraceFault, line: Int, column: Int = 0, _ message: @autoclosure () -> String,
    hint: String? = nil
  ) throws(InputError) {
    // A wrong unit is the file's, not the row's: once is enough.
    if fault == .unit, records.isStrict {
      throw records.fatal(diagnostic(fault, line, column, message(), hint))
    }
    try records.fault(
      Self.index(fault), isFailure: fault != .truncated,
      diagnostic(fault, line, column, message(), hint))
  }

  /// Leaves out records because the options ask for it, which is no fault.
  func leaveOutOnRequest(_ reason: TraceFault, count: Int64) {
    records.leaveOut(Self.index(reason), count: count)
  }

  /// Counts a warning; the note, where given, replaces the usual sentence.
  func warn(_ warning: TraceWarning, count: Int64 = 1, note: String? = nil) {
    let before = warnings[warning] ?? (0, nil)
    warnings[warning] = (before.count + count, before.note ?? note)
  }

  /// Counts a warning that lists names, once for each name.
  func warn(_ warning: TraceWarning, _ sentence: String, naming name: String) {
    let names = named[warning] ?? []
    guard names.count < 64, !names.contains(name) else { return }
    named[warning] = names + [name]
    let listed = (names + [name]).prefix(8).joined(separator: ", ")
    let more = names.count >= 8 ? ", …" : ""
    warnings[warning] = (Int64(names.count + 1), "\(sentence): \(listed)\(more)")
  }

  /// The warnings counted so far.
  func count(of warning: TraceWarning) -> Int64 { warnings[warning]?.count ?? 0 }

  /// The note given with a warning.
  func note(of warning: TraceWarning) -> String? { warnings[warning]?.note }

  /// A fault that no reading can get over; what was described before is kept.
  func fatal(
    _ fault: TraceFault, line: Int = 0, column: Int = 0, _ message: String, hint: String? = nil
  ) -> InputError {
    records.fatal(diagnostic(fault, line, column, message, hint))
  }

  /// Reads JSON whose faults no reading can get over.
  func json(_ stream: ByteStream) throws(InputError) -> JSONStream {
    let json = try JSONStream(stream)
    json.makeError = { [self] fault in
      fatal(.json, line: fault.line, column: fault.column, fault.message, hint: fault.hint)
    }
    return json
  }

  private func diagnostic(
    _ fault: TraceFault, _ line: Int, _ column: Int, _ message: String, _ hint: String?
  ) -> Diagnostic {
    Diagnostic(
      file: file, line: line, column: column, message: message,
      hint: Self.hint(fault.rawValue, hint))
  }

  /// What is said of requests that followed an answer and are replayed at their recorded times.
  static let recordedTimes =
    "requests that followed an answer in the recording keep their recorded times, whatever a "
    + "simulated answer takes"

  private static func index(_ fault: TraceFault) -> Int {
    TraceFault.allCases.firstIndex(of: fault) ?? 0
  }

  static func hint(_ name: String, _ text: String?) -> String {
    guard let text else { return name }
    return "\(text) (\(name))"
  }
}

extension TraceLog {
  /// Leaves out a row that is not as wide as it must be.
  func leaveOutShape(_ rows: CSVRows, width: Int) throws(InputError) {
    // A short last row without a line feed is what an interrupted download leaves behind.
    if !rows.isTerminated, rows.count < width {
      let fields = rows.count == 1 ? "1 field" : "\(rows.count) fields"
      try leaveOut(
        .truncated, line: rows.lineNumber, "the last row is cut off after \(fields) of \(width)")
    } else {
      try leaveOut(
        .rowWidth, line: rows.lineNumber, column: 1,
        "expected \(width) fields, found \(rows.count)")
    }
  }
}

extension ScanStatus {
  /// The name of what is wrong with a time or, otherwise, a size, and a way out where one is known.
  ///
  /// - Parameters:
  ///   - clock: how the column writes times, where its unit may be another.
  ///   - text: what was read.
  func fault(
    isTime: Bool, clock: TraceClock? = nil, unit: TimeUnit? = nil,
    text: UnsafeBufferPointer<UInt8>? = nil
  ) -> (TraceFault, hint: String?) {
    switch self {
    case .notFinite: (.notFinite, nil)
    case .negative:
      isTime
        ? (.timeNegative, "times count from the start of the trace") : (.sizeNegative, nil)
    case .fractional where isTime:
      (
        .unit,
        clock?.isFree == true
          ? "a fraction suggests seconds: say --unit s, or --unit ms if that is what they are"
          : "a fraction suggests that the unit is seconds"
      )
    case .tooLarge where isTime:
      Self.tooLarge(clock, unit, text)
    default: (isTime ? .timeParse : .sizeParse, nil)
    }
  }

  /// A number beyond 292 years is most often one of a finer clock that counts from 1970.
  private static func tooLarge(
    _ clock: TraceClock?, _ unit: TimeUnit?, _ text: UnsafeBufferPointer<UInt8>?
  ) -> (TraceFault, hint: String?) {
    guard let text, let number = ExactDecimal(text), let found = TimeUnit.sinceEpoch(number.double)
    else { return (.timeParse, "at most 292 years fit") }
    let way = clock?.isFree == true ? ": --unit \(found.rawValue)" : ""
    return (.unit, "perhaps \(found.name) since 1970" + way)
  }

  /// The name of what is wrong with a count of at most `maximum`, what is expected instead, and a
  /// way out where one is known.
  func countFault(maximum: Int64) -> (TraceFault, expected: String, hint: String?) {
    switch self {
    case .negative: (.countNegative, "a non-negative integer", nil)
    case .notFinite: (.notFinite, "a non-negative integer", nil)
    case .ok, .tooLarge:
      (
        .countTooLarge, "a count of at most \(maximum)",
        "raise the limit with --max-count if the count is real"
      )
    default:
      (
        .countNotInteger, "a non-negative integer",
        "cells are read as plain numbers and never evaluated"
      )
    }
  }
}
