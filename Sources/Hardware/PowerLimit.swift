/// What limits a board's clock under load, and what energy follows from.
package struct PowerLimit: Hashable, Sendable {
  /// The board's power limit in watts.
  package var capW: Double
  /// Operations in fp32 that the silicon sustains a joule at that limit, in 10^9.
  package var fp32PerJoule: Double
  /// Energy of a byte from or to DRAM in picojoules.
  package var dramPJPerByte: Double
  /// What the board takes with a context on it and nothing running, in watts; nil where no source
  /// says so: there is no energy then.
  package var idleW: Double?

  /// Creates a limit.
  package init(
    capW: Double, fp32PerJoule: Double, dramPJPerByte: Double, idleW: Double? = nil
  ) {
    self.capW = capW
    self.fp32PerJoule = fp32PerJoule
    self.dramPJPerByte = dramPJPerByte
    self.idleW = idleW
  }

  /// Mean power over a time in nanoseconds, in watts, of operations and DRAM bytes.
  package func watts(flop: Double, dramBytes: Double, over time: Double) -> Double {
    time > 0 ? (flop / fp32PerJoule + dramBytes * dramPJPerByte * 1e-3) / time : 0
  }
}
