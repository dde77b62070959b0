import SimBasics

/// One measurement of the engine's speed, with what its run must have computed.
public struct EngineBenchResult: Sendable {
  /// `mm1`, `hold_100`, `hold_10000`, `hold_1000000` or `reschedule`.
  public var name: String
  /// Operations per second of wall time.
  public var operationsPerSecond: Double
  /// What the run measured about itself.
  public var check: Double
  /// What theory says `check` is.
  public var theory: Double
  /// How far the two may lie apart, as a share of `theory`, at the run's length.
  public var tolerance: Double

  /// Whether the run computed what theory says.
  public var matchesTheory: Bool { abs(check / theory - 1) <= tolerance }
}

/// The engine's speed on the classic loads, run through its public face.
public enum EngineBench {
  /// Mean 1 of the exponential laws, in nanoseconds.
  static let unit = 1e9

  /// Runs all loads.
  ///
  /// - Parameters:
  ///   - scale: 1 for some ten seconds; smaller for a quick look.
  ///   - clock: reads a monotonic clock in nanoseconds.
  public static func all(scale: Double, clock: () -> UInt64) -> [EngineBenchResult] {
    let steps = { (full: Double) in Int(Swift.max(1_000, full * scale)) }
    return [
      // Waiting times at high load are so correlated that fewer would say nothing of their mean.
      mm1(customers: Swift.max(50_000, steps(60e6)), clock: clock),
      hold(pending: 100, steps: steps(40e6), clock: clock),
      hold(pending: 10_000, steps: steps(20e6), clock: clock),
      hold(pending: 1_000_000, steps: steps(8e6), clock: clock),
      reschedule(pending: 1_000, steps: steps(15e6), clock: clock),
    ]
  }

  /// An exponential span of the given mean, at least a nanosecond.
  @inline(__always)
  static func span(
    _ mean: Double, _ sampler: ExponentialSampler, _ random: inout SeededGenerator
  ) -> SimDuration {
    SimDuration(nanoseconds: 1 &+ Int64(sampler.next(&random) * mean))
  }

  /// Operations per second of `count` operations between two clock readings.
  static func rate(_ count: Int, from start: UInt64, to end: UInt64) -> Double {
    Double(count) * 1e9 / Double(Swift.max(1, end &- start))
  }
}
