/// Counts what becomes of every record of a file, and keeps the first faults: the one collector.
///
/// A strict reading fails once `limit` faults are kept, or at its end; a lenient one leaves faulty
/// records out and tells of the first as warnings.
package final class RecordLog {
  /// The file that faults are in now.
  package var file: String
  /// Whether a faulty record fails the reading.
  package let isStrict: Bool
  /// The most faults kept.
  package let limit: Int
  /// Records found in the file, whatever became of them.
  @exclusivity(unchecked) package private(set) var recordsRead: Int64 = 0
  /// The faults kept: errors in strict reading, warnings in lenient reading.
  package private(set) var diagnostics: [Diagnostic] = []
  /// Whether a record failed the reading.
  package private(set) var hasFailed = false
  @exclusivity(unchecked) private var counts: [Int64]

  /// Creates a log.
  ///
  /// - Parameters:
  ///   - reasons: how many reasons there are to leave a record out; they are numbered from 0.
  ///   - limit: the most faults kept; 0 for a log that only counts and never throws.
  package init(file: String, reasons: Int, isStrict: Bool, limit: Int = 20) {
    self.file = file
    self.isStrict = isStrict && limit > 0
    self.limit = limit
    counts = [Int64](repeating: 0, count: reasons)
  }

  /// Counts one record found in the file.
  package func countRecord() { recordsRead &+= 1 }

  /// How many records were left out for a reason.
  package func leftOut(_ reason: Int) -> Int64 { counts[reason] }

  /// Leaves out records that are no fault.
  package func leaveOut(_ reason: Int, count: Int64 = 1) { counts[reason] += count }

  /// Leaves out a faulty record; strict reading stops at the limit.
  ///
  /// - Parameter isFailure: whether strict reading fails for it.
  package func fault(
    _ reason: Int?, isFailure: Bool = true, _ diagnostic: @autoclosure () -> Diagnostic
  ) throws(InputError) {
    if let reason { counts[reason] += 1 }
    if isStrict, isFailure { hasFailed = true }
    guard diagnostics.count < limit else { return }
    var kept = diagnostic()
    kept.severity = isStrict && isFailure ? .error : .warning
    diagnostics.append(kept)
    if isStrict, diagnostics.count == limit { throw failure }
  }

  /// The error of all faults kept so far.
  package var failure: InputError { InputError(diagnostics: diagnostics) }

  /// A fault that no reading can get over; what was kept before is told too.
  package func fatal(_ diagnostic: Diagnostic) -> InputError {
    InputError(diagnostics: diagnostics + [diagnostic])
  }
}
