/// A model's load as Nexus plans it.
struct NexusSession {
  /// Requests a second.
  var rate: Double
  /// The latency objective in nanoseconds.
  var sloNS: Double
  /// What a batch of each size from 1 on takes, in nanoseconds.
  var latencyNS: [Double]

  /// L(b).
  func latency(_ batch: Int) -> Double { latencyNS[batch - 1] }

  /// The largest batch that is done in time even by a request that just missed the one before: the
  /// largest b with 2 L(b) <= SLO; nil where there is none.
  var largestBatch: Int? { (1...latencyNS.count).last { 2 * latency($0) <= sloNS } }

  /// For a load that does not fill a GPU: the largest b with (b - 1) / rate + L(b) <= SLO, and the
  /// cycle min(SLO - L(b), b / rate) in which it is gathered; nil where not even b = 1 is in time.
  var residual: (batch: Int, dutyNS: Double)? {
    let gap = 1e9 / rate
    guard
      let batch = (1...latencyNS.count).last(where: {
        Double($0 - 1) * gap + latency($0) <= sloNS
      })
    else { return nil }
    return (batch, min(sloNS - latency(batch), Double(batch) * gap))
  }
}

/// What runs in a cycle on one GPU: a batch of each session, in turn.
struct NexusNode {
  /// The cycle in nanoseconds.
  var dutyNS: Double
  /// By session: its batch; 0 where it has none.
  var batches: [Int]

  /// Squishy bin packing (Nexus b436191, scheduler.cpp:699-1000) of all sessions into one node; nil
  /// where they do not fit.
  ///
  /// A session that fills the GPU alone has it with its largest batch, over and over. Else the cycle
  /// is the shortest of the sessions' and each batch what arrives in it, as long as they all fit.
  static func packing(_ sessions: [NexusSession]) -> NexusNode? {
    let busy = sessions.indices.filter { sessions[$0].rate > 0 }
    if busy.count == 1, let full = saturated(sessions, busy[0]) { return full }
    var duty = Double.infinity
    for s in busy {
      guard let own = sessions[s].residual else { return nil }
      duty = min(duty, own.dutyNS)
    }
    var node = NexusNode(dutyNS: duty, batches: Array(repeating: 0, count: sessions.count))
    var sum = 0.0
    for s in busy {
      let batch = max(1, Int((duty * sessions[s].rate / 1e9 - 1e-9).rounded(.up)))
      guard batch <= sessions[s].latencyNS.count,
        duty + sessions[s].latency(batch) <= sessions[s].sloNS + 1e-3
      else { return nil }
      node.batches[s] = batch
      sum += sessions[s].latency(batch)
    }
    return sum <= duty ? node : nil
  }

  private static func saturated(_ sessions: [NexusSession], _ s: Int) -> NexusNode? {
    guard let batch = sessions[s].largestBatch else { return nil }
    let latency = sessions[s].latency(batch)
    guard sessions[s].rate * latency <= 1e9 * Double(batch) else { return nil }
    var node = NexusNode(dutyNS: latency, batches: Array(repeating: 0, count: sessions.count))
    node.batches[s] = batch
    return node
  }

  /// The largest part of all loads that one GPU takes, to a thousandth, and its node; nil where not
  /// even a thousandth of them is feasible.
  ///
  /// Nexus spreads what is too much over further GPUs. Here there is one: every session gives up the
  /// same part (this project's choice).
  static func admitted(_ sessions: [NexusSession]) -> (part: Double, node: NexusNode)? {
    func packed(_ thousandths: Int) -> NexusNode? {
      packing(
        sessions.map {
          var scaled = $0
          scaled.rate *= Double(thousandths) / 1_000
          return scaled
        })
    }
    if let node = packed(1_000) { return (1, node) }
    var (low, high) = (0, 1_000)
    var best: NexusNode?
    while high - low > 1 {
      let middle = (low + high) / 2
      if let node = packed(middle) { (low, best) = (middle, node) } else { high = middle }
    }
    return best.map { (Double(low) / 1_000, $0) }
  }
}
