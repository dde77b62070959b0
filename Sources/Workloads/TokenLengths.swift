/// How long a request's prompt and answer are, in tokens.
package struct RequestTokens: Hashable, Sendable {
  /// The prompt's length.
  package var input: Int32
  /// The answer's length, its first token included.
  package var output: Int32

  /// Creates a pair of lengths.
  package init(input: Int32, output: Int32) { (self.input, self.output) = (input, output) }
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
}

/// Where the lengths of a tenant's requests come from.
package enum TokenSource: Hashable, Sendable {
  /// Those of the trace.
  case recorded(TokenLengths)
  /// Drawn from the seed and the tenant's name, in the order in which requests arrive.
  case drawn(TokenSizes.Laws)
}

/// The lengths of one run's requests, as they arrive.
package struct TokenStream: Sendable {
  private var recorded: TokenLengths?
  private var sizes: TokenSizes?

  /// The lengths of a run.
  ///
  /// - Parameters:
  ///   - seed: the run's.
  ///   - stream: the tenant's name.
  package init(_ source: TokenSource, seed: UInt64, stream: String) {
    switch source {
    case .recorded(let lengths): recorded = lengths
    case .drawn(let laws): sizes = TokenSizes(laws, seed: seed, stream: stream)
    }
  }

  /// The lengths of the request that arrives next.
  ///
  /// - Parameter record: its record's number; what is drawn does not look at it.
  package mutating func next(record: Int) -> RequestTokens {
    if let recorded { return recorded.requests[record] }
    guard let drawn = sizes?.next() else { return RequestTokens(input: 1, output: 1) }
    return RequestTokens(input: Int32(clamping: drawn.input), output: Int32(clamping: drawn.output))
  }

  /// What the request's prompt may have in common with others, and how many tokens a block has; nil
  /// where nothing is known.
  package func blocks(record: Int) -> (names: ArraySlice<Int32>, tokens: Int32)? {
    guard let blocks = recorded?.blocks else { return nil }
    return (blocks[record], blocks.tokens)
  }
}
