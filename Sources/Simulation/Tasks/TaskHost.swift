import Hardware

/// The host's thread where it launches what is in the queue.
struct TaskHost {
  /// Streams that launches take in turn (ATOS e11b724: `i % 32`).
  static let streams = 32

  /// A launch of some places of the queue.
  struct Kernel {
    /// Its places; the first that no block has, and blocks that have not ended.
    var places: Range<Int>
    var next: Int
    var open = 0
    var isDone = false
  }

  /// Launches that have not ended.
  var running = 0

  /// One call, and one look at the queue's end.
  let callNS: Int64
  let lookNS: Int64
  let syncNS: Int64
  /// Until when it is busy, or since when it looks.
  var freeAt: Int64 = 0
  /// Whether a look is due that will find something, or a call is under way.
  var isBusy = false
  /// Places of the queue that were launched, and those that the call under way launches.
  var launched = 0
  var calling = 0
  /// The launches since the queue was last empty, and those of them that blocks are placed of.
  var kernels: [Kernel] = []
  var resident: [Int] = []
  /// By worker: its launch, the SM it is on, its next place and the end of those it has.
  var blocks: [(kernel: Int, sm: Int, next: Int, end: Int)] = []
  var freeBlocks: [Int] = []
  /// Whether room is to be looked at.
  var isPlacing = false

  init(_ testbed: Testbed, tenants: Int) {
    callNS = testbed.launchCPU + testbed.launchLock
    lookNS = testbed.copyLatency
    syncNS = testbed.completionSync
  }

  /// A call that the host's one thread makes from some time on; returns when it is through.
  mutating func call(from time: Int64) -> Int64 {
    freeAt = max(freeAt, time) + callNS
    return freeAt
  }

  /// The queue is empty, and numbered anew.
  mutating func forget() {
    (launched, calling) = (0, 0)
    kernels.removeAll(keepingCapacity: true)
    resident.removeAll(keepingCapacity: true)
  }
}
