extension Precision {
  /// Energy of an operation over one in fp32. A T4 sustains 20.9 TFLOP/s of BERT-large in FP16 at its
  /// cap of 70 W (TensorRT, batch 32) and 3.2 TFLOP/s of products in FP32 (NeuSight); INT8, at 42
  /// TOP/s there, takes half as much; TF32 is assumed to take twice as much, half precision on plain
  /// units half of single, double precision twice that.
  package var energy: Double {
    switch self {
    case .fp64: 2
    case .fp32: 1
    case .fp16, .bf16: 0.5
    case .tf32: 0.3
    case .fp16Tensor, .bf16Tensor: 0.15
    case .int8: 0.075
    }
  }
}

/// What launches cost a board in energy, beyond what it takes idle.
///
/// `PowerLimit` holds what a board takes in all while it works, leakage among it. Of that the share
/// that it would take idle is not the launch's: power is taken to rise along the line from idle to
/// the cap. The operations are those executed (the issue slots that a row's counter tells, less the
/// instructions that go with operations; else those stated), the bytes those that cross the DRAM. No
/// launch takes more than the cap leaves while it runs alone. Not modelled: clocks and voltages while
/// several run side by side, whose sum may exceed the cap.
package struct LaunchEnergy: Sendable {
  private let power: PowerLimit
  private let idleShare: Double
  private let precisionFactor: Double
  private let instructionFactor: Double
  /// Of the whole GPU, in FLOP and bytes a nanosecond.
  private let peak: Double
  private let bandwidth: Double

  /// nil where the GPU's file has no idle power.
  package init?(_ gpu: GPUSpec, _ precision: Precision) {
    guard let power = gpu.power, let idle = power.idleW else { return nil }
    self.power = power
    idleShare = idle / power.capW
    precisionFactor = precision.energy
    instructionFactor = gpu.timing.instructionFactor
    peak = gpu.smRate(precision) * Double(gpu.smCount)
    bandwidth = gpu.dramGBPerS
  }

  /// The energy of a launch that takes so many nanoseconds alone on the GPU, in picojoules.
  package func picojoules(of kernel: KernelProfile, lasting ns: Int64) -> Int64 {
    var (flop, bytes) = (Double(kernel.flop ?? 0), Double(kernel.dramBytes ?? 0))
    if let duration = kernel.durationNS.map(Double.init) {
      if let share = kernel.computeFraction { flop = share * peak * duration / instructionFactor }
      if let share = kernel.dramFraction { bytes = share * bandwidth * duration }
    }
    let time = Double(ns)
    let watts = power.watts(flop: flop * precisionFactor, dramBytes: bytes, over: time)
    return Int64((min(watts, power.capW) * (1 - idleShare) * time * 1e3).rounded())
  }
}
