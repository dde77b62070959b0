/// When blocks finish next, by SM group: a tournament among the groups, four to a match.
///
/// A node holds the time and the group of its winner in one number, so that the first group is
/// known without a way down. A place's children are the four from `4 * place + 1` on.
struct FinishTree {
  /// The least of the other groups in each match that a group takes part in.
  struct Others {
    fileprivate var leaf, low, high, top: Int64

    /// The instant of the first of them, if it is before the horizon.
    @inline(__always)
    var least: Int64 { min(min(leaf, low), min(high, top)) &>> 8 }
  }

  /// Later instants, a year on, are kept beside the tree only.
  private static var horizon: Int64 { (1 << 55) - 2 }
  private static var firstLeaf: Int { 85 }

  private let nodes: UnsafeMutablePointer<Int64>
  private let times: UnsafeMutablePointer<Int64>

  /// Creates a tree of 256 groups on which nothing runs. Its owner calls `deallocate()`.
  init() {
    nodes = .allocate(capacity: Self.firstLeaf + SMSet.capacity)
    nodes.initialize(repeating: .max, count: Self.firstLeaf + SMSet.capacity)
    times = .allocate(capacity: SMSet.capacity)
    times.initialize(repeating: .max, count: SMSet.capacity)
  }

  func deallocate() {
    nodes.deallocate()
    times.deallocate()
  }

  @inline(__always)
  subscript(group: Int) -> Int64 { times[group] }

  /// The first instant; `Int64.max` where nothing runs.
  @inline(__always)
  var least: Int64 {
    let time = nodes[0] &>> 8
    if time < Self.horizon { return time }
    return nodes[0] == .max ? .max : leastBeyond
  }

  /// - Complexity: O(groups), as the tree does not tell instants beyond the horizon apart.
  private var leastBeyond: Int64 {
    var least = Int64.max
    for group in 0..<SMSet.capacity { least = min(least, times[group]) }
    return least
  }

  /// A group of the first instant if that is before the horizon, else -1.
  @inline(__always)
  var leastGroup: Int {
    nodes[0] &>> 8 < Self.horizon ? Int(truncatingIfNeeded: nodes[0] & 255) : -1
  }

  /// Lists the groups of the first instant in ascending order, and returns how many they are.
  func findLeast(_ groups: UnsafeMutablePointer<Int32>) -> Int {
    var count = 0
    if leastGroup >= 0 {
      find(nodes[0] &>> 8, below: 0, groups, &count)
      return count
    }
    let least = leastBeyond
    for group in 0..<SMSet.capacity where times[group] == least {
      groups[count] = Int32(truncatingIfNeeded: group)
      count += 1
    }
    return count
  }

  private func find(
    _ time: Int64, below node: Int, _ groups: UnsafeMutablePointer<Int32>, _ count: inout Int
  ) {
    let first = 4 &* node &+ 1
    let children = nodes + first
    var found = (children[0] &>> 8 == time ? 1 : 0) | (children[1] &>> 8 == time ? 2 : 0)
    found |= (children[2] &>> 8 == time ? 4 : 0) | (children[3] &>> 8 == time ? 8 : 0)
    while found != 0 {
      let child = first &+ found.trailingZeroBitCount
      found &= found &- 1
      if child < Self.firstLeaf {
        find(time, below: child, groups, &count)
      } else {
        groups[count] = Int32(truncatingIfNeeded: child &- Self.firstLeaf)
        count &+= 1
      }
    }
  }

  /// The least of the others in each match of a group, which is out of the tree until `put`.
  @inline(__always)
  func others(than group: Int) -> Others {
    let leaf = Self.firstLeaf &+ group
    let low = (leaf &- 1) &>> 2
    let high = (low &- 1) &>> 2
    let top = (high &- 1) &>> 2
    return Others(
      leaf: winner(besides: leaf, below: low), low: winner(besides: low, below: high),
      high: winner(besides: high, below: top), top: winner(besides: top, below: 0))
  }

  @inline(__always)
  private func winner(besides child: Int, below node: Int) -> Int64 {
    nodes[child] = .max
    let children = nodes + (4 &* node &+ 1)
    return min(min(children[0], children[1]), min(children[2], children[3]))
  }

  /// Puts a group back where the others are known.
  @inline(__always)
  func put(_ group: Int, at time: Int64, among others: Others) {
    let leaf = Self.firstLeaf &+ group
    let low = (leaf &- 1) &>> 2
    let high = (low &- 1) &>> 2
    let top = (high &- 1) &>> 2
    times[group] = time
    var winner = Self.key(of: group, at: time)
    nodes[leaf] = winner
    winner = min(winner, others.leaf)
    nodes[low] = winner
    winner = min(winner, others.low)
    nodes[high] = winner
    winner = min(winner, others.high)
    nodes[top] = winner
    nodes[0] = min(winner, others.top)
  }

  /// - Complexity: O(log groups), and mostly less, as it ends where the winner stays.
  @inline(__always)
  func set(_ group: Int, to time: Int64) {
    if times[group] == time { return }
    times[group] = time
    var node = Self.firstLeaf &+ group
    nodes[node] = Self.key(of: group, at: time)
    while node > 0 {
      node = (node &- 1) &>> 2
      let children = nodes + (4 &* node &+ 1)
      let winner = min(min(children[0], children[1]), min(children[2], children[3]))
      if nodes[node] == winner { return }
      nodes[node] = winner
    }
  }

  @inline(__always)
  private static func key(of group: Int, at time: Int64) -> Int64 {
    if time == .max { return .max }
    return min(time, horizon) &<< 8 | Int64(truncatingIfNeeded: group)
  }
}
