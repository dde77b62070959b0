// Sequences that begin, grow and leave.
extension ServingLoop {
  /// Takes the blocks for a sequence's next tokens; false where there are not enough.
  mutating func makeRoom(for slot: Int, _ tokens: Int) -> Bool {
    let need = pool.blocks(for: sequences[slot].computed + tokens)
    let have = sequences[slot].ownBlocks + sharedBlocks(of: slot)
    guard need > have else { return true }
    guard take(need - have) else { return false }
    sequences[slot].ownBlocks += need - have
    return true
  }

  /// Sends the running sequence that began last away; returns its slot.
  mutating func preemptLast() -> Int { preempt(running.count - 1) }

  /// Sends a running sequence away, by its place among them; returns its slot.
  mutating func preempt(_ place: Int) -> Int {
    let slot = running.remove(at: place)
    counters.preemptions += 1
    sequences[slot].preemptions += 1
    if settings.preemption == .swap {
      let blocks = pool.blocks(for: sequences[slot].computed)
      sequences[slot].isSwapped = true
      swaps += blocks
      counters.swappedBlocks += blocks
    } else {
      sequences[slot].computed = 0
    }
    release(slot)
    preempted.insert(slot, at: 0)
    return slot
  }

  /// Takes the first waiting request out of the queue and gives it a slot.
  mutating func admit(_ request: Arrival, _ queue: inout some ServingQueue) -> Int {
    var sequence = ServingSequence(
      number: request.record, arrivalNS: request.timeNS, input: Int(request.tokens.input),
      output: Int(request.tokens.output))
    if cache != nil { sequence.prompt = queue.prompt(of: request) }
    queue.removeFirst()
    guard let slot = freeSlots.popLast() else {
      sequences.append(sequence)
      return sequences.count - 1
    }
    sequences[slot] = sequence
    return slot
  }
}
