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
  /// Time in which the SMs' matrix or plain units would do what the blocks execute, padding among
  /// it, at their rates, in nanoseconds of the whole GPU.
  var busyNS: Double
  /// Blocks.
  var blocks: Double
  /// What a block is.
  var block: BlockKind

  /// The estimate in whole nanoseconds, operations and bytes, as one launch. What the L2 holds does
  /// not reach the DRAM: no launch alone asks for more than there is.
  @inline(__always)
  func whole(dramRate: Double) -> IterationTotals {
    var totals = IterationTotals()
    // 7·10^14 of 1000 layers of a dozen launches stay in 64 bits.
    let most = 7e14
    let duration = min(max(1, ns.rounded(.up)), most)
    totals.durationNS = Int64(duration)
    totals.launches = 1
    totals.flop = Int64(min(flop.rounded(.up), most))
    totals.dramBytes = Int64(min(dramBytes, duration * dramRate, most))
    return totals
  }
}

/// Threads, registers and shared memory of a block, the usual ones of its kind of kernel.
struct BlockKind {
  /// Threads.
  var threads: Int
  /// Registers of a thread.
  var registers: Int
  /// Shared memory in bytes.
  var sharedMemory: Int

  /// A product's tile in stages of 64 of the depth: accumulators of 4 bytes decide the registers.
  static func product(rows: Int, columns: Int, bytes: Double, limit: Int) -> BlockKind {
    let threads = rows * columns >= 128 * 128 ? 256 : 128
    let registers = min(255, 40 + rows * columns / threads)
    let stage = (rows + columns) * 64 * Int(bytes)
    return BlockKind(
      threads: threads, registers: registers, sharedMemory: min(limit, 3 * stage))
  }

  /// 128 queries, and keys and values in blocks of 64.
  static func attention(width: Int, limit: Int) -> BlockKind {
    BlockKind(threads: 128, registers: 240, sharedMemory: min(limit, 2 * width * (128 + 2 * 64)))
  }

  /// A few queries that stream keys and values.
  static func decode(width: Int, limit: Int) -> BlockKind {
    BlockKind(threads: 128, registers: 168, sharedMemory: min(limit, 2 * width * (16 + 2 * 64)))
  }

  /// Element by element.
  static let elementwise = BlockKind(threads: 256, registers: 32, sharedMemory: 0)
}

/// Durations of a language model's operators on one GPU.
package struct OperatorModel: Sendable {
  /// The GPU.
  package let gpu: GPUSpec
  /// The constants of its operators, the way they came to be among them.
  package let constants: [OperatorConstants]
  let stack: ServingStack
  let chip: OperatorChip
  private let products: [OperandPrecision: ProductModel]
  private let prefills: PrefillModel
  private let decodes: DecodeModel
  private let expertProducts: [OperandPrecision: ExpertModel]

  /// Creates a model; a family without constants takes what a fit starts from.
  package init(gpu: GPUSpec, constants: [OperatorConstants] = [], stack: ServingStack) {
    self.gpu = gpu
    self.stack = stack
    self.constants = constants
    let chip = OperatorChip(gpu)
    self.chip = chip
    func own(_ family: OperatorFamily, _ precision: OperandPrecision) -> OperatorConstants {
      constants.first { $0.family == family && $0.precision == precision }
        ?? .start(family, precision, packsQueries: OperatorTransfer.packsQueries(gpu))
    }
    products = [
      .bf16: ProductModel(chip, own(.gemm, .bf16)), .fp8: ProductModel(chip, own(.gemm, .fp8)),
    ]
    prefills = PrefillModel(chip, own(.prefillAttention, .bf16))
    decodes = DecodeModel(chip, own(.decodeAttention, .bf16))
    expertProducts = [
      .bf16: ExpertModel(chip, own(.experts, .bf16)), .fp8: ExpertModel(chip, own(.experts, .fp8)),
    ]
  }

  private var sharedLimit: Int { gpu.limits.maxSharedMemoryPerBlock }

  /// A product of `m` tokens.
  func product(m: Int, n: Int, k: Int, precision: WeightPrecision) -> OperatorEstimate {
    let operand: OperandPrecision = precision == .fp8 ? .fp8 : .bf16
    let shape = ProductShape(m: m, n: n, k: k)
    guard let model = products[operand] else { return .nothing }
    let choice = model.choice(shape)
    return OperatorEstimate(
      ns: choice.ns, flop: 2 * Double(m) * Double(n) * Double(k), dramBytes: model.bytes(shape),
      busyNS: choice.busyNS, blocks: choice.blocks,
      block: .product(
        rows: choice.tile.rows, columns: choice.tile.columns, bytes: operand.bytes,
        limit: sharedLimit))
  }

  /// The attention of the prompts' parts in an iteration.
  func prefill(_ work: IterationWork, _ model: LanguageModel) -> OperatorEstimate {
    let heads = model.attentionHeads
    let shape = PrefillShape(
      sequences: work.prefills, tokens: work.prefillTokens, context: work.prefillContext,
      longest: work.longestPrefill, pairs: work.prefillPairs, tiles: work.prefillTiles,
      heads: heads)
    let factor = OperatorPredictor.widthFactor(heads, prefills.values[4])
    let (blocks, keys) = prefills.work(shape)
    let executed = 4 * PrefillModel.tileQueries * keys * Double(heads.width)
    return OperatorEstimate(
      ns: prefills.ns(shape, widthFactor: factor),
      flop: 4 * work.prefillPairs * Double(heads.queries * heads.width),
      dramBytes: prefills.bytes(shape, kvWeight: 0.5), busyNS: executed / chip.rate(.bf16),
      blocks: blocks, block: .attention(width: heads.width, limit: sharedLimit))
  }

  /// The attention of the sequences with one new token.
  func decode(_ work: IterationWork, _ model: LanguageModel) -> OperatorEstimate {
    let heads = model.attentionHeads
    let shape = DecodeShape(
      sequences: work.decodes, context: work.decodeContext, longest: work.longestDecode,
      heads: heads)
    let ns = decodes.ns(
      shape, widthFactor: OperatorPredictor.widthFactor(heads, decodes.values[11]),
      chainFactor: OperatorPredictor.chainFactor(shape, decodes.values[8]))
    let flop = 4 * Double(work.decodeContext) * Double(heads.queries * heads.width)
    // Queries that share keys fill a tile of 16 rows at least.
    let padding = (heads.group / 16).rounded(.up) * 16 / heads.group
    let pairs = Double(work.decodes * heads.keys)
    let parts = max(
      1, min((Double(work.longestDecode) / 128).rounded(.up), (chip.smCount / pairs).rounded(.up)))
    return OperatorEstimate(
      ns: ns, flop: flop, dramBytes: decodes.bytes(shape),
      busyNS: flop * padding / chip.rate(.bf16), blocks: pairs * parts,
      block: .decode(width: heads.width, limit: sharedLimit))
  }

  /// The grouped products of a layer's experts.
  func experts(
    tokens: Int, _ model: LanguageModel, _ mixture: ExpertMixture
  ) -> OperatorEstimate {
    let operand: OperandPrecision = model.precision == .fp8 ? .fp8 : .bf16
    guard let experts = expertProducts[operand] else { return .nothing }
    let choice = experts.choice(
      ExpertShape(
        tokens: tokens, hidden: model.hidden, ffn: mixture.ffn, perToken: mixture.perToken,
        experts: mixture.experts, products: model.upProducts + 1))
    let weights = Double(model.feedForwardWeights(mixture.ffn))
    return OperatorEstimate(
      ns: choice.ns, flop: 2 * Double(tokens * mixture.perToken) * weights,
      dramBytes: choice.dramBytes, busyNS: choice.busyNS, blocks: choice.blocks,
      block: .product(
        rows: Int(choice.rows), columns: 128, bytes: operand.bytes, limit: sharedLimit))
  }

  /// A launch that moves `bytes` and does next to nothing with them.
  func elementwise(_ bytes: Double, flop: Double) -> OperatorEstimate {
    OperatorEstimate(
      ns: stack.launchFloorNS + bytes / (gpu.dramGBPerS * stack.streamingShare), flop: flop,
      dramBytes: bytes, busyNS: flop / (gpu.smRate(.fp32) * Double(gpu.smCount)),
      blocks: (bytes / 16384).rounded(.up), block: .elementwise)
  }
}

extension OperatorEstimate {
  /// No work.
  fileprivate static let nothing = OperatorEstimate(
    ns: 1, flop: 0, dramBytes: 0, busyNS: 0, blocks: 1, block: .elementwise)
}

extension LanguageModel {
  /// The heads of its attention.
  var attentionHeads: AttentionHeads {
    AttentionHeads(queries: heads, keys: kvHeads, width: headDim)
  }
}
