/// A span of simulated time in nanoseconds.
@frozen public struct SimDuration: Comparable, Hashable, Sendable {
  /// The span's length in nanoseconds; may be negative.
  public var nanoseconds: Int64

  /// Creates a span of the given nanoseconds.
  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The empty span.
  @inlinable public static var zero: SimDuration { SimDuration(nanoseconds: 0) }

  /// Rounds a span given in seconds up to whole nanoseconds.
  ///
  /// - Precondition: `seconds` is finite and below 292 years.
  @inlinable public static func seconds(_ seconds: Double) -> SimDuration {
    SimDuration(nanoseconds: Int64((seconds * 1e9).rounded(.up)))
  }

  /// Whole microseconds.
  @inlinable public static func microseconds(_ value: Int64) -> SimDuration {
    SimDuration(nanoseconds: value * 1_000)
  }

  /// Whole milliseconds.
  @inlinable public static func milliseconds(_ value: Int64) -> SimDuration {
    SimDuration(nanoseconds: value * 1_000_000)
  }

  /// The span in seconds, for reports.
  @inlinable public var inSeconds: Double { Double(nanoseconds) / 1e9 }

  /// The span in milliseconds, for reports.
  @inlinable public var inMilliseconds: Double { Double(nanoseconds) / 1e6 }

  /// Whether `a` comes before `b`.
  @inlinable public static func < (a: SimDuration, b: SimDuration) -> Bool {
    a.nanoseconds < b.nanoseconds
  }

  /// The sum.
  @inlinable public static func + (a: SimDuration, b: SimDuration) -> SimDuration {
    SimDuration(nanoseconds: a.nanoseconds + b.nanoseconds)
  }

  /// The difference.
  @inlinable public static func - (a: SimDuration, b: SimDuration) -> SimDuration {
    SimDuration(nanoseconds: a.nanoseconds - b.nanoseconds)
  }
}

/// A point of simulated time: nanoseconds since the run's start.
@frozen public struct SimTime: Comparable, Hashable, Sendable {
  /// Nanoseconds since the run's start.
  public var nanoseconds: Int64

  /// Creates the point the given nanoseconds after the run's start.
  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The run's start.
  @inlinable public static var zero: SimTime { SimTime(nanoseconds: 0) }

  /// Later than every event of a run.
  @inlinable public static var never: SimTime { SimTime(nanoseconds: .max) }

  /// Whether `a` comes before `b`.
  @inlinable public static func < (a: SimTime, b: SimTime) -> Bool {
    a.nanoseconds < b.nanoseconds
  }

  /// The sum.
  @inlinable public static func + (a: SimTime, b: SimDuration) -> SimTime {
    SimTime(nanoseconds: a.nanoseconds + b.nanoseconds)
  }

  /// The difference.
  @inlinable public static func - (a: SimTime, b: SimTime) -> SimDuration {
    SimDuration(nanoseconds: a.nanoseconds - b.nanoseconds)
  }
}
