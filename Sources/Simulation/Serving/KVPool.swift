/// The blocks in which a replica keeps keys and values: how many are taken, and for how long.
///
/// Blocks are all alike, so they are counted and not named. What the prefix cache keeps for nobody
/// is not taken: it leaves when its room is asked for.
struct KVPool: Sendable {
  /// Blocks there are; where models share their room, its quota at present.
  private(set) var blocks: Int
  /// Tokens of a block.
  let blockTokens: Int
  /// Blocks that live sequences have.
  private(set) var used = 0
  /// The most there ever were.
  private(set) var mostUsed = 0
  /// Blocks taken times nanoseconds, up to `since`.
  private(set) var blockTime: Int128 = 0
  /// Blocks there were times nanoseconds, up to `since`.
  private(set) var capacityTime: Int128 = 0
  private var since: Int64 = 0

  init(blocks: Int, blockTokens: Int) {
    self.blocks = blocks
    self.blockTokens = blockTokens
  }

  /// Blocks that so many tokens of one sequence take.
  func blocks(for tokens: Int) -> Int { (tokens + blockTokens - 1) / blockTokens }

  /// Blocks nobody has.
  var free: Int { blocks - used }

  /// Counts the time up to now; before anything is taken or given back at an instant.
  mutating func pass(to now: Int64) {
    blockTime += Int128(used) * Int128(now - since)
    capacityTime += Int128(blocks) * Int128(now - since)
    since = now
  }

  /// From now on there are more blocks, or fewer: never fewer than are used.
  mutating func resize(to count: Int) {
    precondition(count >= used, "a pool of \(count) blocks, of which \(used) are used")
    blocks = count
  }

  /// Takes blocks; false, and nothing taken, where there are not so many.
  mutating func take(_ count: Int) -> Bool {
    if count > free { return false }
    used += count
    mostUsed = max(mostUsed, used)
    return true
  }

  /// Gives blocks back.
  mutating func release(_ count: Int) {
    used -= count
    assert(used >= 0, "more blocks given back than taken")
  }
}
