/// What a kernel table's numbers were taken under, and which of them nobody measured: optional
/// lines of its header, written by imports and lowering.
package struct TableConditions: Hashable, Sendable {
  /// The SM clock behind the durations in MHz; nil where nobody noted it.
  package var clockMHz: Double?
  /// The SMs of the GPU the durations were taken on.
  package var smCount: Int?
  /// The DRAM bandwidth of that GPU in 10^9 bytes/s.
  package var dramGBPerS: Double?
  /// What was assumed for want of anything better, in words: "precision fp32".
  package var assumed: [String] = []

  /// Creates conditions of which nothing is known.
  package init() {}

  /// The conditions that a GPU's file states.
  package init(_ gpu: GPUSpec) {
    clockMHz = gpu.clockMHz
    smCount = gpu.smCount
    dramGBPerS = gpu.dramGBPerS
  }

  /// Whether figures of work (FLOP, utilization) rest on an assumption.
  package var assumesWork: Bool {
    assumed.contains { $0.hasPrefix("precision") || $0.hasPrefix("work") }
  }

  /// The conditions as header lines, those that are known.
  var headerLines: [(key: String, value: String)] {
    var lines: [(key: String, value: String)] = []
    if let clockMHz { lines.append(("clock_mhz", "\(clockMHz)")) }
    if let smCount { lines.append(("sm_count", "\(smCount)")) }
    if let dramGBPerS { lines.append(("dram_gb_per_s", "\(dramGBPerS)")) }
    if !assumed.isEmpty { lines.append(("assumed", assumed.joined(separator: "; "))) }
    return lines
  }
}
