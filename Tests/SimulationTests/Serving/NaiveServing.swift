import LanguageModels
import Workloads

@testable import Simulation

/// A replica of a language model told simply: every list is gone through from its start and every
/// block is counted anew. It shares nothing with `ServingLoop` but the words.
struct NaiveServing {
  struct Sequence {
    var number: Int
    var input: Int
    var output: Int
    var cached = 0
    var produced = 0
    var firstLaunch: Int64?
    var tokens: [Int64] = []
  }

  var settings: ServingSettings
  var blocks: Int
  /// In the order in which they began, those that had to leave first to last, those that wait.
  var running: [Sequence] = []
  var left: [Sequence] = []
  var waiting: [Sequence] = []
  var done: [Sequence] = []
  /// New tokens of the iteration, one entry for each of `running` that is in it.
  var batch: [(number: Int, tokens: Int)] = []
  /// Where decodes and prefills are iterations of their own: those that are under way.
  var sides: [[(number: Int, tokens: Int)]] = [[], []]

  private func taken(_ tokens: Int) -> Int { (tokens + settings.kvBlock - 1) / settings.kvBlock }

  /// Blocks in use, with `more` tokens of one sequence.
  func used(_ number: Int = -1, more: Int = 0) -> Int {
    running.reduce(0) { $0 + taken($1.cached + ($1.number == number ? more : 0)) }
  }

  /// The next iteration's batch as the language model sees it; nil where there is none.
  mutating func next() -> IterationBatch? {
    batch = []
    switch settings.scheduler {
    case .continuous: continuous()
    case .prefillFirst: prefillFirst()
    case .fixed: preconditionFailure("static batches have a closed form")
    }
    return seen
  }

  /// The batch as the language model sees it.
  private var seen: IterationBatch? {
    if batch.isEmpty { return nil }
    return IterationBatch(
      sequences: batch.map { number, tokens in
        let own = running.first { $0.number == number }
        let before = (own?.cached ?? 0) - tokens
        return BatchSequence(
          newTokens: tokens, contextTokens: before,
          samples: own.map { $0.cached == $0.input + $0.produced } ?? false)
      })
  }

  // MARK: - Sides

  /// The next iteration of a side; nil where there is none. Who had to leave has left all the same.
  mutating func next(prefill: Bool) -> IterationBatch? {
    batch = []
    if prefill { prefills() } else { decodes() }
    sides[prefill ? 1 : 0] = batch
    return seen
  }

  mutating func end(prefill: Bool, start: Int64, told: Int64) {
    batch = sides[prefill ? 1 : 0]
    sides[prefill ? 1 : 0] = []
    end(start: start, told: told)
  }

  private func isBusy(_ number: Int) -> Bool {
    sides.contains { $0.contains { $0.number == number } }
  }

  private func isDecode(_ i: Int) -> Bool {
    let own = running[i]
    return own.produced > 0 && own.cached == own.input + own.produced - 1 && !isBusy(own.number)
  }

  /// Whether a side has something to do: an answer that goes on, or a prompt with room.
  func isDue(prefill: Bool) -> Bool {
    if !prefill { return running.indices.contains { isDecode($0) } }
    var tried = self
    return tried.next(prefill: true) != nil
  }

  private mutating func decodes() {
    var (i, budget) = (0, settings.maxTokens)
    while i < running.count, budget > 0 {
      guard isDecode(i) else {
        i += 1
        continue
      }
      let number = running[i].number
      while used(number, more: 1) > blocks {
        guard
          let last = running.indices.last(where: { at in
            isDecode(at) && !batch.contains { $0.number == running[at].number }
          })
        else { return }
        sendAway(last)
        if last == i { return }
      }
      give(i, 1)
      budget -= 1
      i += 1
    }
  }

  private mutating func prefills() {
    var (i, budget) = (0, settings.maxTokens)
    while i < running.count {
      let own = running[i]
      if isBusy(own.number) || isDecode(i) {
        i += 1
        continue
      }
      let tokens = chunk(own.input + own.produced - own.cached, budget)
      if tokens == 0 { return }
      while used(own.number, more: tokens) > blocks {
        let others = running.indices.filter { $0 != i }
        guard batch.isEmpty, let last = others.last,
          others.allSatisfy({ !isDecode($0) && !isBusy(running[$0].number) })
        else { return }
        sendAway(last)
      }
      give(i, tokens)
      budget = max(0, budget - tokens)
      if budget == 0 { return }
      i += 1
    }
    while running.count < settings.maxSequences, budget > 0 {
      if !admit(&budget) { return }
    }
  }

  // MARK: - Parts

  private func chunk(_ need: Int, _ budget: Int) -> Int {
    if need <= budget { return need }
    if settings.scheduler == .continuous, settings.chunkedPrefill { return budget }
    return budget == settings.maxTokens ? need : 0
  }

  private mutating func give(_ i: Int, _ tokens: Int) {
    running[i].cached += tokens
    batch.append((running[i].number, tokens))
  }

  /// The last to have begun leaves and loses what it had.
  private mutating func sendLastAway() { sendAway(running.count - 1) }

  private mutating func sendAway(_ i: Int) {
    var last = running.remove(at: i)
    last.cached = 0
    left.insert(last, at: 0)
  }

  private mutating func continuous() {
    var budget = settings.maxTokens
    var anyLeft = false
    var i = 0
    while i < running.count {
      let tokens = chunk(running[i].input + running[i].produced - running[i].cached, budget)
      if tokens == 0 { break }
      while i < running.count, used(running[i].number, more: tokens) > blocks {
        sendLastAway()
        anyLeft = true
      }
      if i == running.count { break }
      give(i, tokens)
      budget = max(0, budget - tokens)
      i += 1
    }
    if anyLeft { return }
    while running.count < settings.maxSequences, admit(&budget) {}
  }

  /// Lets one that had to leave come back, or one that waits begin.
  private mutating func admit(_ budget: inout Int) -> Bool {
    guard let next = left.first ?? waiting.first else { return false }
    let tokens = chunk(next.input + next.produced, budget)
    if tokens == 0 || used() + taken(tokens) > blocks { return false }
    if left.isEmpty { waiting.removeFirst() } else { left.removeFirst() }
    running.append(next)
    give(running.count - 1, tokens)
    budget = max(0, budget - tokens)
    return true
  }

  private mutating func prefillFirst() {
    var budget = settings.maxTokens
    while running.count < settings.maxSequences, budget > 0 {
      guard let next = left.first ?? waiting.first else { break }
      let room = blocks - used() - taken(next.input + next.produced)
      if !running.isEmpty, room < blocks / 100 { break }
      if !admit(&budget) { break }
    }
    if !batch.isEmpty { return }
    var i = 0
    while i < running.count {
      while i < running.count, used(running[i].number, more: 1) > blocks { sendLastAway() }
      if i < running.count { give(i, 1) }
      i += 1
    }
  }

  /// The batch ends; its tokens are known at `told`, its first launch was at `start`.
  mutating func end(start: Int64, told: Int64) {
    for (number, _) in batch {
      guard let i = running.firstIndex(where: { $0.number == number }) else { continue }
      running[i].firstLaunch = running[i].firstLaunch ?? start
      guard running[i].cached == running[i].input + running[i].produced else { continue }
      running[i].produced += 1
      running[i].tokens.append(told)
      if running[i].produced == running[i].output { done.append(running.remove(at: i)) }
    }
    batch = []
  }
}
