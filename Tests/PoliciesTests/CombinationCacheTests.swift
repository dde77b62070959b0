import SimBasics
import Testing

@testable import Policies

struct CombinationCacheTests {
  /// The same rule on a plain list, the newest last.
  private struct NaiveCache {
    var capacity: Int
    var list: [[Int]] = []

    mutating func use(_ key: [Int]) -> Bool {
      let wasThere = list.contains(key)
      list.removeAll { $0 == key }
      list.append(key)
      if list.count > capacity { list.removeFirst() }
      return !wasThere
    }
  }

  @Test(arguments: [0, 1, 2, 7, 50], UInt64(1)...4)
  func forgetsTheLeastRecentlyUsed(capacity: Int, seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var cache = CombinationCache(capacity: capacity)
    var naive = NaiveCache(capacity: capacity)
    for step in 0..<2000 {
      let (key, size) = (random.nextBelow(6), random.nextBelow(5))
      #expect(
        cache.use(key: key, size: size) == naive.use([key, size]),
        "capacity \(capacity), seed \(seed), step \(step)")
    }
  }
}
