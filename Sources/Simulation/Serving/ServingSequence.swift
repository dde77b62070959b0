/// A request that a replica of a language model has taken: its prompt, and the answer so far.
struct ServingSequence: Sendable {
  /// Which of the tenant's requests it is, and when it arrived.
  let number: Int
  let arrivalNS: Int64
  /// Tokens of the prompt and of the answer, its first token included.
  let input: Int
  let output: Int
  /// The blocks its prompt is made of, by name; empty where nothing is known of them.
  var prompt: ArraySlice<Int32> = []
  /// Tokens whose keys and values are in the pool, those of the iteration under way among them.
  var computed = 0
  /// Tokens of the answer.
  var produced = 0
  /// Tokens that were ever computed, or found in the prefix cache.
  var reached = 0
  /// Blocks of its own, and those of shared prefixes that it holds.
  var ownBlocks = 0
  /// The entries of the prefix cache that it holds, from the prompt's start on.
  var shared: [Int] = []
  /// Whether an iteration that has not ended has tokens of it.
  var isInIteration = false
  /// Whether its keys and values are in the host's memory.
  var isSwapped = false
  /// How often it had to leave.
  var preemptions = 0
  /// When its first iteration went to the GPU; -1 before.
  var firstLaunchNS: Int64 = -1
  /// When the host had its first and its last token.
  var firstTokenNS: Int64 = -1
  var lastTokenNS: Int64 = -1

  init(number: Int, arrivalNS: Int64, input: Int, output: Int) {
    self.number = number
    self.arrivalNS = arrivalNS
    self.input = input
    self.output = output
  }

  /// Tokens that are known: the prompt and the answer so far.
  var known: Int { input + produced }
  /// Tokens that have yet to be computed before the next one of the answer is known.
  var missing: Int { known - computed }
  /// Whether its answer is whole.
  var isDone: Bool { produced == output }
}
