import Tables
import Workloads

/// What a language model's request may be at most to be served at all.
struct ServingLimit {
  let tenant: String
  let model: String
  /// The most tokens of a prompt and its answer.
  let maxContext: Int
  /// Blocks of the smallest pool of the tenant's replicas, and a block's tokens.
  let blocks: Int
  let blockTokens: Int

  /// Why a request can never be served; nil where it can.
  func refusal(of request: Arrival) -> Diagnostic? {
    refusal(of: request.tokens, number: request.record)
  }

  /// - Parameter number: which of the tenant's requests it is, from 0.
  func refusal(of tokens: RequestTokens, number: Int) -> Diagnostic? {
    let (input, output) = (Int(tokens.input), Int(tokens.output))
    let name = "request \(number + 1) of '\(Excerpt.word(tenant))'"
    let sum = "\(input) tokens of prompt + \(output) of answer = \(input + output)"
    if input < 1 || output < 1 {
      return Diagnostic(
        message: "\(name) has \(input) tokens of prompt and \(output) of answer; "
          + "both are at least 1")
    }
    if input + output > maxContext {
      return Diagnostic(
        message: "\(name) never fits the context of '\(model)': \(sum), more than \(maxContext)",
        hint: "choose requests by length: \"tenant\": {\"input_tokens_below\": …}")
    }
    // The answer's last token is never computed.
    let need = (input + output - 1 + blockTokens - 1) / blockTokens
    guard need > blocks else { return nil }
    return Diagnostic(
      message: "\(name) never fits the KV pool: \(sum), which take \(need) blocks of "
        + "\(blockTokens), more than its \(blocks)",
      hint: "a larger 'memory_fraction', a GPU with more memory, or shorter requests")
  }

  /// The first recorded request that can never be served.
  func refusal(of source: TokenSource?) -> Diagnostic? {
    guard let requests = source?.recorded?.requests else { return nil }
    for (number, tokens) in requests.enumerated() where tokens.input > 0 && tokens.output > 0 {
      if let refusal = refusal(of: tokens, number: number) { return refusal }
    }
    return nil
  }
}
