import Hardware

/// The launches of a language model's iterations on a GPU, and their sums.
///
/// Not thread-safe: it remembers the products of each number of tokens. One for each run.
package final class IterationCosts {
  /// The model.
  package let model: LanguageModel
  /// The GPU, or the part of one, that launches run on alone.
  package let gpu: GPUSpec
  /// The serving stack.
  package let stack: ServingStack
  let operators: OperatorModel
  // Looked up by key only; their order reaches nothing.
  private var byTokens: [Int: IterationTotals] = [:]
  private var bySamples: [Int: IterationTotals] = [:]

  /// Creates the costs of a model on a GPU.
  package init(model: LanguageModel, gpu: GPUSpec, operators: OperatorModel, stack: ServingStack) {
    self.model = model
    self.gpu = gpu
    self.operators = operators
    self.stack = stack
  }

  /// The launches of a batch.
  ///
  /// - Precondition: at least one sequence, each with at least one new token.
  package func iteration(_ batch: IterationBatch) -> Iteration { iteration(batch.work) }

  /// The launches of a batch's work.
  package func iteration(_ work: IterationWork) -> Iteration {
    let head = launches { $0.addEmbedding(work.tokens) }
    let before = launches { $0.addBeforeAttention(work.tokens) }
    let attention = launches { $0.addAttention(work) }
    func layer(isDense: Bool) -> [OperatorLaunch] {
      before + attention + launches { $0.addAfterAttention(work.tokens, isDense: isDense) }
    }
    var segments = [IterationSegment(launches: head, repeats: 1)]
    let dense = model.denseLayers
    if dense > 0 {
      segments.append(IterationSegment(launches: layer(isDense: true), repeats: dense))
    }
    if dense < model.layers {
      segments.append(
        IterationSegment(launches: layer(isDense: false), repeats: model.layers - dense))
    }
    segments.append(
      IterationSegment(launches: launches { $0.addEnd(work.tokens, work.samples) }, repeats: 1))
    return Iteration(segments: segments)
  }

  /// The sums of `iteration(work)`, without making its launches.
  ///
  /// - Complexity: O(1) once a number of tokens has been seen.
  package func totals(_ work: IterationWork) -> IterationTotals {
    var sum = tokenCosts(work.tokens)
    let rate = operators.gpu.dramRate
    if work.prefills > 0 {
      sum.add(operators.prefill(work, model).whole(dramRate: rate), times: model.layers)
    }
    if work.decodes > 0 {
      sum.add(operators.decode(work, model).whole(dramRate: rate), times: model.layers)
    }
    sum.add(endCosts(work.tokens, work.samples))
    return sum
  }

  /// The sum of the launches' durations in nanoseconds.
  package func durationNS(_ work: IterationWork) -> Int64 { totals(work).durationNS }

  private func launches(_ add: (inout LaunchList) -> Void) -> [OperatorLaunch] {
    var list = LaunchList(model: model, operators: operators, stack: stack)
    add(&list)
    return list.launches
  }

  /// The embedding, and all layers but their attention.
  private func tokenCosts(_ tokens: Int) -> IterationTotals {
    if let known = byTokens[tokens] { return known }
    var sum = IterationTotals(launches { $0.addEmbedding(tokens) })
    sum.add(IterationTotals(launches { $0.addBeforeAttention(tokens) }), times: model.layers)
    let dense = model.denseLayers
    if dense > 0 {
      sum.add(
        IterationTotals(launches { $0.addAfterAttention(tokens, isDense: true) }), times: dense)
    }
    if dense < model.layers {
      sum.add(
        IterationTotals(launches { $0.addAfterAttention(tokens, isDense: false) }),
        times: model.layers - dense)
    }
    byTokens[tokens] = sum
    return sum
  }

  private func endCosts(_ tokens: Int, _ samples: Int) -> IterationTotals {
    // The last norm covers all tokens, the rest those that sample.
    let key = tokens << 24 | samples
    if let known = bySamples[key] { return known }
    let sum = IterationTotals(launches { $0.addEnd(tokens, samples) })
    bySamples[key] = sum
    return sum
  }
}
