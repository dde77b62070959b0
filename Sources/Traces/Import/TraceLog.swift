import Tables

/// Counts what becomes of every record of one reading, and describes the first faults.
final class TraceLog {
  /// The file that faults are in now.
  var file: String
  private(set) var recordsRead: Int64 = 0
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var leftOut: [TraceFault: Int64] = [:]
  private var warningCounts: [TraceWarning: Int64] = [:]
  private var warningNotes: [TraceWarning: String] = [:]
  private let isStrict: Bool
  private let limit: Int

  /// A quiet log never throws: it is for the second reading of a file that passed the first.
  init(file: String, options: TraceOptions, isQuiet: Bool = false) {
    self.file = file
    isStrict = options.isStrict && !isQuiet
    limit = isQuiet ? 0 : max(1, options.describedFaults)
  }

  /// Counts one record found in the file, whatever becomes of it.
  @inline(__always) func countRecord() { recordsRead &+= 1 }

  /// Leaves out the record being read; in strict reading the import fails, after a few more.
  func leaveOut(
    _ fault: TraceFault, line: Int, column: Int = 0, _ message: @autoclosure () -> String,
    hint: String? = nil
  ) throws(InputError) {
    leftOut[fault, default: 0] += 1
    guard diagnostics.count < limit else { return }
    let isCut = fault == .truncated
    diagnostics.append(
      Diagnostic(
        file: file, line: line, column: column,
        severity: isStrict && !isCut ? .error : .warning, message: message(),
        hint: Self.hint(fault.rawValue, hint)))
    if isStrict, diagnostics.count == limit { throw failure() }
  }

  /// Leaves out records because the options ask for it, which is no fault.
  func leaveOutOnRequest(_ reason: TraceFault, count: Int64) {
    leftOut[reason, default: 0] += count
  }

  /// Counts a warning; the note, where given, replaces the usual sentence.
  func warn(_ warning: TraceWarning, count: Int64 = 1, note: String? = nil) {
    warningCounts[warning, default: 0] += count
    if let note, warningNotes[warning] == nil { warningNotes[warning] = note }
  }

  /// The warnings counted so far.
  func count(of warning: TraceWarning) -> Int64 { warningCounts[warning] ?? 0 }

  /// The note given with a warning.
  func note(of warning: TraceWarning) -> String? { warningNotes[warning] }

  /// Whether a strict reading has met a fault.
  var hasFailed: Bool {
    isStrict
      && TraceFault.allCases.contains { fault in
        fault != .truncated && fault != .pastEnd && leftOut[fault] != nil
      }
  }

  /// The error of all faults described so far.
  func failure() -> InputError { InputError(diagnostics: diagnostics) }

  /// A fault that no reading can get over; what was described before is kept.
  func fatal(
    _ fault: TraceFault, line: Int = 0, column: Int = 0, _ message: String, hint: String? = nil
  ) -> InputError {
    let last = Diagnostic(
      file: file, line: line, column: column, message: message,
      hint: Self.hint(fault.rawValue, hint))
    return InputError(diagnostics: diagnostics + [last])
  }

  static func hint(_ name: String, _ text: String?) -> String {
    guard let text else { return name }
    return "\(text) (\(name))"
  }
}
