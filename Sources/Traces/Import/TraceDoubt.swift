import Tables

/// One thing that numbers without a name may be, and how a user says so.
package struct NumberReading: Sendable {
  /// What the numbers are.
  package let what: String
  /// The format to name.
  package let format: TraceFormat
  /// Whether a unit must be said with it.
  package let needsUnit: Bool
  /// The shapes of files that may hold it.
  let shapes: [BareNumbers.Shape]

  /// How to ask for it.
  package var flags: String {
    "--as \(format.rawValue)" + (needsUnit ? " --unit UNIT" : "")
  }

  /// What numbers may be, whatever they look like: the bytes do not tell.
  package static let all = [
    NumberReading(
      what: "counts, one a second", format: .ratePerSecond, needsUnit: false,
      shapes: [.list, .line, .column]),
    NumberReading(
      what: "gaps in seconds", format: .interArrival, needsUnit: false, shapes: [.list]),
    NumberReading(
      what: "gaps in microseconds", format: .perfAnalyzer, needsUnit: false,
      shapes: [.line, .column]),
    NumberReading(
      what: "gaps", format: .gaps, needsUnit: true, shapes: [.list, .line, .column]),
    NumberReading(
      what: "arrival times", format: .times, needsUnit: true, shapes: [.list, .line, .column]),
  ]

  /// What a file of this shape may be besides a format.
  static func others(than format: TraceFormat?, _ shape: BareNumbers.Shape) -> [NumberReading] {
    all.filter { $0.format != format && $0.shapes.contains(shape) }
  }
}

extension BareNumbers {
  /// More requests than this in half of the seconds are no counts that someone noted down.
  private static let largestMedian = 5_000.0

  /// What the numbers are beyond doubt, or nearly: what is read with a warning.
  ///
  /// A line of counts is how a published feed is kept; a column or list of whole numbers is as well
  /// one of gaps or times.
  var format: TraceFormat? {
    switch shape {
    case .pairs: return .rateSteps
    case .table:
      return fields.count == 6 && fields[3].first?.isNumber != true ? .serveGen : nil
    case .line:
      return areWhole && median <= Self.largestMedian && !isClimb
        ? .ratePerSecond : nil
    case .list: return values.isEmpty || !areAllWhole && !rise ? .interArrival : nil
    case .column: return nil
    }
  }

  /// The fault of numbers that may be several things.
  func refusal(file: String) -> InputError {
    let kind = areAllWhole ? "whole numbers" : "numbers"
    let place = shape == .list ? "a list" : shape == .column ? "a column" : "a line"
    let readings = NumberReading.others(than: nil, shape).filter {
      areWhole || $0.format != .ratePerSecond
    }
    let meanings = areWhole ? "counts, gaps or times" : "gaps or times"
    let ways = readings.map { "\($0.flags) (\($0.what))" }.joined(separator: ", ")
    return InputError(
      Diagnostic(
        file: file, line: 1, column: 1,
        message: "\(place) of \(kind) may be \(meanings): the file does not say which",
        hint: TraceLog.hint(
          TraceFault.ambiguous.rawValue, "say it: \(ways); UNIT is s, ms, us or ns")))
  }
}

extension TraceFormat {
  /// What is said of a file that was taken for this format although it could be something else; nil
  /// where its bytes tell.
  ///
  /// - Parameters:
  ///   - meanGapNS: the mean gap between requests, as read.
  ///   - requests: how many there are.
  func doubt(_ numbers: BareNumbers?, requests: Int64, meanGapNS: Int64) -> String? {
    if self == .ratePerSecond, let numbers {
      let others = NumberReading.others(than: self, numbers.shape)
        .map { "\($0.what) (\($0.flags))" }.joined(separator: ", ")
      return "taken for counts, one a second; the numbers could be \(others)"
    }
    guard takesUnit, requests >= 3 else { return nil }
    let isMilliseconds = columns.contains { $0.meaning == .time(.milliseconds) }
    if isMilliseconds, meanGapNS <= 5_000_000 {
      return "times are taken for milliseconds, \(SecondsText.of(meanGapNS)) s between requests; "
        + "if they are seconds, say --unit s"
    }
    if !isMilliseconds, meanGapNS >= 60_000_000_000 {
      let what = self == .interArrival ? "gaps" : "times"
      return "\(what) are taken for seconds, \(SecondsText.of(meanGapNS)) s between requests; "
        + "if they are milliseconds, say --unit ms"
    }
    return nil
  }
}
