// Prefills and decodes side by side: each adds parts to the plan of its own lane.
extension ServingLoop {
  /// Whether a sequence's next token follows from one token, and nothing of it is under way.
  private func isDecode(_ slot: Int) -> Bool {
    sequences[slot].produced > 0 && sequences[slot].missing == 1
      && !sequences[slot].isInIteration
  }

  /// Whether a side has an iteration that might begin: a look at what is first, no plan.
  func isDue(_ phase: Phase, _ waiting: Arrival?) -> Bool {
    let isBack = preempted.first.map { sequences[$0].isSwapped } ?? false
    if phase == .decode { return isBack || running.contains { isDecode($0) } }
    if let slot = running.first(where: { !sequences[$0].isInIteration && !isDecode($0) }) {
      let tokens = share(of: sequences[slot].missing, settings.maxTokens)
      let need = pool.blocks(for: sequences[slot].computed + tokens)
      return need - sequences[slot].ownBlocks - sharedBlocks(of: slot) <= pool.free
        || hasOnlyPrompts(beside: slot)
    }
    if running.count >= settings.maxSequences || isBack { return false }
    let back = preempted.first.map { sequences[$0].missing }
    guard let tokens = back ?? waiting.map({ Int($0.tokens.input) }) else { return false }
    // What the cache has of it is not looked up.
    let first = share(of: tokens, settings.maxTokens)
    return cache != nil || pool.blocks(for: first) <= pool.free
  }

  /// Whether nothing else would ever make room: beside a sequence there are only prompts that wait.
  private func hasOnlyPrompts(beside slot: Int) -> Bool {
    running.allSatisfy { $0 == slot || !isDecode($0) && !sequences[$0].isInIteration }
  }

  /// The next token of every sequence whose answer has begun. Without room for a block the last of
  /// them to have begun leaves, not one whose prompt is being computed.
  mutating func planDecodes() {
    while let slot = preempted.first, sequences[slot].isSwapped,
      running.count < settings.maxSequences, comeBack(slot, 1)
    { running.append(slot) }
    var budget = settings.maxTokens
    var next = 0
    while next < running.count, budget > 0 {
      let slot = running[next]
      guard isDecode(slot) else {
        next += 1
        continue
      }
      while !makeRoom(for: slot, 1) {
        guard let last = running.lastIndex(where: { isDecode($0) && !isPlanned($0) }) else {
          return
        }
        if preempt(last) == slot { return }
      }
      add(slot, 1)
      budget -= 1
      next += 1
    }
  }

  /// Whether the plan so far has the sequence, which is then among the first of those that run.
  private func isPlanned(_ slot: Int) -> Bool { plan.contains { $0.slot == slot } }

  /// Prompts that have begun, then those that wait, as far as tokens and blocks go. Decodes do not
  /// leave for them; a later prompt does where nothing else could ever make room.
  mutating func planPrefills(_ queue: inout some ServingQueue) {
    var budget = settings.maxTokens
    var next = 0
    while next < running.count {
      let slot = running[next]
      next += 1
      if sequences[slot].isInIteration { continue }
      if sequences[slot].produced > 0, sequences[slot].missing == 1 { continue }
      let tokens = share(of: sequences[slot].missing, budget)
      if tokens == 0 { return }
      while !makeRoom(for: slot, tokens) {
        guard plan.isEmpty, hasOnlyPrompts(beside: slot),
          let last = running.lastIndex(where: { $0 != slot })
        else { return }
        _ = preempt(last)
      }
      add(slot, tokens)
      budget = max(0, budget - tokens)
      if budget == 0 { return }
    }
    while running.count < settings.maxSequences, budget > 0 {
      if let slot = preempted.first, sequences[slot].isSwapped { return }
      guard let slot = nextSlot(budget, &queue) else { return }
      let tokens = share(of: sequences[slot].missing, budget)
      running.append(slot)
      add(slot, tokens)
      budget = max(0, budget - tokens)
    }
  }
}
