/// The least of a fixed number of values, each of which may change: a tournament among them.
///
/// - Complexity: changing a value is O(log n) and mostly less, as it ends where the winner stays.
struct TournamentTree {
  private let nodes: UnsafeMutablePointer<Int64>
  private let leafCount: Int

  /// Creates a tree of `count` values, all `Int64.max`. Its owner calls `deallocate()`.
  init(count: Int) {
    var leaves = 2
    while leaves < count { leaves *= 2 }
    leafCount = leaves
    nodes = .allocate(capacity: 2 * leaves)
    nodes.initialize(repeating: .max, count: 2 * leaves)
  }

  func deallocate() { nodes.deallocate() }

  /// The least value.
  @inline(__always)
  var least: Int64 { nodes[1] }

  /// The first place that holds the least value.
  @inline(__always)
  var leastIndex: Int {
    let value = nodes[1]
    var node = 1
    while node < leafCount { node = nodes[2 * node] == value ? 2 * node : 2 * node + 1 }
    return node - leafCount
  }

  /// Lists the places that hold the least value, in ascending order, and returns how many they are.
  @inline(__always)
  func findLeast(_ places: UnsafeMutablePointer<Int32>) -> Int {
    var count = 0
    find(nodes[1], below: 1, places, &count)
    return count
  }

  private func find(
    _ value: Int64, below top: Int, _ places: UnsafeMutablePointer<Int32>, _ count: inout Int
  ) {
    var node = top
    while node < leafCount {
      node *= 2
      if nodes[node] != value {
        node += 1
      } else if nodes[node + 1] == value {
        find(value, below: node, places, &count)
        node += 1
      }
    }
    places[count] = Int32(truncatingIfNeeded: node - leafCount)
    count += 1
  }

  @inline(__always)
  subscript(index: Int) -> Int64 { nodes[leafCount + index] }

  @inline(__always)
  func set(_ index: Int, to value: Int64) {
    var node = leafCount + index
    if nodes[node] == value { return }
    nodes[node] = value
    while node > 1 {
      let winner = min(nodes[node], nodes[node ^ 1])
      node >>= 1
      if nodes[node] == winner { return }
      nodes[node] = winner
    }
  }
}
