// The three schedulers: each adds parts to an empty plan.
extension ServingLoop {
  /// New tokens that a sequence may have of what is left: all that are missing, a chunk of them, or
  /// none where its prompt may not be cut. A prompt longer than any iteration runs alone.
  func share(of missing: Int, _ budget: Int) -> Int {
    if missing <= budget { return missing }
    if settings.chunkedPrefill, settings.scheduler != .prefillFirst { return budget }
    return budget == settings.maxTokens ? missing : 0
  }

  /// As vLLM's V1: running sequences first, each with what it misses; then, if nobody had to leave,
  /// those that had to before, and those that wait.
  mutating func planContinuous(_ queue: inout some ServingQueue) {
    var budget = settings.maxTokens
    var next = 0
    var hasPreempted = false
    while next < running.count, budget > 0 {
      let slot = running[next]
      let tokens = share(of: sequences[slot].missing, budget)
      if tokens == 0 { break }
      while !makeRoom(for: slot, tokens) {
        hasPreempted = true
        if preemptLast() == slot { return }
      }
      add(slot, tokens)
      budget = max(0, budget - tokens)
      next += 1
    }
    if hasPreempted { return }
    while running.count < settings.maxSequences, budget > 0 {
      guard let slot = nextSlot(budget, &queue) else { return }
      let tokens = share(of: sequences[slot].missing, budget)
      running.append(slot)
      add(slot, tokens)
      budget = max(0, budget - tokens)
    }
  }

  /// The sequence that comes next, one that had to leave or a new one, its blocks taken; nil where
  /// there is none, or no room for it.
  mutating func nextSlot(_ budget: Int, _ queue: inout some ServingQueue) -> Int? {
    if let slot = preempted.first {
      let tokens = share(of: sequences[slot].missing, budget)
      guard tokens > 0, comeBack(slot, tokens) else { return nil }
      return slot
    }
    guard let request = queue.first else { return nil }
    let input = Int(request.tokens.input)
    let (found, entries) = findPrefix(cache == nil ? [] : queue.prompt(of: request), of: input)
    let tokens = share(of: input - found, budget)
    guard tokens > 0, holdPrefix(entries) else { return nil }
    let own = pool.blocks(for: found + tokens) - pool.blocks(for: found)
    guard take(own) else {
      releasePrefix(entries)
      return nil
    }
    let slot = admit(request, &queue)
    sequences[slot].ownBlocks = own
    sequences[slot].shared = entries
    sequences[slot].computed = found
    sequences[slot].reached = found
    counters.input += found
    counters.cached += found
    return slot
  }

  /// Brings a sequence back that had to leave, if there is room.
  mutating func comeBack(_ slot: Int, _ tokens: Int) -> Bool {
    let (found, entries) =
      sequences[slot].isSwapped
      ? (0, []) : findPrefix(sequences[slot].prompt, of: sequences[slot].input)
    guard holdPrefix(entries) else { return false }
    sequences[slot].shared = entries
    sequences[slot].computed += found
    guard makeRoom(for: slot, min(tokens, sequences[slot].missing)) else {
      sequences[slot].computed -= found
      sequences[slot].shared = []
      releasePrefix(entries)
      return false
    }
    // Others may have computed more of its prompt than it had.
    let fresh = max(0, found - sequences[slot].reached)
    sequences[slot].reached += fresh
    counters.input += fresh
    counters.cached += fresh
    if sequences[slot].isSwapped {
      let blocks = pool.blocks(for: sequences[slot].computed)
      sequences[slot].isSwapped = false
      swaps += blocks
      counters.swappedBlocks += blocks
    }
    preempted.removeFirst()
    return true
  }

  /// As vLLM's V0: while prompts wait and fit they run, whole and by themselves; else every running
  /// sequence has its next token.
  mutating func planPrefillFirst(_ queue: inout some ServingQueue) {
    var budget = settings.maxTokens
    // A hundredth of the pool stays free for the running ones (V0's watermark).
    let watermark = pool.blocks / 100
    let before = running.count
    while running.count < settings.maxSequences, budget > 0 {
      let isBack = preempted.first.map { !sequences[$0].isSwapped } ?? true
      guard isBack else { break }
      let tokens =
        preempted.first.map { sequences[$0].missing } ?? Int(queue.first?.tokens.input ?? 0)
      if tokens == 0 { break }
      if !running.isEmpty, pool.free - pool.blocks(for: tokens) < watermark { break }
      guard let slot = nextSlot(budget, &queue) else { break }
      running.append(slot)
      let missing = sequences[slot].missing
      add(slot, missing)
      budget = max(0, budget - missing)
    }
    if running.count > before { return }
    while let slot = preempted.first, sequences[slot].isSwapped,
      running.count < settings.maxSequences, comeBack(slot, 1)
    { running.append(slot) }
    var next = 0
    while next < running.count {
      let slot = running[next]
      while !makeRoom(for: slot, 1) {
        if preemptLast() == slot { return }
      }
      add(slot, 1)
      next += 1
    }
  }

  /// What waits starts together when the last batch has ended, as far as the blocks of whole answers
  /// go; prompts first, then a token of each in every iteration until the longest answer is whole.
  mutating func planStatic(_ queue: inout some ServingQueue) {
    if running.isEmpty {
      while running.count < settings.maxSequences, let request = queue.first {
        let need = blocksNeeded(request.tokens)
        if reserved + need > pool.blocks { break }
        reserved += need
        running.append(admit(request, &queue))
      }
    }
    var budget = settings.maxTokens
    for slot in running where sequences[slot].computed < sequences[slot].input {
      let tokens = share(of: sequences[slot].missing, budget)
      if tokens == 0 { break }
      _ = makeRoom(for: slot, tokens)
      add(slot, tokens)
      budget = max(0, budget - tokens)
      if budget == 0 { break }
    }
    if budget < settings.maxTokens { return }
    for slot in running {
      if !sequences[slot].isDone { _ = makeRoom(for: slot, 1) }
      add(slot, 1)
    }
  }
}
