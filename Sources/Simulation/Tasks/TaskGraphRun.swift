import Device
import Hardware
import Scheduling

/// A tenant's graph made ready for the workers of a grid. Times are nanoseconds.
struct WorkerTasks {
  let graph: TaskGraph
  /// By task: how long a worker is busy with it, its children's way into the queue included.
  let times: [Int64]
  let parentCounts: [Int32]
  let roots: [Int32]
  let copyInNS: Int64
  let copyOutNS: Int64

  init(_ graph: TaskGraph, _ program: Program, _ grid: WorkerGrid, pushNS: Int64) {
    self.graph = graph
    let times = graph.times(
      issueRate: grid.issueRate(graph.precision), dramRate: grid.dramRate,
      overheadNS: grid.overheadNS)
    self.times = times.indices.map { times[$0] + pushNS * Int64(graph.children[$0].count) }
    parentCounts = graph.parentCounts
    roots = graph.roots
    copyInNS = program.copyInNS
    copyOutNS = program.copyOutNS
  }
}

/// A request that runs a graph.
struct TaskGraphRun {
  let request: Arrival
  /// By task: parents that have not ended.
  private var waiting: [Int32]
  /// Tasks that have not ended.
  private(set) var left: Int
  /// When its first task began; nil before.
  var firstNS: Int64?

  init(_ request: Arrival, _ tasks: WorkerTasks) {
    self.request = request
    waiting = tasks.parentCounts
    left = tasks.times.count
  }

  /// A task has ended; the children that it makes ready.
  mutating func end(_ task: Int32, _ tasks: WorkerTasks) -> [Int32] {
    left -= 1
    return tasks.graph.children[Int(task)].filter { child in
      waiting[Int(child)] -= 1
      return waiting[Int(child)] == 0
    }
  }
}

/// The workers that a GPU holds at once: where they are, and what they make of its activity.
struct WorkerGrid {
  private let gpu: GPUSpec
  private let perSM: Int
  private let warps: Int
  /// By SM: its workers at present.
  private var busy: [Int]
  private var activeSMs = 0
  private(set) var resident = 0
  private var since: Int64 = 0
  private var sums = DeviceIntegrals()

  /// Workers of some threads and registers each.
  init(_ queue: TaskQueue, on gpu: GPUSpec) {
    self.gpu = gpu
    perSM = Self.workersPerSM(queue, on: gpu).blocksPerSM
    warps = (queue.threads + 31) / 32
    busy = Array(repeating: 0, count: gpu.smCount)
  }

  /// How many workers an SM holds, and what limits them.
  static func workersPerSM(_ queue: TaskQueue, on gpu: GPUSpec) -> Occupancy {
    Occupancy(
      threads: queue.threads, registers: queue.registers, sharedMemory: 0, limits: gpu.limits)
  }

  /// Why an SM holds none; nil where it does.
  static func objection(to queue: TaskQueue, on gpu: GPUSpec) -> String? {
    let workers = workersPerSM(queue, on: gpu)
    if workers.blocksPerSM > 0 { return nil }
    return "has workers of \(queue.threads) threads with \(queue.registers) registers each, and no "
      + "SM of \(gpu.name) holds one: too many "
      + (workers.limiter == .warps ? "threads" : workers.limiter.rawValue)
  }

  /// All workers.
  var count: Int { perSM * gpu.smCount }
  /// Whether another one fits.
  var hasRoom: Bool { resident < count }

  // A worker has its part of an SM and of the DRAM, whatever the others do: so a task takes what it
  // takes beside a full grid, and no grid does more than the GPU.

  /// Operations a worker does in a nanosecond.
  func issueRate(_ precision: Precision) -> Double {
    let fill = min(1 / Double(perSM), Double(warps) / gpu.timing.saturatingWarps)
    return gpu.smRate(precision) * fill
  }

  /// Bytes it moves in one.
  var dramRate: Double {
    min(
      gpu.dramRate / Double(count),
      Double(warps) * gpu.timing.bytesInFlightPerWarp / gpu.timing.dramLatencyNS)
  }

  var overheadNS: Double { gpu.timing.blockOverheadNS }

  // MARK: Activity

  /// A worker comes, to the SM with the fewest, the first of those; returns which.
  mutating func place(at now: Int64) -> Int {
    book(until: now)
    var sm = 0
    for other in busy.indices where busy[other] < busy[sm] { sm = other }
    busy[sm] += 1
    if busy[sm] == 1 { activeSMs += 1 }
    resident += 1
    return sm
  }

  /// A worker leaves its SM.
  mutating func remove(from sm: Int, at now: Int64) {
    book(until: now)
    busy[sm] -= 1
    if busy[sm] == 0 { activeSMs -= 1 }
    resident -= 1
  }

  /// All come, or all leave.
  mutating func fill(_ isFull: Bool, at now: Int64) {
    book(until: now)
    for sm in busy.indices { busy[sm] = isFull ? perSM : 0 }
    activeSMs = isFull ? gpu.smCount : 0
    resident = isFull ? count : 0
  }

  /// What they did until now.
  func integrals(at now: Int64) -> DeviceIntegrals {
    var copy = self
    copy.book(until: now)
    return copy.sums
  }

  private mutating func book(until now: Int64) {
    let span = Int128(now - since)
    since = now
    sums.activeSMTime += span * Int128(activeSMs)
    sums.warpTime += span * Int128(resident * warps)
    if resident > 0 { sums.busyTime += span }
  }
}
