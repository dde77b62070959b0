/// The memory technology of a GPU, which decides how strided loads fare.
package enum MemoryKind: String, CaseIterable, Sendable {
  /// Stacked memory with many narrow channels.
  case hbm
  /// Graphics memory with few wide channels.
  case gddr
}

/// What a GPU's data sheet says, as far as GEMM durations depend on it.
package struct GEMMDataSheet: Sendable {
  /// The name samples use.
  package var name: String
  /// Other names for the same card.
  package var aliases: [String]
  /// The order of generations: 0 Pascal, 1 Volta and Turing, 2 Ampere, 3 Ada and Hopper.
  package var generation: Int
  /// The memory technology.
  package var memory: MemoryKind
  /// Streaming multiprocessors.
  package var smCount: Double
  /// The boost clock in GHz.
  package var clockGHz: Double
  /// fp32 operations an SM does in a cycle.
  package var fp32PerCycle: Double
  /// fp16 tensor operations an SM does in a cycle; 0 where it has no tensor cores.
  package var fp16PerCycle: Double
  /// Peak DRAM bandwidth in 10^9 bytes/s.
  package var dramGBPerS: Double
  /// L2 size in MiB.
  package var l2MiB: Double
  /// The board's power limit in watts.
  package var powerW: Double
  /// fp32 operations the silicon does per joule under the power limit, in 10^9; a starting point
  /// that samples correct.
  package var fp32PerJoule: Double
  /// Where each number comes from, by key.
  package var sources: [(key: String, source: String)]

  /// Operations an SM does in a microsecond at a precision.
  func flopPerMicrosecond(_ precision: GEMMPrecision) -> Double {
    (precision == .fp32 ? fp32PerCycle : fp16PerCycle) * clockGHz * 1e3
  }

  /// Whether the GPU can run the precision as its constants mean it.
  func hasRate(_ precision: GEMMPrecision) -> Bool {
    precision == .fp32 ? fp32PerCycle > 0 : fp16PerCycle > 0
  }
}
