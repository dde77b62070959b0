/// Parts of prompts whose keys and values stay in the pool for later prompts that begin alike.
///
/// A part is as many tokens as the trace names together, a chain of parts a prompt's start. Parts
/// that no live sequence holds leave in the order in which they were let go, ends of chains before
/// their starts, when their room is asked for.
struct PrefixCache: Sendable {
  private struct Key: Hashable {
    var parent: Int
    var name: Int32
  }

  private struct Entry {
    var key: Key
    var holders = 0
    /// When it was let go.
    var stamp = 0
  }

  /// Tokens, and blocks, of a part.
  let tokens: Int
  let blocks: Int
  private var entries: [Entry] = []
  private var freeEntries: [Int] = []
  // Looked up by key only.
  private var byKey: [Key: Int] = [:]
  /// Entries that were let go, the first first; those that were taken up again since among them.
  private var idle: [(entry: Int, stamp: Int)] = []
  private var head = 0
  private var stamp = 0
  /// Blocks of entries that nobody holds.
  private(set) var idleBlocks = 0

  init(tokens: Int, blocks: Int) {
    self.tokens = tokens
    self.blocks = blocks
  }

  /// The entries of a prompt's start, at most `most` of them.
  func find(_ names: ArraySlice<Int32>, most: Int) -> [Int] {
    var found: [Int] = []
    for name in names.prefix(max(0, most)) {
      guard let entry = byKey[Key(parent: found.last ?? -1, name: name)] else { break }
      found.append(entry)
    }
    return found
  }

  /// The entry of a part behind another; nil where there is none.
  func entry(_ name: Int32, behind parent: Int?) -> Int? {
    byKey[Key(parent: parent ?? -1, name: name)]
  }

  /// Blocks that holding these would take from the pool: those of entries nobody holds yet.
  func blocksToHold(_ held: [Int]) -> Int { held.count { entries[$0].holders == 0 } * blocks }

  /// Holds entries.
  mutating func hold(_ held: [Int]) {
    for entry in held {
      if entries[entry].holders == 0 { idleBlocks -= blocks }
      entries[entry].holders += 1
    }
  }

  /// Lets entries of one prompt go; returns the blocks that nobody holds now.
  mutating func letGo(_ held: [Int]) -> Int {
    var freed = 0
    for entry in held.reversed() {
      entries[entry].holders -= 1
      guard entries[entry].holders == 0 else { continue }
      stamp += 1
      entries[entry].stamp = stamp
      idle.append((entry, stamp))
      freed += blocks
    }
    idleBlocks += freed
    return freed
  }

  /// Makes an entry, held once, behind another.
  mutating func add(_ name: Int32, behind parent: Int?) -> Int {
    let key = Key(parent: parent ?? -1, name: name)
    let entry = Entry(key: key, holders: 1)
    let number: Int
    if let free = freeEntries.popLast() {
      number = free
      entries[number] = entry
    } else {
      number = entries.count
      entries.append(entry)
    }
    byKey[key] = number
    return number
  }

  /// Drops the entry that was let go first.
  mutating func evict() {
    while head < idle.count {
      let (entry, stamp) = idle[head]
      head += 1
      if head > 4_096, head * 2 > idle.count {
        idle.removeFirst(head)
        head = 0
      }
      guard entries[entry].holders == 0, entries[entry].stamp == stamp else { continue }
      byKey[entries[entry].key] = nil
      entries[entry].stamp = 0
      freeEntries.append(entry)
      idleBlocks -= blocks
      return
    }
  }
}
