import Hardware

/// What of a GPU's data sheet operators follow from.
package struct OperatorChip: Sendable {
  /// Its SMs.
  var smCount: Double
  /// The clock in cycles per nanosecond.
  var clockGHz: Double
  /// Operations of an SM's matrix units in a cycle, by operand.
  var bf16PerCycle: Double
  var fp8PerCycle: Double
  /// Peak DRAM bandwidth in bytes per nanosecond.
  var dramRate: Double
  /// L2 in bytes.
  var l2Bytes: Double
  /// Operations of an SM in a cycle that it is built for: some boards are sold at half the rate in
  /// 16 bits, but not in 8.
  var builtPerCycle: Double
  /// Whether the L2 is in two parts, as data centres' are, whose SMs have shared memory above
  /// 128 KiB.
  var hasDividedL2: Bool

  /// Creates a chip from a GPU's file. Matrix units below compute capability 8.9 do not multiply
  /// fp8: there fp8 weights are widened first, and products run at the rate of bf16.
  package init(_ gpu: GPUSpec) {
    smCount = Double(gpu.smCount)
    clockGHz = gpu.clockMHz / 1e3
    bf16PerCycle =
      gpu.flopPerCyclePerSM[.bf16Tensor] ?? gpu.flopPerCyclePerSM[.fp16Tensor]
      ?? gpu.flopPerCyclePerSM[.fp16] ?? gpu.flopPerCyclePerSM[.fp32] ?? 1
    let multipliesFP8 = (Double(gpu.computeCapability) ?? 0) >= 8.9
    fp8PerCycle = multipliesFP8 ? gpu.flopPerCyclePerSM[.int8] ?? bf16PerCycle : bf16PerCycle
    builtPerCycle = max(bf16PerCycle, (gpu.flopPerCyclePerSM[.int8] ?? 0) / 2)
    hasDividedL2 = gpu.limits.sharedMemory > 128 << 10
    dramRate = gpu.dramGBPerS
    l2Bytes = gpu.l2MiB * 1_048_576
  }

  /// Operations of one SM in a nanosecond.
  func smRate(_ precision: OperandPrecision) -> Double {
    (precision == .fp8 ? fp8PerCycle : bf16PerCycle) * clockGHz
  }

  /// Operations of all SMs in a nanosecond.
  func rate(_ precision: OperandPrecision) -> Double { smRate(precision) * smCount }
}

/// The longest of several times and a share of the others, which does not hide behind it.
@inline(__always)
func overlapped(_ a: Double, _ b: Double, _ c: Double = 0, leak: Double) -> Double {
  let longest = max(a, b, c)
  return longest + leak * (a + b + c - longest)
}
