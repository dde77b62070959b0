/// How a replica of a language model serves its requests: `serving` in an experiment.
package struct ServingSettings: Hashable, Sendable {
  /// Which sequences an iteration takes.
  package enum Scheduler: String, CaseIterable, Sendable {
    /// First the running sequences, then waiting ones in the order of their arrival, long prompts in
    /// chunks (vLLM's V1 scheduler).
    case continuous
    /// Whole prompts by themselves as long as any waits, then one token of every running sequence
    /// (vLLM's V0 scheduler).
    case prefillFirst = "prefill-first"
    /// What waits starts together and ends together.
    case fixed = "static"
  }

  /// What becomes of a sequence that has to leave.
  package enum Preemption: String, CaseIterable, Sendable {
    /// Its keys and values are dropped and computed anew.
    case recompute
    /// They go to the host's memory and come back over the bus.
    case swap
  }

  /// Which sequences an iteration takes.
  package var scheduler = Scheduler.continuous
  /// Sequences that run together, at most.
  package var maxSequences = 256
  /// New tokens of an iteration, at most.
  package var maxTokens = 2_048
  /// Whether a prompt may be computed over several iterations.
  package var chunkedPrefill = true
  /// Tokens of a block of keys and values.
  package var kvBlock = 16
  /// The share of the GPU's memory that one replica takes: weights, context and the pool.
  package var memoryFraction = 0.9
  /// What becomes of a sequence that has to leave.
  package var preemption = Preemption.recompute
  /// Whether prompts that begin alike, as their trace tells, share what was computed.
  package var prefixCache = true

  /// The defaults of the contract, which are vLLM's.
  package init() {}
}
