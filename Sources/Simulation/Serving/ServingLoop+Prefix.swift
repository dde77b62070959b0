// What a sequence shares with others.
extension ServingLoop {
  /// The part of a prompt that the cache has: its tokens and entries. At least one token is left to
  /// compute, for the answer's first follows from it.
  func findPrefix(_ prompt: ArraySlice<Int32>, of input: Int) -> (tokens: Int, entries: [Int]) {
    guard let cache, !prompt.isEmpty else { return (0, []) }
    let entries = cache.find(prompt, most: (input - 1) / cache.tokens)
    return (entries.count * cache.tokens, entries)
  }

  /// Holds entries; false where there is no room for those nobody holds yet.
  mutating func holdPrefix(_ entries: [Int]) -> Bool {
    guard let cache, !entries.isEmpty else { return true }
    guard pool.take(cache.blocksToHold(entries)) else { return false }
    self.cache?.hold(entries)
    return true
  }

  mutating func releasePrefix(_ entries: [Int]) {
    guard !entries.isEmpty, let freed = cache?.letGo(entries) else { return }
    pool.release(freed)
  }

  func sharedBlocks(of slot: Int) -> Int {
    sequences[slot].shared.count * (cache?.blocks ?? 0)
  }

  /// Makes what is computed of a prompt known to the cache; a part that is there already is held in
  /// place of its own.
  mutating func shareComputed(_ slot: Int) {
    guard let cache, !sequences[slot].prompt.isEmpty else { return }
    let prompt = sequences[slot].prompt
    let whole = min(
      prompt.count, min(sequences[slot].computed, sequences[slot].input) / cache.tokens)
    for i in sequences[slot].shared.count..<max(whole, sequences[slot].shared.count) {
      let parent = sequences[slot].shared.last
      let name = prompt[prompt.startIndex + i]
      sequences[slot].ownBlocks -= cache.blocks
      if let known = self.cache?.entry(name, behind: parent) {
        pool.release(cache.blocks)
        // Its room was its own until now: there is enough.
        _ = holdPrefix([known])
        sequences[slot].shared.append(known)
      } else if let new = self.cache?.add(name, behind: parent) {
        sequences[slot].shared.append(new)
      }
    }
  }

  /// Takes blocks from the pool; what the cache keeps for nobody makes room.
  mutating func take(_ count: Int) -> Bool {
    guard pool.take(count) else { return false }
    while let cache, cache.idleBlocks > pool.free { self.cache?.evict() }
    return true
  }

  /// Has more blocks from now on, or fewer; what the cache keeps for nobody makes room.
  mutating func resize(to blocks: Int, at now: Int64) {
    pool.pass(to: now)
    pool.resize(to: blocks)
    while let cache, cache.idleBlocks > pool.free { self.cache?.evict() }
  }

  /// Gives back all that a sequence has.
  mutating func release(_ slot: Int) {
    pool.release(sequences[slot].ownBlocks)
    sequences[slot].ownBlocks = 0
    releasePrefix(sequences[slot].shared)
    sequences[slot].shared = []
  }
}
