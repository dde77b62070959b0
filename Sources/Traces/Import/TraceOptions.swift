/// Where the requests of a count go inside its bin.
package enum BinPlacement: String, CaseIterable, Sendable {
  /// Independent uniform times from a seeded generator, in order.
  case uniformSeeded = "uniform-seeded"
  /// Equal gaps, the first at the bin's start.
  case even
  /// All at the bin's start.
  case start
}

/// How a trace file is read.
package struct TraceOptions: Equatable, Sendable {
  /// Whether a faulty record stops the import; otherwise it is left out, counted and named.
  package var isStrict = true
  /// Seeds what the importer has to draw: placement in bins and ServeGen's gaps.
  package var seed: UInt64 = 1
  /// Where requests go inside the bins of counted formats.
  package var placement = BinPlacement.uniformSeeded
  /// Whether the first arrival becomes time 0 (the first bin that holds a request, for counts); nil
  /// means what is usual for the format.
  package var startsAtFirstArrival: Bool?
  /// The unit of times; nil means the format's own.
  package var unit: TimeUnit?
  /// Whether the user named the format: what else the file could be is settled then.
  package var isFormatTold = false
  /// Spreads each arrival over a clock's tick of so many nanoseconds; nil keeps them as they are.
  package var dequantiseNS: Int64?
  /// Requests per second that one unit of a `rate-steps-txt` value stands for; required there.
  package var rateScale: Double?
  /// Whether arrivals before time 0 move to 0 (2021 functions) rather than being faults.
  package var clampsNegativeTimes = false
  /// Whether events after the end that their file states are left out rather than kept (DISB).
  package var leavesOutPastEnd = false
  /// Whether a rate above a million a second or a span above ten years is accepted.
  package var acceptsAnyUnit = false
  /// The largest count accepted in one bin.
  package var maximumCount: Int64 = 1_000_000_000
  /// How many faults are described before the import stops, and how many are kept as examples.
  package var describedFaults = 20
  /// A backward jump of more than this many nanoseconds is a clock reset rather than disorder.
  package var clockResetNS: Int64 = 60_000_000_000
  /// A silence of at least this many nanoseconds is reported as a gap.
  package var gapNS: Int64 = 60_000_000_000

  /// Creates the defaults: strict, seed 1, uniform placement.
  package init() {}
}
