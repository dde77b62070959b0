import SimBasics

/// How long a request's prompt and answer are, in tokens; -1 where that is not known.
package struct RequestTokens: Hashable, Sendable {
  /// The prompt's length.
  package var input: Int32
  /// The answer's length, its first token included.
  package var output: Int32

  /// Creates a pair of lengths.
  package init(input: Int32, output: Int32) { (self.input, self.output) = (input, output) }

  /// Creates a pair of lengths, which no request has too large for this.
  package init(clamping input: Int, _ output: Int) {
    (self.input, self.output) = (Int32(clamping: input), Int32(clamping: output))
  }
}

/// Lengths of recorded requests, and what their prompts have in common where the trace says so.
package struct TokenLengths: Hashable, Sendable {
  /// The blocks of prompts by name: equal numbers at the start of two prompts are equal tokens.
  package struct PromptBlocks: Hashable, Sendable {
    /// How many tokens a block has; a prompt's last one may have fewer.
    package var tokens: Int32
    /// The blocks of all prompts, one prompt after the other.
    package var names: [Int32] = []
    /// Where each prompt's blocks begin in `names`, and at last where they end.
    package var starts: [Int] = [0]

    /// Creates an empty list.
    package init(tokens: Int32) { self.tokens = tokens }

    /// Adds the next prompt's blocks.
    package mutating func append(_ blocks: some Sequence<Int32>) {
      names += blocks
      starts.append(names.count)
    }

    /// The blocks of a prompt.
    package subscript(record: Int) -> ArraySlice<Int32> {
      names[starts[record]..<starts[record + 1]]
    }
  }

  /// By record: a trace's requests in the order of their arrivals; a session's requests in their
  /// order, one session after the other.
  package var requests: [RequestTokens]
  /// The prompts' blocks, by record; nil where the trace has none.
  package var blocks: PromptBlocks?

  /// Creates lengths.
  package init(_ requests: [RequestTokens], blocks: PromptBlocks? = nil) {
    self.requests = requests
    self.blocks = blocks
  }

  /// Keeps every `step`-th record, the first being `first`.
  package mutating func keep(from first: Int, by step: Int) {
    keep(Array(stride(from: first, to: requests.count, by: step)))
  }

  /// Keeps the records of these numbers, in this order.
  package mutating func keep(_ kept: [Int]) {
    requests = kept.map { requests[$0] }
    guard let all = blocks else { return }
    var some = PromptBlocks(tokens: all.tokens)
    for record in kept { some.append(all[record]) }
    blocks = some
  }
}

extension TokenLengths {
  /// The records of both, one after the other's; blocks where both have them.
  package static func + (first: TokenLengths, second: TokenLengths) -> TokenLengths {
    var all = TokenLengths(first.requests + second.requests, blocks: first.blocks)
    guard let more = second.blocks else {
      all.blocks = nil
      return all
    }
    for record in second.requests.indices { all.blocks?.append(more[record]) }
    return all
  }
}

/// Where the lengths of a tenant's requests come from: the trace, and laws for what it lacks.
///
/// What neither has is one token.
package struct TokenSource: Hashable, Sendable {
  /// The trace's; nil where there is none or it has no lengths.
  package var recorded: TokenLengths?
  /// The law of prompts without a recorded length.
  package var input: TokenLaw?
  /// The law of answers without a recorded length.
  package var output: TokenLaw?

  /// Creates a source.
  package init(recorded: TokenLengths? = nil, input: TokenLaw? = nil, output: TokenLaw? = nil) {
    (self.recorded, self.input, self.output) = (recorded, input, output)
  }

  /// The lengths that requests of these records have in a run in which they arrive in this order.
  package func drawn(for records: [Int], seed: UInt64, stream: String) -> TokenLengths {
    var drawn = TokenStream(self, seed: seed, stream: stream)
    var kept = recorded
    kept?.keep(records)
    return TokenLengths(records.map { drawn.next(record: $0) }, blocks: kept?.blocks)
  }

  /// The most tokens that a request's prompt and answer may have together.
  package var mostTokens: Int64 {
    func most(_ tokens: Int32, _ law: TokenLaw?) -> Int64 {
      tokens < 0 ? law?.longest ?? 1 : Int64(tokens)
    }
    guard let requests = recorded?.requests else { return most(-1, input) + most(-1, output) }
    return requests.reduce(0) { max($0, most($1.input, input) + most($1.output, output)) }
  }
}

/// The lengths of one run's requests, as they arrive: the same for every policy where arrivals are.
package struct TokenStream: Sendable {
  private let source: TokenSource
  private var inputs: SeededGenerator
  private var outputs: SeededGenerator

  /// The lengths of a run.
  ///
  /// - Parameters:
  ///   - seed: the run's.
  ///   - stream: the tenant's name.
  package init(_ source: TokenSource, seed: UInt64, stream: String) {
    self.source = source
    inputs = SeededGenerator(seed: seed, stream: "input tokens/" + stream)
    outputs = SeededGenerator(seed: seed, stream: "output tokens/" + stream)
  }

  /// The lengths of the request that arrives next.
  ///
  /// - Parameter record: its record's number; what is drawn does not look at it.
  package mutating func next(record: Int) -> RequestTokens {
    var tokens = RequestTokens(input: -1, output: -1)
    if let recorded = source.recorded { tokens = recorded.requests[record] }
    if tokens.input < 0 { tokens.input = Int32(clamping: source.input?.draw(&inputs) ?? 1) }
    if tokens.output < 0 { tokens.output = Int32(clamping: source.output?.draw(&outputs) ?? 1) }
    return tokens
  }

  /// What the request's prompt may have in common with others, and how many tokens a block has; nil
  /// where nothing is known.
  package func blocks(record: Int) -> (names: ArraySlice<Int32>, tokens: Int32)? {
    guard let blocks = source.recorded?.blocks else { return nil }
    return (blocks[record], blocks.tokens)
  }
}
