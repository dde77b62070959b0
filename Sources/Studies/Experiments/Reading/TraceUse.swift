import Tables

/// How a tenant uses a trace: what tells whether two tenants play the same rows.
package struct TraceUse: Sendable {
  /// The trace as the experiment names it, and where.
  package let name: String
  let node: JSONNode
  /// The paths of its files.
  let paths: [String]
  let scale: Double
  let startNS: Int64
  /// The lengths that are meant; nil for all.
  let inputTokens: Range<Int64>?
  let outputTokens: Range<Int64>?
  /// Which tenants of the trace are meant; nil for all of them.
  var wanted: [Bool]?
  /// Whether tenants that share it are dealt its arrivals in turn.
  let isSplit: Bool
  /// The words before and after the number of requests.
  var before = ""
  var after = ""

  init(
    name: String, node: JSONNode, paths: [String], scale: Double, startNS: Int64,
    inputTokens: Range<Int64>?, outputTokens: Range<Int64>?, isSplit: Bool
  ) {
    self.name = name
    self.node = node
    self.paths = paths
    self.scale = scale
    self.startNS = startNS
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.isSplit = isSplit
  }

  /// Whether rows of both arrive at the same instants.
  func hasInstants(of other: TraceUse) -> Bool {
    guard paths == other.paths, scale == other.scale, startNS == other.startNS else { return false }
    func overlap(_ a: Range<Int64>?, _ b: Range<Int64>?) -> Bool {
      guard let a, let b else { return true }
      return a.overlaps(b)
    }
    guard overlap(inputTokens, other.inputTokens),
      overlap(outputTokens, other.outputTokens)
    else { return false }
    guard let wanted, let theirs = other.wanted else { return true }
    return zip(wanted, theirs).contains { $0 && $1 }
  }

  /// Whether both mean the same rows at the same instants.
  func isEqual(to other: TraceUse) -> Bool {
    paths == other.paths && scale == other.scale && startNS == other.startNS
      && wanted == other.wanted && inputTokens == other.inputTokens
      && outputTokens == other.outputTokens
  }

  /// The use in a few words: the requests that arrive before the run's end, and how many of them
  /// the trace has.
  func text(_ times: [Int64], before end: Int64?) -> String {
    var count = times.count
    if let end, let last = times.last, last >= end {
      var (low, high) = (0, times.count)
      while low < high {
        let middle = (low + high) / 2
        if times[middle] < end { low = middle + 1 } else { high = middle }
      }
      count = low
    }
    return "\(before), \(count)" + (count < times.count ? " of \(times.count)" : "")
      + " requests\(after)"
  }
}
