import Hardware

/// The peak rate a precision runs at, tensor cores included where the GPU states them.
package struct PeakRates: Sendable {
  /// Operations the whole GPU does in a nanosecond; nil where it states no rate.
  var rate: Double?
  /// The same, that of fp32 where the GPU states none.
  package var wholeGPU: Double
  /// A faster format that fp32 work may have run in.
  var faster: (name: String, rate: Double)?

  /// The rates of a GPU.
  package init(_ gpu: GPUSpec, _ precision: Precision) {
    func rate(_ precision: Precision) -> Double? {
      gpu.flopPerCyclePerSM[precision].map { $0 * gpu.clockMHz / 1e3 * Double(gpu.smCount) }
    }
    switch precision {
    case .fp16: self.rate = [rate(.fp16), rate(.fp16Tensor)].compactMap { $0 }.max()
    case .bf16: self.rate = [rate(.bf16), rate(.bf16Tensor)].compactMap { $0 }.max()
    default: self.rate = rate(precision)
    }
    wholeGPU = self.rate ?? gpu.smRate(.fp32) * Double(gpu.smCount)
    if precision == .fp32 {
      faster =
        [("tf32", rate(.tf32)), ("fp16_tensor", rate(.fp16Tensor))]
        .compactMap { name, rate in rate.map { (name, $0) } }.first
    }
  }
}

/// What a kernel's name tells of the GPUs it is compiled for.
enum KernelArchitecture {
  /// Words of libraries' kernel names and the compute capability times ten they need; the longer
  /// first where one begins another.
  private static let words: [(String, Int)] = [
    ("maxwell_", 50), ("pascal_", 60), ("volta_", 70), ("turing_", 75), ("ampere_", 80),
    ("hopper_", 90), ("sm100_", 100), ("sm70_", 70), ("sm72_", 72), ("sm75_", 75), ("sm80_", 80),
    ("sm86_", 86), ("sm89_", 89), ("sm90_", 90),
  ]

  /// The compute capability times ten that a name asks for; nil where it does not tell.
  static func of(_ name: String) -> Int? {
    let text = name.lowercased()
    return words.first { text.contains($0.0) }?.1
  }

  /// Whether the name is of AMD's libraries (Tensile's products, code objects by `gfx` number).
  static func isAMD(_ name: String) -> Bool {
    name.hasPrefix("Cijk_") || name.contains("_gfx9") || name.hasSuffix(".kd")
  }

  /// A compute capability such as `8.0` times ten.
  static func number(_ capability: String) -> Int? {
    let parts = capability.split(separator: ".").map { Int($0) }
    guard parts.count == 2, let major = parts[0], let minor = parts[1] else { return nil }
    return major * 10 + minor
  }
}

extension KernelProfile {
  /// The least operations that its useful ones may take.
  package var leastFLOP: Double {
    Double(flop ?? 0) / KernelFamily.savedOperations(name)
  }
}
