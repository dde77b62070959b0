import Hardware
import SimBasics

/// What a launch takes and does, before it is a row.
struct OperatorEstimate {
  /// Duration alone on the idle GPU in nanoseconds.
  var ns: Double
  /// Useful operations.
  var flop: Double
  /// Bytes through the DRAM.
  var dramBytes: Double
  /// Time in which the SMs' tensor or plain units would do what the blocks execute, padding among
  /// it, in nanoseconds of the whole GPU.
  var busyNS: Double
  /// Blocks.
  var blocks: Int
  /// Threads of a block.
  var threads: Int
  /// Registers of a thread.
  var registers: Int
  /// Shared memory of a block in bytes.
  var sharedMemory: Int
}

/// Durations of a language model's operators on a GPU.
package struct OperatorModel: Sendable {
  let gpu: GPUSpec
  let stack: ServingStack

  /// Creates a model.
  package init(gpu: GPUSpec, stack: ServingStack) {
    self.gpu = gpu
    self.stack = stack
  }

  var tensorRate: Double { gpu.smRate(.bf16Tensor) * Double(gpu.smCount) }

  func product(m: Int, n: Int, k: Int, precision: WeightPrecision) -> OperatorEstimate {
    let (rows, columns) = m > 64 ? (128, 128) : (64, 64)
    let blocks = ((m + rows - 1) / rows) * ((n + columns - 1) / columns)
    let flop = 2 * Double(m) * Double(n) * Double(k)
    let bytes =
      Double(n) * Double(k) * precision.weightBytes + 2 * Double(m) * Double(k)
      + 2 * Double(m) * Double(n)
    let busy = 2 * Double(blocks * rows * columns) * Double(k) / tensorRate
    return OperatorEstimate(
      ns: max(busy / 0.8, bytes / gpu.dramRate) + 2000, flop: flop, dramBytes: bytes, busyNS: busy,
      blocks: blocks, threads: 256, registers: 128, sharedMemory: 65536)
  }

  func prefill(_ work: IterationWork, _ model: LanguageModel) -> OperatorEstimate {
    let width = Double(model.headDim)
    let flop = 4 * work.prefillPairs * Double(model.heads) * width
    let bytes =
      2 * width
      * (2 * Double(work.prefillTokens * model.heads)
        + 2 * Double(work.prefillContext * model.kvHeads))
    let busy = flop / tensorRate
    return OperatorEstimate(
      ns: max(busy / 0.6, bytes / gpu.dramRate) + 5000, flop: flop, dramBytes: bytes, busyNS: busy,
      blocks: max(1, work.prefillTiles * model.heads), threads: 128, registers: 168,
      sharedMemory: 65536)
  }

  func decode(_ work: IterationWork, _ model: LanguageModel) -> OperatorEstimate {
    let width = Double(model.headDim)
    let flop = 4 * Double(work.decodeContext) * Double(model.heads) * width
    let bytes =
      2 * width
      * (2 * Double(work.decodes * model.heads)
        + 2 * Double(work.decodeContext * model.kvHeads))
    let group = model.heads / max(1, model.kvHeads)
    let padded = Double((group + 15) / 16 * 16) / Double(group)
    let pairs = max(1, work.decodes * model.kvHeads)
    let splits = max(1, min((work.longestDecode + 255) / 256, gpu.smCount / pairs))
    return OperatorEstimate(
      ns: bytes / gpu.dramRate + 5000, flop: flop, dramBytes: bytes,
      busyNS: flop * padded / tensorRate, blocks: pairs * splits, threads: 128, registers: 128,
      sharedMemory: 49152)
  }

  func experts(tokens: Int, _ model: LanguageModel, _ mixture: ExpertMixture) -> OperatorEstimate {
    let used = Self.usedExperts(tokens: tokens, mixture)
    let picks = Double(tokens * mixture.perToken)
    let weights = Double(model.feedForwardWeights(mixture.ffn))
    let flop = 2 * picks * weights
    let bytes = used * weights * model.precision.weightBytes + 4 * picks * Double(model.hidden)
    let tiles = used * (picks / used / 64).rounded(.up)
    let busy = 2 * tiles * 64 * weights / tensorRate
    return OperatorEstimate(
      ns: max(busy / 0.6, bytes / gpu.dramRate) + 5000, flop: flop, dramBytes: bytes, busyNS: busy,
      blocks: max(1, Int(tiles) * ((mixture.ffn * model.upProducts + 127) / 128)), threads: 256,
      registers: 128, sharedMemory: 65536)
  }

  /// Experts that get at least one of the tokens, if tokens choose evenly.
  static func usedExperts(tokens: Int, _ mixture: ExpertMixture) -> Double {
    let missed = 1 - Double(mixture.perToken) / Double(mixture.experts)
    let none = missed <= 0 ? 0 : PortableMath.pow(missed, Double(tokens))
    return Double(mixture.experts) * (1 - none)
  }

  /// A launch that moves `bytes` and does next to nothing with them.
  func elementwise(_ bytes: Double, flop: Double) -> OperatorEstimate {
    let blocks = max(1, min(bytes / 16384, 16_777_216).rounded(.up))
    return OperatorEstimate(
      ns: stack.launchFloorNS + bytes / (gpu.dramGBPerS * stack.streamingShare), flop: flop,
      dramBytes: bytes, busyNS: flop / (gpu.smRate(.fp32) * Double(gpu.smCount)),
      blocks: Int(blocks), threads: 256, registers: 32, sharedMemory: 0)
  }
}
