/// A GPU's constants by the names its file has for them, in the file's units.
extension GPUSpec {
  /// The constants that are known with an error: rates, latencies, and what blocks do with them.
  /// What a card has a number of (SMs, registers, memory) is what it is.
  package static var constantNames: [String] { constants.map(\.key) }

  /// The values that a constant may have, as in a GPU's file.
  package static func bounds(ofConstant name: String) -> ClosedRange<Double> {
    constants.first { $0.key == name }?.bounds ?? 0...0
  }

  /// A constant's value; nil for a name that is none of `constantNames`.
  package subscript(constant name: String) -> Double? {
    get { Self.constants.first { $0.key == name }.map { self[keyPath: $0.path] } }
    set {
      guard let newValue, let path = Self.constants.first(where: { $0.key == name })?.path else {
        return
      }
      self[keyPath: path] = newValue
    }
  }

  private static var constants:
    [(key: String, path: WritableKeyPath<GPUSpec, Double>, bounds: ClosedRange<Double>)]
  {
    [
      ("clock_mhz", \.clockMHz, 1...100_000), ("dram_gb_per_s", \.dramGBPerS, 0.001...1_000_000),
      ("dram_efficiency", \.dramEfficiency, 0.01...1),
      ("dram_latency_ns", \.timing.dramLatencyNS, 1...1_000_000),
      ("bytes_in_flight_per_warp", \.timing.bytesInFlightPerWarp, 1...1_000_000),
      ("saturating_warps", \.timing.saturatingWarps, 0.1...1024),
      ("block_overhead_ns", \.timing.blockOverheadNS, 0...1_000_000),
      ("instruction_factor", \.timing.instructionFactor, 1...100),
    ]
  }
}
