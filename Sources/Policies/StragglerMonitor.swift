/// Watches the ratio of measured to expected launch latency of every replica and finds those that
/// stay slower than their peers.
///
/// Rule: an exponential average per replica; one that stays above `ratio` times the median of its
/// tenant's other replicas for `patience` launches in a row is a straggler.
/// Reference: Jain et al. 2018 §4 ("evict stragglers"); the numbers are this project's.
struct StragglerMonitor: Sendable {
  let ratio: Double
  let patience: Int
  let cooldownNS: Int64

  /// Weight of the newest launch in the averages.
  private static let weight = 0.1

  private var averages: [Double] = []
  private var tenants: [Int] = []
  private var slowLaunches: [Int] = []
  private var evicted: [Bool] = []
  private var pending: [Int] = []
  /// The peers' averages in ascending order, kept for its room.
  private var peers: [Double] = []

  init(ratio: Double, patience: Int, cooldownNS: Int64) {
    self.ratio = ratio
    self.patience = patience
    self.cooldownNS = cooldownNS
  }

  /// Whether the replica finishes its request alone.
  func isEvicted(_ replica: Int) -> Bool { replica < evicted.count && evicted[replica] }

  /// Takes in one launch.
  ///
  /// - Complexity: O(1), and O(n²) for n replicas when the launch was slow.
  mutating func record(
    replica: Int, tenant: Int, ratio measured: Double, replicaCount: Int
  ) {
    if averages.isEmpty {
      averages = Array(repeating: 0, count: replicaCount)
      tenants = Array(repeating: -1, count: replicaCount)
      slowLaunches = Array(repeating: 0, count: replicaCount)
      evicted = Array(repeating: false, count: replicaCount)
    }
    tenants[replica] = tenant
    let old = averages[replica]
    averages[replica] = old == 0 ? measured : old + Self.weight * (measured - old)
    if averages[replica] <= ratio || evicted[replica] {
      slowLaunches[replica] = 0
      return
    }
    // Only replicas of the same tenant run the same kernels; against others' the ratio says nothing.
    peers.removeAll(keepingCapacity: true)
    for other in averages.indices
    where other != replica && tenants[other] == tenant && averages[other] > 0 {
      var at = peers.count
      while at > 0, peers[at - 1] > averages[other] { at -= 1 }
      peers.insert(averages[other], at: at)
    }
    guard !peers.isEmpty, averages[replica] > ratio * peers[peers.count / 2] else {
      slowLaunches[replica] = 0
      return
    }
    slowLaunches[replica] += 1
    if slowLaunches[replica] >= patience {
      slowLaunches[replica] = 0
      evicted[replica] = true
      pending.append(replica)
    }
  }

  /// Whether replicas were found since they were last taken.
  var hasEvicted: Bool { !pending.isEmpty }

  /// The replicas found since the last call.
  mutating func takeEvicted() -> [Int] {
    defer { pending.removeAll(keepingCapacity: true) }
    return pending
  }

  /// A replica found to be slow stays after all: it is watched anew.
  mutating func pardon(_ replica: Int) {
    evicted[replica] = false
    averages[replica] = 0
  }

  /// An evicted replica's request is done: it may fuse again once its cooldown is over.
  mutating func requestEnded(replica: Int) {
    guard isEvicted(replica) else { return }
    evicted[replica] = false
    averages[replica] = 0
  }
}
