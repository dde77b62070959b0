import Metrics
import Reports
import Tables

/// A `series.csv`: what the GPU was used for over time, of each policy the run under its first seed.
package struct RunSeriesFile {
  /// One window of a run.
  package struct Window: Sendable {
    /// From when to when, in seconds of the run.
    package var seconds: ClosedRange<Double>
    /// The fractions of `WindowUse.figures`, in their order.
    package var values: [Double?]
    /// By SM: the share of the window in which it had a block; empty where that was not followed.
    package var sms: [Double]
  }

  /// The columns.
  package static let columns =
    ["policy", "seed", "from_ns", "to_ns"] + WindowUse.figures.map(\.rawValue)
    + ["busy_ns", "active_sm_ns", "warp_ns", "sm_busy_ns"]

  /// The windows by the summary's policies, in order; none of policies that have no run there.
  package private(set) var windows: [[Window]]

  /// Whether it was followed which SMs had blocks.
  package var hasSMs: Bool { windows.contains { $0.contains { !$0.sms.isEmpty } } }

  /// Reads the file.
  ///
  /// - Parameter summary: the summary beside it, which has the same policies.
  /// - Throws: `InputError` with faults at their lines.
  package init(_ path: String, _ summary: ResultRows) throws(InputError) {
    let rows = CSVRows(try ByteStream(path: path), refusing: .controls, isOurs: true)
    windows = summary.policies.map { _ in [] }
    guard try rows.next(), rows.strings == Self.columns else {
      throw InputError(
        file: path, line: 1,
        message: "expected the columns \(Self.columns.joined(separator: ","))",
        hint: "'gpuloom compare --series --out DIR' writes the file anew")
    }
    var seeds = summary.policies.map { _ in "" }
    var faults: [Diagnostic] = []
    while try rows.next(), faults.count < 20 {
      if rows.isBlank { continue }
      if let fault = rows.cutFault(Self.columns.count) {
        faults.append(fault)
        continue
      }
      guard let p = summary.policies.firstIndex(of: rows.string(0)) else {
        faults.append(rows.fault(0, "the summary beside it has no such policy"))
        continue
      }
      if seeds[p].isEmpty { seeds[p] = rows.string(1) }
      if seeds[p] != rows.string(1) { continue }
      if let window = Self.window(rows, after: windows[p].last) {
        windows[p].append(window)
      } else {
        faults.append(
          rows.fault(2, "expected windows in their order, with numbers in all columns behind"))
      }
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
  }

  private static func window(_ rows: CSVRows, after last: Window?) -> Window? {
    guard let from = Int64(rows.string(2)), let to = Int64(rows.string(3)), from < to, from >= 0
    else { return nil }
    let start = Double(from) / 1e9
    if let last, start < last.seconds.upperBound { return nil }
    var values: [Double?] = []
    for i in 4..<8 {
      let text = rows.string(i)
      guard text.isEmpty || Double(text)?.isFinite == true else { return nil }
      values.append(Double(text))
    }
    let words = rows.string(11).split(separator: " ")
    let sms = words.compactMap { Int64($0) }.map { Double($0) / Double(to - from) }
    guard sms.count == words.count else { return nil }
    return Window(seconds: start...(Double(to) / 1e9), values: values, sms: sms)
  }
}
