import Hardware

/// Makes the launches of parts of an iteration, in order.
struct LaunchList {
  let model: LanguageModel
  let operators: OperatorModel
  let stack: ServingStack
  var launches: [OperatorLaunch] = []

  init(model: LanguageModel, operators: OperatorModel, stack: ServingStack) {
    self.model = model
    self.operators = operators
    self.stack = stack
  }

  /// Bytes of an activation.
  private static let element = 2.0

  mutating func addEmbedding(_ tokens: Int) {
    addElementwise(.embedding, moved: 2 * tokens * model.hidden, operations: 0)
  }

  mutating func addBeforeAttention(_ tokens: Int) {
    addNorm(tokens)
    addProduct(.qkv, tokens, model.qkvColumns, model.hidden)
    let (queries, keys) = (
      tokens * model.heads * model.headDim, tokens * model.kvHeads * model.headDim
    )
    if stack.fusesRotaryWrite {
      addElementwise(.rotary, moved: 2 * (queries + 2 * keys), operations: 6 * (queries + keys))
    } else {
      addElementwise(.rotary, moved: 2 * (queries + keys), operations: 6 * (queries + keys))
      addElementwise(.rotary, moved: 4 * keys, operations: 0)
    }
  }

  mutating func addAttention(_ work: IterationWork) {
    if work.prefills > 0 { add(.prefillAttention, operators.prefill(work, model)) }
    if work.decodes > 0 { add(.decodeAttention, operators.decode(work, model)) }
  }

  mutating func addAfterAttention(_ tokens: Int, isDense: Bool) {
    addProduct(.output, tokens, model.hidden, model.heads * model.headDim)
    addNorm(tokens)
    guard !isDense, let mixture = model.experts else {
      addFeedForward(tokens, model.ffn)
      return
    }
    addProduct(.router, tokens, mixture.experts, model.hidden, precision: .bf16)
    add(.experts, operators.experts(tokens: tokens, model, mixture))
    if mixture.sharedFFN > 0 { addFeedForward(tokens, mixture.sharedFFN) }
    addElementwise(
      .combine, moved: tokens * model.hidden * (mixture.perToken + 1),
      operations: 2 * tokens * model.hidden * mixture.perToken)
  }

  mutating func addEnd(_ tokens: Int, _ samples: Int) {
    addNorm(tokens)
    guard samples > 0 else { return }
    addProduct(.vocabulary, samples, model.vocab, model.hidden, precision: .bf16)
    // Logits become fp32 (2 read, 4 written), then probabilities (4, 4), are divided by noise (4
    // written) and searched (8 read): 26 bytes each, as sampling without top-k or top-p does.
    addElementwise(
      .sampling, moved: 13 * samples * model.vocab, operations: 8 * samples * model.vocab)
  }

  private mutating func addFeedForward(_ tokens: Int, _ width: Int) {
    if stack.fusesGateUp || !model.isGated {
      addProduct(.gateUp, tokens, model.upProducts * width, model.hidden)
    } else {
      addProduct(.gateUp, tokens, width, model.hidden)
      addProduct(.gateUp, tokens, width, model.hidden)
    }
    addElementwise(
      .activation, moved: tokens * width * (model.upProducts + 1),
      operations: 5 * tokens * width)
    addProduct(.down, tokens, model.hidden, width)
  }

  private mutating func addNorm(_ tokens: Int) {
    let size = tokens * model.hidden
    if stack.fusesResidual {
      addElementwise(.norm, moved: 4 * size, operations: 5 * size)
    } else {
      addElementwise(.norm, moved: 3 * size, operations: size)
      addElementwise(.norm, moved: 2 * size, operations: 4 * size)
    }
  }

  private mutating func addProduct(
    _ kind: OperatorKind, _ m: Int, _ n: Int, _ k: Int, precision: WeightPrecision? = nil
  ) {
    add(kind, operators.product(m: m, n: n, k: k, precision: precision ?? model.precision))
  }

  private mutating func addElementwise(_ kind: OperatorKind, moved: Int, operations: Int) {
    add(
      kind,
      operators.elementwise(
        Double(moved) * Self.element, flop: Double(operations)))
  }

  private mutating func add(_ kind: OperatorKind, _ estimate: OperatorEstimate) {
    let whole = estimate.whole(dramRate: operators.gpu.dramRate)
    let blocks = min(max(1, estimate.blocks), 16_777_216)
    let row = KernelProfile(
      name: kind.rawValue, grid: Extent3(Int(blocks)), block: Extent3(estimate.block.threads),
      registersPerThread: estimate.block.registers,
      sharedMemoryBytes: estimate.block.sharedMemory, flop: whole.flop,
      dramBytes: whole.dramBytes, durationNS: whole.durationNS,
      computeFraction: min(1, estimate.busyNS / Double(whole.durationNS)))
    launches.append(OperatorLaunch(kind: kind, row: row))
  }
}
