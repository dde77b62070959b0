import Hardware
import LanguageModels
import Workloads

/// What a tenant has beside others that serves a language model.
package struct LanguageTenant: Sendable {
  /// The model.
  package var model: LanguageModel
  /// The software that serves it.
  package var stack: ServingStack
  /// Its operators on the experiment's GPU.
  package var operators: OperatorModel
  /// The same on each of the GPU's MIG slices, in their order.
  package var sliceOperators: [OperatorModel]
  /// How a replica serves.
  package var settings: ServingSettings
  /// The objective from arrival to the answer's first token, in nanoseconds; nil where there is none.
  package var ttftNS: Int64?
  /// The objective of the mean gap between the tokens of an answer, in nanoseconds.
  package var tpotNS: Int64?

  /// Creates a tenant's part.
  package init(
    model: LanguageModel, stack: ServingStack, operators: OperatorModel,
    sliceOperators: [OperatorModel] = [], settings: ServingSettings = ServingSettings(),
    ttftNS: Int64? = nil, tpotNS: Int64? = nil
  ) {
    self.model = model
    self.stack = stack
    self.operators = operators
    self.sliceOperators = sliceOperators
    self.settings = settings
    self.ttftNS = ttftNS
    self.tpotNS = tpotNS
  }

  /// Its operators as they are on another GPU with the same constants: on one that differs in SMs,
  /// clock or bandwidth.
  package mutating func move(to gpu: GPUSpec) {
    operators = OperatorModel(gpu: gpu, constants: operators.constants, stack: stack)
    for i in sliceOperators.indices where i < gpu.migSlices.count {
      sliceOperators[i] = OperatorModel(
        gpu: gpu.slice(gpu.migSlices[i].name) ?? gpu, constants: sliceOperators[i].constants,
        stack: stack)
    }
  }

  /// The costs of iterations on a GPU, or on a MIG slice of it.
  func costs(on gpu: GPUSpec, slice: Int? = nil) -> IterationCosts {
    let own = slice.flatMap { sliceOperators.indices.contains($0) ? sliceOperators[$0] : nil }
    return IterationCosts(model: model, gpu: gpu, operators: own ?? operators, stack: stack)
  }

  /// MiB of the weights.
  package var weightsMiB: Double { Double(model.weightsBytes) / 1_048_576 }

  /// Bytes of a block of keys and values.
  package var blockBytes: Int { settings.kvBlock * model.kvBytesPerToken }

  /// MiB that are left for keys and values of one replica's share of a memory.
  ///
  /// - Parameters:
  ///   - capacityMiB: the GPU's memory, or the slice's.
  ///   - otherMiB: what its context and framework take of the share.
  package func poolMiB(capacityMiB: Double, otherMiB: Double) -> Double {
    settings.memoryFraction * capacityMiB - weightsMiB - otherMiB
  }

  /// Blocks of the pool; 0 where nothing is left.
  package func poolBlocks(capacityMiB: Double, otherMiB: Double) -> Int {
    let bytes = poolMiB(capacityMiB: capacityMiB, otherMiB: otherMiB) * 1_048_576
    return max(0, Int((bytes / Double(blockBytes)).rounded(.down)))
  }

  /// A decode step of one sequence with one token in its cache, as a table's only batch: what stands
  /// for the model where programs are asked for that do not depend on requests.
  package func table(gpu: GPUSpec) -> KernelTable {
    var work = IterationWork()
    work.add(BatchSequence(newTokens: 1, contextTokens: 1, samples: true))
    let rows = costs(on: gpu).iteration(work).segments.flatMap { segment in
      (0..<segment.repeats).flatMap { _ in segment.launches.map(\.row) }
    }
    return KernelTable(
      model: model.name, gpu: gpu.name, stack: stack.name, precision: .bf16Tensor,
      weightsMiB: weightsMiB, workspaceMiB: 0, inputBytes: 0, outputBytes: 0,
      source: "operators of the stack \(stack.name)", provenance: "derived",
      batches: [(1, rows)])
  }
}

/// How long a request's prompt and answer were, and when its tokens came.
package struct TokenRecord: Sendable, Hashable {
  /// Tokens of the prompt.
  package var input: Int
  /// Tokens of the answer.
  package var output: Int
  /// When the host had the first and the last token, in nanoseconds of the run.
  package var firstNS: Int64
  package var lastNS: Int64
  /// How often it had to leave.
  package var preemptions: Int

  /// Both lengths.
  package var lengths: RequestTokens { RequestTokens(clamping: input, output) }

  /// Creates a record.
  package init(input: Int, output: Int, firstNS: Int64, lastNS: Int64, preemptions: Int = 0) {
    self.input = input
    self.output = output
    self.firstNS = firstNS
    self.lastNS = lastNS
    self.preemptions = preemptions
  }

  /// The mean gap between the answer's tokens, in nanoseconds; nil where it has one only.
  package var meanGapNS: Double? {
    output > 1 ? Double(lastNS - firstNS) / Double(output - 1) : nil
  }
}

/// What a language model's replicas did, over a run's measured time.
package struct ServingTotals: Sendable, Equatable {
  /// Iterations that ended.
  package var iterations = 0
  /// New tokens of all of them.
  package var computedTokens = 0
  /// Tokens of prompts, each once.
  package var inputTokens = 0
  /// Those of them that the prefix cache had.
  package var cachedTokens = 0
  /// Tokens of answers.
  package var outputTokens = 0
  /// Tokens that were computed again after a sequence had to leave.
  package var recomputedTokens = 0
  /// Tokens computed in the places of a static batch whose answers were whole.
  package var paddingTokens = 0
  /// How often a sequence had to leave.
  package var preemptions = 0
  /// Blocks in use times nanoseconds, over all replicas.
  package var blockTime: Int128 = 0
  /// Blocks there were times nanoseconds, over all replicas.
  package var capacityTime: Int128 = 0
  /// Blocks of all replicas' pools.
  package var blocks = 0
  /// The most blocks that one replica's sequences ever had.
  package var mostUsedBlocks = 0
  /// Blocks in use now.
  package var usedBlocks = 0

  /// Counts nothing.
  package init() {}

  func since(_ earlier: ServingTotals) -> ServingTotals {
    var part = self
    part.iterations -= earlier.iterations
    part.computedTokens -= earlier.computedTokens
    part.inputTokens -= earlier.inputTokens
    part.cachedTokens -= earlier.cachedTokens
    part.outputTokens -= earlier.outputTokens
    part.recomputedTokens -= earlier.recomputedTokens
    part.paddingTokens -= earlier.paddingTokens
    part.preemptions -= earlier.preemptions
    part.blockTime -= earlier.blockTime
    part.capacityTime -= earlier.capacityTime
    return part
  }
}

extension ServingTotals {
  /// Adds what a replica's loop has counted up to now.
  mutating func add(_ loop: ServingLoop, at now: Int64) {
    let counters = loop.counters
    iterations += counters.iterations
    computedTokens += counters.computed
    inputTokens += counters.input
    cachedTokens += counters.cached
    outputTokens += counters.output
    recomputedTokens += counters.recomputed
    paddingTokens += counters.padding
    preemptions += counters.preemptions
    var pool = loop.pool
    pool.pass(to: now)
    blockTime += pool.blockTime
    capacityTime += pool.capacityTime
    blocks += pool.blocks
    mostUsedBlocks = max(mostUsedBlocks, pool.mostUsed)
    usedBlocks += pool.used
  }
}
