import Hardware

/// What a launch of an iteration does.
package enum OperatorKind: String, CaseIterable, Sendable {
  case embedding, norm, qkv, rotary, prefillAttention = "prefill_attention"
  case decodeAttention = "decode_attention"
  case output, gateUp = "gate_up", activation, down, router, experts, combine, vocabulary, sampling
}

/// One launch of an iteration, as a row of a kernel table.
package struct OperatorLaunch: Hashable, Sendable {
  /// What it does.
  package var kind: OperatorKind
  /// The row: name, grid, block, registers, shared memory, operations, DRAM bytes, duration alone
  /// on the idle GPU, and shares of SMs and DRAM while it runs alone.
  package var row: KernelProfile
  /// Duration alone on the idle GPU were its DRAM not shared, in nanoseconds: what is left of it
  /// below `durationNS` is waiting for the DRAM, which fewer SMs wait for less.
  package var unboundNS: Int64

  /// Creates a launch.
  ///
  /// - Parameter unboundNS: nil for one that does not wait for the DRAM's share.
  package init(kind: OperatorKind, row: KernelProfile, unboundNS: Int64? = nil) {
    self.kind = kind
    self.row = row
    self.unboundNS = unboundNS ?? row.durationNS ?? 0
  }

  /// Duration alone on the idle GPU, in nanoseconds.
  package var durationNS: Int64 { row.durationNS ?? 0 }
}

/// Launches that follow each other, some times over.
package struct IterationSegment: Hashable, Sendable {
  /// The launches, in order.
  package var launches: [OperatorLaunch]
  /// How often they run, one time after the other.
  package var repeats: Int

  /// Creates a segment.
  package init(launches: [OperatorLaunch], repeats: Int) {
    self.launches = launches
    self.repeats = repeats
  }
}

/// One iteration of a language model as launches: the embedding, the layers, the end.
package struct Iteration: Hashable, Sendable {
  /// The parts, in order.
  package var segments: [IterationSegment]

  /// Creates an iteration.
  package init(segments: [IterationSegment]) { self.segments = segments }

  /// Launches, each segment's times its repeats.
  package var launchCount: Int {
    segments.reduce(0) { $0 + $1.launches.count * $1.repeats }
  }

  /// The launches' durations alone, summed, in nanoseconds.
  package var durationNS: Int64 {
    segments.reduce(0) { sum, segment in
      sum + Int64(segment.repeats) * segment.launches.reduce(0) { $0 + $1.durationNS }
    }
  }
}

/// An iteration's sums, without its launches.
package struct IterationTotals: Hashable, Sendable {
  /// The launches' durations alone, summed, in nanoseconds.
  package var durationNS: Int64 = 0
  /// Launches.
  package var launches = 0
  /// Floating-point operations.
  package var flop: Int64 = 0
  /// DRAM bytes.
  package var dramBytes: Int64 = 0

  /// Creates sums of nothing.
  package init() {}

  /// Adds launches, some times over.
  mutating func add(_ other: IterationTotals, times: Int = 1) {
    durationNS += other.durationNS * Int64(times)
    launches += other.launches * times
    flop += other.flop * Int64(times)
    dramBytes += other.dramBytes * Int64(times)
  }

  /// The sums of launches, each once.
  init(_ launches: [OperatorLaunch]) {
    for launch in launches {
      durationNS += launch.durationNS
      self.launches += 1
      flop += launch.row.flop ?? 0
      dramBytes += launch.row.dramBytes ?? 0
    }
  }
}
