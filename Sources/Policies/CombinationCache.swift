/// The combinations (class, size) that were fused lately; the least recently used go first.
///
/// Looked up by key alone, so no order of a dictionary can reach a decision.
struct CombinationCache: Sendable {
  private struct Key: Hashable {
    var classID: Int
    var size: Int
  }

  private let capacity: Int
  private var lastUse: [Key: UInt64] = [:]
  private var byUse: [(use: UInt64, key: Key)] = []
  private var head = 0
  private var uses: UInt64 = 0

  init(capacity: Int) { self.capacity = capacity }

  /// Uses a combination; true when it was not there and has to be prepared.
  ///
  /// - Complexity: amortized O(1).
  mutating func use(key classID: Int, size: Int) -> Bool {
    guard capacity > 0 else { return true }
    let key = Key(classID: classID, size: size)
    uses += 1
    let isCold = lastUse.updateValue(uses, forKey: key) == nil
    byUse.append((uses, key))
    while lastUse.count > capacity {
      let oldest = byUse[head]
      head += 1
      if lastUse[oldest.key] == oldest.use { lastUse[oldest.key] = nil }
    }
    if byUse.count > 4 * capacity + 64 { compact() }
    return isCold
  }

  /// Drops the uses that a later one of the same combination has replaced.
  private mutating func compact() {
    byUse = byUse[head...].filter { lastUse[$0.key] == $0.use }
    head = 0
  }
}
