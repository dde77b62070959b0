/// What one sequence adds to an iteration.
package struct BatchSequence: Hashable, Sendable {
  /// Tokens computed in this iteration: 1 of an answer, or a part of a prompt.
  package var newTokens: Int
  /// Tokens of the sequence that are in the cache before them.
  package var contextTokens: Int
  /// Whether the iteration ends with a token of this sequence; false for a prompt's part that is
  /// not its last.
  package var samples: Bool

  /// Creates a sequence's part.
  package init(newTokens: Int, contextTokens: Int, samples: Bool) {
    self.newTokens = newTokens
    self.contextTokens = contextTokens
    self.samples = samples
  }
}

/// The sequences that one iteration runs together.
package struct IterationBatch: Hashable, Sendable {
  /// The sequences; their order decides nothing.
  package var sequences: [BatchSequence]

  /// Creates a batch.
  package init(sequences: [BatchSequence]) { self.sequences = sequences }

  /// The work of the batch.
  package var work: IterationWork {
    var work = IterationWork()
    for sequence in sequences { work.add(sequence) }
    return work
  }
}

/// The sums over a batch that an iteration's launches follow from.
///
/// A serving loop may keep it in place of an `IterationBatch`, adding sequences as it takes them.
package struct IterationWork: Hashable, Sendable {
  /// New tokens of all sequences: the rows of the products.
  package var tokens = 0
  /// Sequences that sample: the rows of the product with the vocabulary.
  package var samples = 0
  /// Sequences with one new token.
  package var decodes = 0
  /// Cached and new tokens of these together.
  package var decodeContext = 0
  /// The longest of them.
  package var longestDecode = 0
  /// Sequences with several new tokens.
  package var prefills = 0
  /// New tokens of these.
  package var prefillTokens = 0
  /// Cached and new tokens of these: rows of keys and values read.
  package var prefillContext = 0
  /// The longest of these.
  package var longestPrefill = 0
  /// Pairs of a query and a key or value at or before it: q·(c − q/2) summed, `c` with the new
  /// tokens (`q²/2` in place of `q·(q+1)/2`, as the contract counts).
  package var prefillPairs = 0.0
  /// Blocks of 128 queries, summed over sequences.
  package var prefillTiles = 0

  /// Creates the work of no sequence.
  package init() {}

  /// Adds a sequence.
  package mutating func add(_ sequence: BatchSequence) {
    let q = sequence.newTokens
    let c = sequence.contextTokens + q
    tokens += q
    if sequence.samples { samples += 1 }
    if q == 1 {
      decodes += 1
      decodeContext += c
      longestDecode = max(longestDecode, c)
    } else {
      prefills += 1
      prefillTokens += q
      prefillContext += c
      longestPrefill = max(longestPrefill, c)
      prefillPairs += Double(q) * (Double(c) - Double(q) / 2)
      prefillTiles += (q + 127) / 128
    }
  }
}
