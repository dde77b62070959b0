import Tables

/// How a column writes times.
package enum TraceClock: Sendable {
  /// A date and time; UTC where no zone is given.
  case date
  /// Seconds from the trace's start, with a fraction.
  case seconds
  /// Whole milliseconds.
  case milliseconds
  /// Whole nanoseconds, as the column's name says.
  case nanoseconds

  /// Whether the user may say another unit.
  var isFree: Bool { self == .seconds || self == .milliseconds }

  /// What is expected in such a column.
  var expected: String {
    switch self {
    case .date: "YYYY-MM-DD HH:MM:SS with at most 9 decimals"
    case .seconds: "a time in seconds"
    case .milliseconds: "whole milliseconds"
    case .nanoseconds: "a non-negative integer"
    }
  }

  /// What is expected of a time that does not fit 292 years.
  func bound(_ unit: TimeUnit?) -> String {
    "at most 292 years" + ((unit ?? self.unit).map { " of \($0.name)" } ?? "")
  }

  /// Reads a time as nanoseconds: on the file's own clock, or since 1970 where the text is a date or
  /// stands in a column of dates.
  @inline(__always)
  func scan(
    _ text: UnsafeBufferPointer<UInt8>, unit: TimeUnit?, _ dates: inout TimestampScan,
    _ value: inout Int64
  ) -> ScanStatus {
    var status: ScanStatus
    if let unit {
      status = NumberScan.decimal(text, shift: unit.power, &value)
    } else {
      switch self {
      case .date: status = dates.scan(text, &value)
      case .seconds: status = NumberScan.decimal(text, shift: 9, &value)
      case .milliseconds:
        status = NumberScan.whole(text, &value)
        let (time, overflows) = value.multipliedReportingOverflow(by: 1_000_000)
        value = time
        if status == .ok, overflows { status = .tooLarge }
      case .nanoseconds: status = NumberScan.whole(text, &value)
      }
    }
    return status == .malformed ? otherwise(text, &dates, &value) : status
  }

  /// A date among numbers, or a number of a clock since 1970 among dates: both say what they are.
  private func otherwise(
    _ text: UnsafeBufferPointer<UInt8>, _ dates: inout TimestampScan, _ value: inout Int64
  ) -> ScanStatus {
    switch self {
    case .nanoseconds: return .malformed
    case .seconds, .milliseconds:
      let status = dates.scan(text, &value)
      // Before 1970 a date is no time of any clock, and too far from the largest number.
      return status == .ok && value < 0 ? .negative : status
    case .date:
      guard let number = ExactDecimal(text), let unit = TimeUnit.sinceEpoch(number.double) else {
        return .malformed
      }
      return NumberScan.decimal(text, shift: unit.power, &value)
    }
  }

  /// Its unit where no other is said; nil for dates.
  var unit: TimeUnit? {
    switch self {
    case .date: nil
    case .seconds: .seconds
    case .milliseconds: .milliseconds
    case .nanoseconds: .nanoseconds
    }
  }
}

/// A unit of time that a user can say with `--unit`.
package enum TimeUnit: String, CaseIterable, Sendable {
  case seconds = "s"
  case milliseconds = "ms"
  case microseconds = "us"
  case nanoseconds = "ns"

  /// The power of ten from it to nanoseconds.
  package var power: Int { Units.nanosecondPower(of: rawValue) ?? 0 }

  /// Nanoseconds of one.
  package var nanoseconds: Int64 {
    (0..<power).reduce(1) { power, _ in power * 10 }
  }

  /// Its name in sentences.
  package var name: String {
    switch self {
    case .seconds: "seconds"
    case .milliseconds: "milliseconds"
    case .microseconds: "microseconds"
    case .nanoseconds: "nanoseconds"
    }
  }

  /// The unit in which a number is a time of 2001 to 2096 counted from 1970; nil where it is none.
  ///
  /// The four ranges lie far apart, so that a number is in one of them at most.
  package static func sinceEpoch(_ number: Double) -> TimeUnit? {
    allCases.first { unit in
      let seconds = number * Double(unit.nanoseconds) / 1e9
      return seconds >= 1e9 && seconds < 4e9
    }
  }
}
