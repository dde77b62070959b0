/// Streams, one a replica, in the hardware queues that carry them: the later of two launches in one
/// queue waits behind the earlier.
struct StreamQueues {
  /// Whether streams meet in a queue; else none need be kept.
  let isShared: Bool
  /// By queue: the replicas whose launches are in it, first to last.
  private var queues: [[Int]]

  init(streams: Int, queues count: Int) {
    isShared = streams > count
    queues = Array(repeating: [], count: isShared ? count : 0)
  }

  /// Launches of a replica join its queue.
  mutating func append(_ r: Int, count: Int = 1) {
    if isShared { queues[r % queues.count] += repeatElement(r, count: count) }
  }

  /// Whether a replica's launch is first in its queue.
  func isFirst(_ r: Int) -> Bool { !isShared || queues[r % queues.count].first == r }

  /// The first launch of a replica's queue, its own, leaves; returns whose is first now.
  mutating func removeFirst(_ r: Int) -> Int? {
    guard isShared else { return nil }
    queues[r % queues.count].removeFirst()
    return queues[r % queues.count].first
  }
}
