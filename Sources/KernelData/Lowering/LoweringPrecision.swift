import Hardware
import Tables

/// What a runtime keeps its tensors in and multiplies them in. Sums are in 32 bits.
package enum LoweringPrecision: String, CaseIterable, Sendable, CustomStringConvertible {
  /// 32 bits everywhere.
  case fp32
  /// Tensors in 32 bits, products on matrix units that round their operands to 10 bits of mantissa.
  case tf32
  /// Tensors and operands in 16 bits.
  case fp16
  /// Tensors and operands in 8 bits.
  case int8

  package var description: String { rawValue }

  /// Bytes of a value of a tensor.
  var bytes: Int {
    switch self {
    case .fp32, .tf32: 4
    case .fp16: 2
    case .int8: 1
    }
  }

  /// Input channels below which a convolution runs on plain FP32 units: with TF32 TensorRT does so
  /// for the three colours of an image, narrower formats have them padded.
  var leastChannels: Int { self == .tf32 ? 4 : 0 }

  /// Energy of an operation of a product over one in FP32.
  var energy: Double { rates[0].energy }

  /// The rates that may stand for it, the one to prefer first: matrix units before plain ones.
  var rates: [Precision] {
    switch self {
    case .fp32: [.fp32]
    case .tf32: [.tf32]
    case .fp16: [.fp16Tensor, .fp16]
    case .int8: [.int8]
    }
  }

  /// The rate of products on a GPU; fp32's where it states none.
  func rate(on gpu: GPUSpec) -> Precision {
    rates.first { gpu.flopPerCyclePerSM[$0] != nil } ?? .fp32
  }

  /// Whether a GPU states a rate for it.
  func isStated(by gpu: GPUSpec) -> Bool {
    rates.contains { gpu.flopPerCyclePerSM[$0] != nil }
  }
}
