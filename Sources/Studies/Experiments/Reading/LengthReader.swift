import Tables
import Traces
import Workloads

/// Gathers the lengths of the requests of a trace that a tenant takes.
struct LengthReader {
  /// What was gathered; -1 stands for what a row does not say.
  private(set) var lengths: TokenLengths
  private let blocks: TracePromptBlocks?

  /// Begins with none.
  ///
  /// - Throws: `InputError` where the trace cannot be read.
  init(_ trace: ImportedTrace) throws(InputError) {
    let found = try trace.promptBlocks()
    blocks = found
    lengths = TokenLengths(
      [], blocks: found.map { .init(tokens: Int32(clamping: $0.tokens)) })
  }

  /// Adds a request: its lengths in tokens, and its row in the trace.
  mutating func append(_ input: Int64, _ output: Int64, row: Int64) {
    lengths.requests.append(
      RequestTokens(input: Int32(clamping: input), output: Int32(clamping: output)))
    if let blocks { lengths.blocks?.append(blocks[row]) }
  }
}
