/// The least of a fixed number of values, each of which may change: a tournament among them, four
/// to a match. A place's children are the four from `4 * place + 1` on.
///
/// - Complexity: changing a value is O(log n) and mostly less, as it ends where the winner stays.
struct TournamentTree {
  private let nodes: UnsafeMutablePointer<Int64>
  private let firstLeaf: Int

  /// Creates a tree of `count` values, all `Int64.max`. Its owner calls `deallocate()`.
  init(count: Int) {
    var leaves = 4
    var first = 1
    while leaves < count {
      first += leaves
      leaves *= 4
    }
    firstLeaf = first
    nodes = .allocate(capacity: first + leaves)
    nodes.initialize(repeating: .max, count: first + leaves)
  }

  func deallocate() { nodes.deallocate() }

  /// The least value.
  @inline(__always)
  var least: Int64 { nodes[0] }

  /// The first place that holds the least value.
  var leastIndex: Int {
    let value = nodes[0]
    var node = 0
    while node < firstLeaf {
      node = 4 &* node &+ 1 &+ holders(of: value, below: node).trailingZeroBitCount
    }
    return node - firstLeaf
  }

  /// Which of a place's children hold a value, a bit each.
  @inline(__always)
  private func holders(of value: Int64, below node: Int) -> Int {
    let children = nodes + (4 &* node &+ 1)
    let low = (children[0] == value ? 1 : 0) | (children[1] == value ? 2 : 0)
    return low | (children[2] == value ? 4 : 0) | (children[3] == value ? 8 : 0)
  }

  @inline(__always)
  subscript(index: Int) -> Int64 { nodes[firstLeaf &+ index] }

  @inline(__always)
  func set(_ index: Int, to value: Int64) {
    var node = firstLeaf &+ index
    if nodes[node] == value { return }
    nodes[node] = value
    while node > 0 {
      node = (node &- 1) &>> 2
      let children = nodes + (4 &* node &+ 1)
      let winner = min(min(children[0], children[1]), min(children[2], children[3]))
      if nodes[node] == winner { return }
      nodes[node] = winner
    }
  }
}
